"""Playlists to take away: of a benchmark's tracks, and of files that a visitor brought."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dashboard import components, state
from pipeline.playlists import Entry, m3u, of_tracks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pipeline.artifacts.reader import Artifacts

LABEL = "Playlist (M3U)"


def offer(artifacts: Artifacts, ids: Sequence[str], name: str) -> None:
    """Offer tracks as a playlist in this order; nothing where the server has none of them.

    Paths begin in the folder that holds all recordings, so that nobody learns where it is.
    """
    paths = state.recordings(artifacts)
    if not any(track_id in paths for track_id in ids):
        return
    folder = Path(os.path.commonpath([path.absolute().parent for path in paths.values()]))
    tracks = artifacts.tracks.set_index("track_id", drop=False)
    entries = of_tracks(tracks.loc[list(ids)], paths, folder)
    components.download(
        LABEL,
        m3u(entries),
        f"{name}.m3u8",
        f"{len(entries)} tracks. Save it in the folder “{folder.name}” of the collection: its paths"
        " begin there.",
    )


def offer_files(table: pd.DataFrame) -> None:
    """Offer the files of an album as a playlist, those of a genre together.

    Parameters
    ----------
    table
        ``name`` and, of files that have a verdict, ``genre, seconds``.
    """
    if "genre" not in table or table["genre"].isna().all():
        return
    rows = table.dropna(subset="genre").sort_values("genre", kind="stable")
    entries = [
        Entry(PurePosixPath(name), seconds=seconds)
        for name, seconds in zip(rows["name"], rows["seconds"], strict=True)
    ]
    components.download(
        LABEL,
        m3u(entries),
        "genres.m3u8",
        "By predicted genre; to list some genres alone, choose them above the table. Browsers tell"
        " only the names of files: save the playlist in the folder that holds them.",
    )
