"""Run all parts of the campaign, or those that are named, and write docs/reliability.md.

Each runs in a process of its own, and the page is written after each: what was interrupted goes on
with the names of the parts that are left. Parts that did not run keep what they had.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
PARTS = ("media", "folder", "artifacts", "visitors")
INTRO = """# Reliability

Written by `make campaign`: what happened when thousands of broken files, crowds of visitors and
damaged artifacts met the program. A number in bold is one that should be 0, or a goal that was
missed. Python {python} on {cores} cores.
"""


def main(names: list[str]) -> None:
    """Run parts and replace them on the page."""
    if unknown := set(names) - set(PARTS):
        sys.exit(f"There is no part {', '.join(unknown)}. Choose from {', '.join(PARTS)}.")
    for number, name in enumerate(names or PARTS, 1):
        print(f"[{number} of {len(names or PARTS)}] {name} …", file=sys.stderr)
        run = [sys.executable, "-m", f"campaign.{name}"]
        text = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout
        known = _parts(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else {}
        PAGE.write_text(_page(known | {name: text.strip()}), encoding="utf-8")


def _parts(page: str) -> dict[str, str]:
    """Parts of the page by their names, which their first words are."""
    _, *found = page.split("\n## ")
    return {part.partition(":")[0].lower(): part.strip() for part in found}


def _page(found: dict[str, str]) -> str:
    intro = INTRO.format(python=platform.python_version(), cores=os.cpu_count())
    return "\n".join([intro, *(f"## {found[name]}\n" for name in PARTS if name in found)])


if __name__ == "__main__":
    main(sys.argv[1:])
