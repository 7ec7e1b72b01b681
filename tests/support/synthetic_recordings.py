"""Recordings of the synthetic data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.datasets import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets import Track


def one_of_each_genre(folder: Path) -> list[Track]:
    """A recording of each genre, rendered into a folder."""
    return list({track.genre: track for track in synthetic.tracks(folder)}.values())
