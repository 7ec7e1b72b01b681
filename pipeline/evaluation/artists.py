"""Whether it is known who made the tracks of a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def unknown(tracks: pd.DataFrame) -> pd.Series:
    """Whether the artist of each track is unknown: then a track's id stands in its place.

    Parameters
    ----------
    tracks : pd.DataFrame
        ``track_id, artist``
    """
    return tracks["artist"].isin(tracks["track_id"])


def n_known(tracks: pd.DataFrame) -> int:
    """Number of artists that are known."""
    return int(tracks.loc[~unknown(tracks), "artist"].nunique())


def label(tracks: pd.DataFrame) -> str:
    """What they are called: artists, or known ones where there are others."""
    return "known artists" if unknown(tracks).any() else "artists"
