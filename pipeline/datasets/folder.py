"""Your own collection: a folder for each genre, and a table of artists if you have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pipeline.audio.formats import EXTENSIONS
from pipeline.datasets import Dataset, Track
from pipeline.datasets.common import tables
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

LAYOUT = (
    "<genre>/<clip>.<audio extension> for two genres or more, clips also in folders below a "
    "genre's, and if you like artists.csv or tracks.csv with the columns path (from the folder, "
    "e.g. rock/one.mp3), artist and, where you want them, title and split (train, valid or test)"
)
NOTES = (
    "The labels are the names of folders. Nobody but you has checked them.",
    "A clip that no table names counts as an artist of its own. If one artist has several clips, "
    "say so in artists.csv, or scores will be too good.",
)

TABLES = ("artists.csv", "tracks.csv")
REQUIRED = ("path", "artist")
OPTIONAL = ("title", "split")
SPLITS = ("train", "valid", "test")


def tracks(root: Path | None) -> list[Track]:
    """List the clips, sorted by id, which is the path from the folder.

    Hidden files and folders, and files that are no audio, are ignored.

    Raises
    ------
    DatasetError
        If there are clips of fewer than two genres, or the table does not fit the clips.
    """
    if root is None or not root.is_dir():
        raise DatasetError(
            f"Your own collection needs a folder, which {root} is not. Name one (--data) that "
            f"holds {LAYOUT}."
        )
    clips = _clips(root)
    genres = {track_id.partition("/")[0] for track_id in clips}
    if len(genres) < 2:
        found = f"clips of one genre only, {genres.pop()}" if genres else "no clips in folders"
        raise DatasetError(f"{root} has {found}. It must hold {LAYOUT}.")
    facts = _facts(root, clips)
    return [_track(track_id, path, facts.get(track_id, {})) for track_id, path in clips.items()]


def _clips(root: Path) -> dict[str, Path]:
    """Audio files in folders, by their path from the root, sorted."""
    found = {path.relative_to(root): path for path in root.glob("*/**/*") if path.is_file()}
    clips = {
        place.as_posix(): path
        for place, path in found.items()
        if path.suffix[1:].lower() in EXTENSIONS
        and not any(part.startswith(".") for part in place.parts)
    }
    return dict(sorted(clips.items()))


def _track(track_id: str, path: Path, fact: dict[str, str]) -> Track:
    return Track(
        track_id=track_id,
        genre=track_id.partition("/")[0],
        path=path,
        artist=fact.get("artist") or track_id,
        title=fact.get("title", ""),
        split=cast("Literal['train', 'valid', 'test'] | None", fact.get("split") or None),
    )


def fits(root: Path) -> bool:
    """Whether folders name the genres: there are some, and no table has a column for them."""
    named = "genre" in tables.header(root / "tracks.csv")
    return root.is_dir() and not named and any(path.is_dir() for path in root.iterdir())


# --------------------------------------------------------------------------- the table of artists


def _facts(root: Path, clips: dict[str, Path]) -> dict[str, dict[str, str]]:
    """What the table says of each clip, by id; nothing if there is no table."""
    there = [root / name for name in TABLES if (root / name).is_file()]
    if len(there) > 1:
        raise DatasetError(f"{root} has both {' and '.join(TABLES)}. Keep one.")
    facts: dict[str, dict[str, str]] = {}
    for row in tables.read(there[0], REQUIRED, OPTIONAL) if there else []:
        _check(row, there[0], clips)
        if row["path"] in facts:
            raise DatasetError(f"{there[0]} names {row['path']} twice. Remove one row.")
        facts[row["path"]] = row
    return facts


def _check(row: dict[str, str], table: Path, clips: dict[str, Path]) -> None:
    if row["path"] not in clips:
        raise DatasetError(
            f"{table} names {row['path']!r}, and there is no such clip. Give the path from "
            f"{table.parent}, e.g. {next(iter(clips))}, or remove the row."
        )
    if row.get("split") and row["split"] not in SPLITS:
        raise DatasetError(
            f"{table} has the split {row['split']!r} for {row['path']}. Write "
            f"{', '.join(SPLITS)} or nothing."
        )


DATASET = Dataset(
    name="folder",
    title="Your own collection",
    licence="As you have it: the recordings are yours to answer for, and none is passed on.",
    citation="None: a folder on this machine, collected by whoever built this benchmark.",
    layout=LAYOUT,
    notes=NOTES,
    tracks=tracks,
    fits=fits,
)
