"""Genres written into the tags of recordings: into copies, or into the files themselves."""

from __future__ import annotations

import filecmp
import os
import shutil
import struct
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mutagen
from mutagen.apev2 import APENoHeaderError, APEv2
from mutagen.asf import ASFTags
from mutagen.id3 import ID3, TCON, TXXX, Encoding
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4Tags

from pipeline.audio import decoding
from pipeline.audio.decoding import fingerprint
from pipeline.errors import AudioError, PipelineError
from pipeline.extraction.recordings import recordings
from pipeline.files import atomic
from pipeline.inference.chunks import make_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Notes = Mapping[str, str]

GENRE_KEYS = {MP4Tags: "\xa9gen", ASFTags: "WM/Genre"}  # of the genre; other kinds call it so
NO_NUMBER = 255  # of a genre, in an ID3v1 tag: the last bytes of a file
ID3V1_BYTES = 128
ITUNES = "----:com.apple.iTunes:"  # of names that MP4 does not know
NO_NOTES: Notes = {}
NO_TAGS_CURE = "Save it as FLAC, MP3 or M4A to give it tags."
NO_TAGS = (
    f"No tags can be written into this file: its kind has none, or it is damaged. {NO_TAGS_CURE}"
)
NOT_MINE = (
    "The file belongs to somebody else, and a new one could not be given to them, so it stays as it"
    " is. Give the command as its owner."
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


def write(
    source: Path, genre: str | Sequence[str], target: Path | None = None, notes: Notes = NO_NOTES
) -> Path:
    """Write genres into the tags of a recording; its sound and its other tags stay.

    Parameters
    ----------
    genre
        One, or several.
    target
        A copy; one that is there must be the same, as after an interrupted run. None: the recording
        itself.
    notes
        Further facts by name, which stand beside the genre.

    Returns
    -------
    Path
        The file that has the genre now. It appears when it is complete.

    Raises
    ------
    PipelineError
        If another file is in the copy's place, if a file cannot be written, if tags would not fit
        its kind, or if the genre cannot be read back.
    """
    genres = (genre,) if isinstance(genre, str) else tuple(genre)
    tags = partial(_tag, source, genres, notes)
    if target is None:
        # A link stays one, and a file that is closed to writing stays as it is.
        return _written(source.resolve(), partial(tags, _twin))
    if not target.exists():
        return _written(target, partial(tags, shutil.copyfile))
    if not _is_copy(target, partial(tags, shutil.copyfile)):
        raise PipelineError(f"{target} exists, and is not overwritten. Choose another folder.")
    return target


def tag_copy(source: Path, genres: Sequence[str], copy: Path, notes: Notes = NO_NOTES) -> None:
    """Make a copy of a recording, owner, mode and times included, and write genres into its tags.

    Raises
    ------
    PipelineError
        As `write`; the copy is of no use then.
    """
    _tag(source, tuple(genres), notes, _twin, copy)


def take_after(path: Path, made: Path) -> None:
    """Give a file that is to take another one's place its owner, group, mode, attributes and times.

    Raises
    ------
    PipelineError
        If this process may not give it to that owner.
    """
    if _owner(path) != _owner(made):
        try:
            os.chown(made, *_owner(path))
        except PermissionError as error:
            raise PipelineError(NOT_MINE) from error
    shutil.copystat(path, made)


def _owner(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid


def genres_of(path: Path) -> tuple[str, ...]:
    """Genres that stand in the tags of a recording; empty if none can be read."""
    try:
        file = mutagen.File(path)
        tags = None if file is None else file.tags
        found = _genres(tags) if tags else ()
        if not found and isinstance(file, MP3):
            found = _genres(_ape(path))
        return found or tuple(filter(None, [decoding.tags(path).get("genre")]))
    except (*FAULTS, AudioError):
        return ()


def _genres(tags: Any) -> tuple[str, ...]:
    if isinstance(tags, ID3):
        return tuple(genre for frame in tags.getall("TCON") for genre in frame.genres)
    values = map(str, tags.get(GENRE_KEYS.get(type(tags), "genre"), ()))
    return tuple(value for value in values if value.strip())


def _twin(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    take_after(source, target)


def _is_copy(target: Path, make: Callable[[Path], object]) -> bool:
    with TemporaryDirectory() as folder:
        made = _written(Path(folder) / target.name, make)
        return filecmp.cmp(made, target, shallow=False)


def _written(target: Path, make: Callable[[Path], object]) -> Path:
    with atomic(target, "Check who may write there.") as passing:
        target.parent.mkdir(parents=True, exist_ok=True)
        make(passing)
    return target


def _tag(
    source: Path,
    genres: tuple[str, ...],
    notes: Notes,
    copy: Callable[[Path, Path], object],
    target: Path,
) -> None:
    copy(source, target)
    _set(target, genres, notes)
    _must_sound_alike(source, target)
    _must_be_read_back(target, genres)


def _set(path: Path, genres: tuple[str, ...], notes: Notes) -> None:
    try:
        make_ready(path)
        file = mutagen.File(path)
        if file is None:
            raise PipelineError(NO_TAGS)
        if isinstance(file.tags, ID3):
            # Anew, as they stand: `File` turns them into version 2.4, which older players ignore.
            file.tags = type(file.tags)(path, translate=False, v2_version=3)
        if file.tags is None:
            file.add_tags()
        _save(path, file, genres, notes)
    except FAULTS as error:
        for cause in error.args:
            if isinstance(cause, OSError) and cause.strerror:  # of the disk, not of the file
                raise cause from error
        raise PipelineError(NO_TAGS) from error


def _save(path: Path, file: mutagen.FileType, genres: tuple[str, ...], notes: Notes) -> None:
    tags: Any = file.tags
    if not isinstance(tags, ID3):
        tags[GENRE_KEYS.get(type(tags), "genre")] = list(genres)
        for name, text in notes.items():
            tags[f"{ITUNES}{name}" if isinstance(tags, MP4Tags) else name] = [
                text.encode() if isinstance(tags, MP4Tags) else text
            ]
        file.save()
        return
    tags.setall("TCON", [TCON(encoding=Encoding.UTF8, text=list(genres))])
    for name, text in notes.items():
        tags.setall(f"TXXX:{name}", [TXXX(encoding=Encoding.UTF8, desc=name, text=[text])])
    oldest = _id3v1(path)
    tags.save(path, v2_version=3 if tags.version < (2, 4) else 4, v23_sep=None)
    ape = _ape(path)
    if "genre" in ape:
        ape["genre"] = list(genres)
        ape.save(path)
    if type(tags) is ID3 and oldest:
        _put_back(path, oldest, genres[0])


def _id3v1(path: Path) -> bytes:
    """The tag of the first kind at the end of a file; empty if there is none."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - ID3V1_BYTES))
        last = file.read()
    return last if last.startswith(b"TAG") and len(last) == ID3V1_BYTES else b""


def _put_back(path: Path, oldest: bytes, genre: str) -> None:
    """Undo what mutagen makes of that tag: in Latin-1, or gone. All of it stays but the genre."""
    number = TCON.GENRES.index(genre) if genre in TCON.GENRES else NO_NUMBER
    with path.open("r+b") as file:
        file.seek(-len(_id3v1(path)), os.SEEK_END)
        file.write(oldest[:-1] + bytes([number]))


def _ape(path: Path) -> Any:
    """Tags of a second kind, which some programs put behind an MP3 file."""
    try:
        return APEv2(path)
    except APENoHeaderError:
        return {}


def _must_sound_alike(source: Path, tagged: Path) -> None:
    # A WAV that does not know its length, for example, takes what is put behind it for sound.
    if fingerprint(source) != fingerprint(tagged):
        raise PipelineError(
            f"Tags would change the sound: the file is cut off or damaged. {NO_TAGS_CURE}"
        )


def _must_be_read_back(path: Path, genres: tuple[str, ...]) -> None:
    """Two libraries must find the genres, and no other one; FFmpeg names one or all of several."""
    heard = decoding.tags(path).get("genre", "")
    if genres_of(path) != genres or heard not in (genres[0], ";".join(genres)):
        found = repr(heard) if heard else "none"
        raise PipelineError(
            f"The genre cannot be read back: players would find {found}, so the file stays as it"
            f" was. {NO_TAGS_CURE}"
        )
