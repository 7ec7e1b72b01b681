"""A second collection to test on: a table of recordings with labels of their own.

It is for testing only. A benchmark is asked about it by ``build <benchmark> --elsewhere FOLDER``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.datasets import Dataset, Track
from pipeline.datasets.common import tables
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "tracks.csv"
REQUIRED = ("track_id", "genre", "collection", "artist", "path")
LAYOUT = (
    f"{TABLE} with the columns {', '.join(REQUIRED)} (from the folder) and, if you like, title; a"
    " label that stands for several genres names them with | between, e.g. pop|rock"
)
# Labels that stand for several genres of other collections: AllMusic's one genre for all of them.
SEVERAL = {"poprock": "pop|rock|metal|disco"}


def tracks(root: Path | None) -> list[Track]:
    """List the recordings that the table names, sorted by id.

    Each has two facts: its ``collection``, and ``accepted``: the genres that its label stands for,
    with | between.

    Raises
    ------
    DatasetError
        If there is no table, it lacks a column or a cell, an id is there twice, or a file is not.
    """
    table = root / TABLE if root else None
    if root is None or table is None or not table.is_file():
        raise DatasetError(f"{root} has no {TABLE}. A second collection is a folder with {LAYOUT}.")
    found = [_track(root, row, table) for row in tables.read(table, REQUIRED)]
    if not found:
        raise DatasetError(f"{table} names no recordings. Add a row for each.")
    ids = [track.track_id for track in found]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise DatasetError(f"{table} has the track_id {min(twice)!r} twice. Give each its own.")
    return sorted(found, key=lambda track: track.track_id)


def fits(root: Path) -> bool:
    """Whether a table names the genres."""
    return "genre" in tables.header(root / TABLE)


def _track(root: Path, row: dict[str, str], table: Path) -> Track:
    for name in ("track_id", "genre", "collection", "path"):
        if not row[name]:
            raise DatasetError(f"{table} has a row without {name}: {row}. Fill it in.")
    path = root / row["path"]
    if not path.is_file():
        raise DatasetError(f"{table} names {row['path']!r}, and there is no such file.")
    return Track(
        track_id=row["track_id"],
        genre=row["genre"],
        path=path,
        artist=row["artist"] or row["track_id"],
        title=row.get("title", ""),
        facts={
            "collection": row["collection"],
            "accepted": SEVERAL.get(row["genre"], row["genre"]),
        },
    )


DATASET = Dataset(
    name="street",
    title="Other collections",
    licence="As you have it: the recordings are yours to answer for, and none is passed on.",
    citation=(
        "R. Panda, R. Malheiro and R. P. Paiva, 'Novel audio features for music emotion "
        "recognition', IEEE Transactions on Affective Computing 11(4), 2018 (previews with "
        "AllMusic's genres); A. Aljanaki, F. Wiering and R. C. Veltkamp, 'Studying emotion induced "
        "by music through a crowdsourcing game', Information Processing & Management 52(1), 2016 "
        "(Magnatune)."
    ),
    layout=LAYOUT,
    notes=("For testing only: nothing that is shipped was learnt, tuned or chosen on it.",),
    tracks=tracks,
    fits=fits,
)
