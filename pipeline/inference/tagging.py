"""Genres written into the tags of recordings: into copies, or into the files themselves."""

from __future__ import annotations

import filecmp
import shutil
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mutagen
from mutagen.asf import ASFTags
from mutagen.id3 import ID3, TCON, Encoding
from mutagen.mp4 import MP4Tags

from pipeline.audio.decoding import fingerprint
from pipeline.errors import PipelineError
from pipeline.extraction.recordings import recordings
from pipeline.files import atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


GENRE_KEYS = {MP4Tags: "\xa9gen", ASFTags: "WM/Genre"}  # of the genre; other kinds call it so
NO_TAGS_CURE = "Save it as FLAC, MP3 or M4A to give it tags."
NO_TAGS = (
    f"No tags can be written into this file: its kind has none, or it is damaged. {NO_TAGS_CURE}"
)
# What mutagen raises about a file that it does not take, and lets slip about a damaged one.
FAULTS = (mutagen.MutagenError, LookupError, ValueError, struct.error)


def copies(paths: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Where the tagged copy of each recording belongs.

    Parameters
    ----------
    paths
        As `pipeline.extraction.recordings.recordings` takes them. Files keep their place below a
        folder; a file that is named itself keeps its name.

    Raises
    ------
    PipelineError
        If copies would lie among the recordings.
    """
    targets: dict[Path, Path] = {}
    for path in paths:
        above = path if path.is_dir() else path.parent
        if path.is_dir() and folder.resolve().is_relative_to(path.resolve()):
            raise PipelineError(
                f"{folder} lies in {path}, so copies would be taken for recordings the next time."
                " Choose a folder outside of it."
            )
        for file in recordings([path]):
            targets.setdefault(file, folder / file.relative_to(above))
    return targets


def write(source: Path, genre: str, target: Path | None = None) -> Path:
    """Write a genre into the tags of a recording; its sound and its other tags stay.

    Parameters
    ----------
    target
        A copy; one that is there must be the same, as after an interrupted run. None: the recording
        itself.

    Returns
    -------
    Path
        The file that has the genre now. It appears when it is complete.

    Raises
    ------
    PipelineError
        If another file is in the copy's place, if a file cannot be written, or if tags would not
        fit its kind.
    """
    if target is None:
        # A link stays one, and a file that is closed to writing stays as it is.
        return _written(source, genre, source.resolve(), shutil.copy2)
    if not target.exists():
        return _written(source, genre, target, shutil.copyfile)
    if not _is_copy(source, genre, target):
        raise PipelineError(f"{target} exists, and is not overwritten. Choose another folder.")
    return target


def _is_copy(source: Path, genre: str, target: Path) -> bool:
    with TemporaryDirectory() as folder:
        made = _written(source, genre, Path(folder) / target.name, shutil.copyfile)
        return filecmp.cmp(made, target, shallow=False)


def _written(source: Path, genre: str, target: Path, copy: Callable[[Path, Path], object]) -> Path:
    with atomic(target, "Check who may write there.") as passing:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(source, passing)
        _set(passing, genre)
        _must_sound_alike(source, passing)
    return target


def _set(path: Path, genre: str) -> None:
    try:
        file = mutagen.File(path)
        if file is None:
            raise PipelineError(NO_TAGS)
        if isinstance(file.tags, ID3):
            # Anew, as they stand: `File` turns them into version 2.4, which older players ignore.
            file.tags = type(file.tags)(path, translate=False, v2_version=3)
        if file.tags is None:
            file.add_tags()
        _save(file, genre)
    except FAULTS as error:
        for cause in error.args:
            if isinstance(cause, OSError) and cause.strerror:  # of the disk, not of the file
                raise cause from error
        raise PipelineError(NO_TAGS) from error


def _save(file: mutagen.FileType, genre: str) -> None:
    tags: Any = file.tags
    if not isinstance(tags, ID3):
        tags[GENRE_KEYS.get(type(tags), "genre")] = [genre]
        file.save()
        return
    tags.setall("TCON", [TCON(encoding=Encoding.UTF8, text=[genre])])
    tags.save(file.filename, v2_version=3 if tags.version < (2, 4) else 4, v23_sep=None)


def _must_sound_alike(source: Path, tagged: Path) -> None:
    # A WAV that does not know its length, for example, takes what is put behind it for sound.
    if fingerprint(source) != fingerprint(tagged):
        raise PipelineError(
            f"Tags would change the sound: the file is cut off or damaged. {NO_TAGS_CURE}"
        )
