"""Measure all sections, or those that are named, and write docs/benchmarks.md.

Each runs in a process of its own, and the page is written after each: what was interrupted goes on
with the names of the sections that are left.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version

from support.measured import PAGE, SECTIONS, parts, versions

LIBRARIES = ("librosa", "numpy", "scipy", "onnxruntime", "streamlit")


def main(names: list[str]) -> None:
    """Measure sections and replace them on the page."""
    if unknown := set(names) - set(SECTIONS):
        sys.exit(f"There is no section {', '.join(unknown)}. Choose from {', '.join(SECTIONS)}.")
    for number, name in enumerate(names or SECTIONS, 1):
        print(f"[{number} of {len(names or SECTIONS)}] {name} …", file=sys.stderr)
        run = [sys.executable, "-m", f"benchmarks.{name}"]
        text = subprocess.run(run, capture_output=True, text=True, check=True).stdout
        print(text)
        known = parts(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else {}
        PAGE.write_text(_page(known | {name: _section(name, text)}), encoding="utf-8")


def _section(name: str, text: str) -> str:
    return f"{name.capitalize()}: {text.strip()}\n\n{versions()}\n"


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
    main(sys.argv[1:])
