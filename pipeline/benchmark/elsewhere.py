"""A second collection in a build: which of its recordings are asked about, and their features."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from pipeline.datasets import Table, form_of, listing
from pipeline.datasets.common.second import SAME_ARTIST, known_artists, second
from pipeline.errors import DatasetError
from pipeline.extraction.extract import extract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.datasets import Track
    from pipeline.datasets.common.second import Second
    from pipeline.progress import Progress

SAME_SOUND = "it sounds the same as {}, which models learn from"


def second_collection(recordings: Sequence[Track] | None, folder: Path | None) -> Second | None:
    """The recordings of a second collection, if one is named.

    Raises
    ------
    DatasetError
        If the first one has no recordings, the folder is no collection, or no track can be tested.
    """
    if folder is None:
        return None
    if recordings is None:
        raise DatasetError("This benchmark has no recordings, so nothing else can be asked about.")
    found = form_of(folder).tracks(folder)
    listed = [] if isinstance(found, Table) else listing(found).tracks
    genres = sorted({track.genre for track in recordings})
    artists = known_artists((track.track_id, track.artist) for track in recordings)
    return second(listed, str(folder), genres, artists)


def asked_about(
    others: Second, own: Table, sets: Iterable[str], cache: Path, progress: Progress
) -> Table:
    """Features of the recordings that models are asked about, those of no genre included.

    What models may know, by artist or by sound, is left out.
    """
    tracks = sorted([*others.known, *others.other_label], key=lambda track: track.track_id)
    table = extract(tracks, sets, cache, progress)
    same = {name: SAME_SOUND.format(other) for name, other in same_sounds(own, table).items()}
    artists = {track.track_id: SAME_ARTIST for track in others.same_artist}
    return without(table, {**artists, **same})


def same_sounds(own: Table, other: Table) -> dict[str, str]:
    """Tracks of another table whose features equal those of an own one, and which that is."""
    there = {digest: track for track, digest in _sounds(own).items()}
    return {track: there[digest] for track, digest in _sounds(other).items() if digest in there}


def _sounds(table: Table) -> dict[str, str]:
    """A hash of all windows of each track, by its id."""
    ids = table.tracks["track_id"].tolist()
    found: dict[str, str] = {}
    for name in sorted(table.rows):  # a track may lack some sets
        rows = table.rows[name]
        numbers, first = np.unique(rows.track, return_index=True)
        for number, X in zip(numbers, np.split(rows.X, first[1:]), strict=True):
            digest = sha256(f"{name} {X.shape}".encode() + X.tobytes()).hexdigest()
            found.setdefault(ids[number], digest)
    return found


def without(table: Table, left_out: Mapping[str, str]) -> Table:
    """A table without some tracks, and why they were left out."""
    stays = ~table.tracks["track_id"].isin(left_out.keys()).to_numpy()
    number = np.cumsum(stays) - 1
    rows = {
        name: replace(
            some, X=some.X[stays[some.track]], track=number[some.track[stays[some.track]]]
        )
        for name, some in table.rows.items()
    }
    tracks = table.tracks[stays].reset_index(drop=True)
    return replace(table, tracks=tracks, rows=rows, left_out={**table.left_out, **left_out})
