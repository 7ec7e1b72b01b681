"""The walk of docs/libraries.md: commands as they are typed, and what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import mutagen

from dashboard.live.sources import EXAMPLES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/libraries.md"
MARKED = re.compile(r"(<!-- walk -->\n).*?(<!-- /walk -->)", re.DOTALL)
PROGRESS = re.compile(r"^\w+: [\d,]+ of [\d,]+.*\n", re.MULTILINE)
VERSION = re.compile(r"version \w+")  # of each model, which changes with the code
TERMINAL = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
NAMES = """\
hiphop = "Hip-Hop/Rap"
classical = "Classical"
"""
TAGGED = {"metal-riff.mp3": "metal", "swing-trio.mp3": "Easy Listening"}
COMMANDS = (
    "library scan Music",
    "library propose --map genres.toml",
    "library apply --map genres.toml",
    "library undo",
)


def refresh(text: str) -> str:
    """The page with the walk made anew."""
    return MARKED.sub(lambda match: f"{match[1]}{walk()}{match[2]}", text)


def walk() -> str:
    """All commands in turn on a folder of example pieces, as blocks of Markdown."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        return "\n".join(f"```\n{_said(words, folder)}```\n" for words in COMMANDS)


def _prepare(folder: Path) -> None:
    music = Path(shutil.copytree(EXAMPLES, folder / "Music", ignore=_other_files))
    (music / "broken.mp3").write_bytes(b"broken")
    (folder / "genres.toml").write_text(NAMES)
    for file in sorted(music.glob("*.mp3")):
        if file.name in TAGGED:
            tags = mutagen.File(file, easy=True)
            tags["genre"] = TAGGED[file.name]
            tags.save()


def _other_files(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".mp3")]


def _said(words: str, folder: Path) -> str:
    """A command after a prompt, and what it printed to both streams, without progress."""
    places = ["--library", "library.sqlite"]
    if "scan" in words:
        places += ["--cache", "cache"]
    env = os.environ | TERMINAL | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipeline", *words.split(), *places]
    # Exit code 1 says that a file could not be read.
    done = subprocess.run(  # noqa: S603 - our own
        command,
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = VERSION.sub("version …", PROGRESS.sub("", done.stdout))
    return f"$ python -m pipeline {words}\n{said}"
