"""Recordings in folders as people have them."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.audio.formats import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path, PurePath

CIRCLE = "A link to a folder that it lies in: it would lead round in circles and is not followed."
NOWHERE = "A link that leads nowhere. Remove it, or bring back what it leads to."


@dataclass
class Found:
    """What lies below a folder.

    Attributes
    ----------
    recordings
        By id: the path from the folder, in composed letters (NFC); bytes that are no UTF-8 are
        spelt out. Sorted.
    left_out
        Links and folders that could not be followed, by the same kind of id, and why.
    foreign
        Other files by their ending; hidden ones under an empty text.
    """

    recordings: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    foreign: Counter[str] = field(default_factory=Counter)

    @property
    def notes(self) -> Iterator[str]:
        """What was passed over, a sentence each."""
        if hidden := self.foreign[""]:
            yield f"Hidden files and folders, whose names begin with a dot, were ignored: {hidden}."
        if others := [f"{n} {end}" for end, n in self.foreign.most_common() if end]:
            yield f"Files that are no recordings were ignored: {', '.join(others)}."


def search(root: Path) -> Found:
    """Find all recordings below a folder, by their names' endings; links are followed."""
    found = Found()
    paths = list(_below(root, root, frozenset({root.resolve()}), found))
    composed = Counter(unicodedata.normalize("NFC", text(path.relative_to(root))) for path in paths)
    for path in paths:
        exact = text(path.relative_to(root))
        name = unicodedata.normalize("NFC", exact)
        # One folder may hold the same name twice, composed and decomposed.
        found.recordings[name if composed[name] == 1 else exact] = path
    found.recordings = dict(sorted(found.recordings.items()))
    return found


def text(place: PurePath) -> str:
    """A path as text; of a name in no encoding, bytes are spelt out."""
    return os.fsencode(place.as_posix()).decode("utf-8", "backslashreplace")


def _below(folder: Path, root: Path, above: frozenset[Path], found: Found) -> Iterator[Path]:
    """Recordings in a folder and in those below; everything else is noted."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        found.left_out[text(folder.relative_to(root))] = (
            f"The folder cannot be read: {error.strerror}. Check who may read it."
        )
        return
    for path in inside:
        if path.name.startswith("."):
            found.foreign[""] += 1
        elif not path.is_dir():
            yield from _file(path, root, found)
        elif (real := path.resolve()) in above:
            found.left_out[text(path.relative_to(root))] = CIRCLE
        else:
            yield from _below(path, root, above | {real}, found)


def _file(path: Path, root: Path, found: Found) -> Iterator[Path]:
    ending = path.suffix[1:].lower()
    if path.is_symlink() and not path.exists():
        found.left_out[text(path.relative_to(root))] = NOWHERE
    elif ending in EXTENSIONS and path.is_file():
        yield path
    else:
        found.foreign[text(path)[len(text(path.parent)) + 1 :].rpartition(".")[2].lower()] += 1
