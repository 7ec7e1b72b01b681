"""Run all parts of the campaign, or those that are named, and write docs/reliability.md."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from support.measured import renew

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
PARTS = ("media", "folder", "artifacts", "kills", "uploads", "visitors")
INTRO = """# Reliability

Written by `make campaign`: what happened when thousands of broken files, crowds of visitors and
damaged artifacts met the program. A number in bold is one that should be 0, or a goal that was
missed. Python {python} on {cores} cores.
"""


def _part(name: str, text: str) -> str:
    return f"{text}\n"


def _page(found: dict[str, str]) -> str:
    intro = INTRO.format(python=platform.python_version(), cores=os.cpu_count())
    return "\n".join([intro, *(f"## {found[name].strip()}\n" for name in PARTS if name in found)])


if __name__ == "__main__":
    renew(PAGE, "campaign", sys.argv[1:], PARTS, _part, _page)
