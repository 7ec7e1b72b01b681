"""A second collection to test on: a table of recordings with labels of their own.

It is for testing only. A benchmark is asked about it by ``build <benchmark> --elsewhere FOLDER``.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipeline.datasets import Dataset, Track
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
    found = [_track(root, row, table) for row in _rows(table)]
    ids = [track.track_id for track in found]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise DatasetError(f"{table} has the track_id {min(twice)!r} twice. Give each its own.")
    return sorted(found, key=lambda track: track.track_id)


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise DatasetError(f"{table} is not UTF-8: {error}. Save it as CSV UTF-8.") from error
    if missing := set(REQUIRED) - set(reader.fieldnames or ()):
        raise DatasetError(f"{table} lacks {', '.join(sorted(missing))}. Add it to the first row.")
    if not rows:
        raise DatasetError(f"{table} names no recordings. Add a row for each.")
    return rows


def _track(root: Path, row: dict[str, str], table: Path) -> Track:
    cells = {name: (row.get(name) or "").strip() for name in REQUIRED}
    for name in ("track_id", "genre", "collection", "path"):
        if not cells[name]:
            raise DatasetError(f"{table} has a row without {name}: {row}. Fill it in.")
    path = root / cells["path"]
    if not path.is_file():
        raise DatasetError(f"{table} names {cells['path']!r}, and there is no such file.")
    return Track(
        track_id=cells["track_id"],
        genre=cells["genre"],
        path=path,
        artist=cells["artist"] or cells["track_id"],
        title=(row.get("title") or "").strip(),
        facts={
            "collection": cells["collection"],
            "accepted": SEVERAL.get(cells["genre"], cells["genre"]),
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
)
