"""Which files are recordings, and how their names are written down."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.audio.formats import EXTENSIONS
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def recordings(paths: Iterable[Path]) -> list[Path]:
    """Files as they are named, and all below folders that a name's ending shows to be audio.

    Raises
    ------
    PipelineError
        If a folder holds none.
    """
    # A file that is named twice, or lies in two of the folders, is listed once.
    return list(dict.fromkeys(chain.from_iterable(map(_inside, paths))))


def _inside(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    # Names that start with a dot are other programs' notes, as macOS' `._song.mp3`.
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix[1:].lower() in EXTENSIONS and file.name[0] != "." and file.is_file()
    )
    if not found:
        raise PipelineError(
            f"{path} holds no audio file. Name another folder, or the files themselves; endings"
            f" that are looked for: {', '.join(EXTENSIONS)}."
        )
    return found


def path_text(path: Path) -> str:
    """A path as text; of a name in no encoding, bytes are spelt out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
