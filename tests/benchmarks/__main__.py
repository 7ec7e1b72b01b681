"""Measure all sections, or those that are named, and write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version

from support.measured import PAGE, SECTIONS, renew, versions

LIBRARIES = ("librosa", "numpy", "scipy", "onnxruntime", "streamlit")


def _section(name: str, text: str) -> str:
    return f"{name.capitalize()}: {text}\n\n{versions()}\n"


def _page(found: dict[str, str]) -> str:
    installed = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    intro = f"""# Benchmarks

Written by `make bench`. Ratios count: both sides ran in turns on the same machine. Python
{platform.python_version()}, {installed}, {os.cpu_count()} cores. A goal in bold was missed.
"""
    return "\n".join(
        [intro, *(f"## {found[name].strip()}\n" for name in SECTIONS if name in found)]
    )


if __name__ == "__main__":
    renew(PAGE, "benchmarks", sys.argv[1:], SECTIONS, _section, _page)
