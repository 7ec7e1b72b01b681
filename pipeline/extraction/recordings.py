"""Which files are recordings, and how their names are written down."""

from __future__ import annotations

import os
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.audio.formats import EXTENSIONS
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Entry = os.DirEntry[str]

ENDINGS = tuple(f".{extension}" for extension in EXTENSIONS)
HIDDEN = "."  # names that start so are other programs' notes, as macOS' `._song.mp3`


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
    found = [Path(entry.path) for entry in entries(path)]
    if not found:
        raise PipelineError(no_audio(path))
    return found


def no_audio(folder: Path) -> str:
    """What is said of a folder without recordings."""
    return (
        f"{folder} holds no audio file. Name another folder, or the files themselves; endings"
        f" that are looked for: {', '.join(EXTENSIONS)}."
    )


def _passed_over(error: OSError) -> None:
    """A folder that cannot be opened is passed over."""


def entries(folder: Path, refused: Callable[[OSError], object] = _passed_over) -> Iterator[Entry]:
    """Audio files in a folder and all below, in the order of their paths, without holding them all.

    Linked folders are followed; one that was seen already, as in a loop, is not searched again.

    Parameters
    ----------
    refused
        Is told of each folder that cannot be opened, and of each entry that cannot be looked at.
    """
    seen: set[tuple[int, int]] = set()
    open_folders = [_listed(os.fspath(folder), seen, refused)]
    while open_folders:
        entry = next(open_folders[-1], None)
        try:
            if entry is None:
                open_folders.pop()
            elif entry.is_dir():
                open_folders.append(_listed(entry.path, seen, refused))
            elif _is_recording(entry):
                yield entry
        except OSError as error:  # a link to itself, for example
            refused(error)


def _listed(
    folder: str, seen: set[tuple[int, int]], refused: Callable[[OSError], object]
) -> Iterator[Entry]:
    """What is in a folder, by name; nothing if it was seen or cannot be opened."""
    try:
        status = os.stat(folder)  # noqa: PTH116  # a million of `Path` are slow
        with os.scandir(folder) as found:
            inside = sorted(found, key=attrgetter("name"))
    except OSError as error:
        refused(error)
        return iter(())
    place = (status.st_dev, status.st_ino)
    if place in seen:
        return iter(())
    seen.add(place)
    return iter(inside)


def _is_recording(entry: Entry) -> bool:
    name = entry.name
    return name.lower().endswith(ENDINGS) and name[0] != HIDDEN and entry.is_file()


def path_text(path: Path) -> str:
    """A path as text; of a name in no encoding, bytes are spelt out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
