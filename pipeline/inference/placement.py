"""Where a recording lies on a map of a benchmark's tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.inference.neighbours import N_NEIGHBOURS, nearest_tracks

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array

LEAST_DISTANCE = 1e-9  # an equal track would weigh infinitely much
FAR_APART = 0.5  # of the map's own spread: the nearest tracks are in several parts of it


@dataclass(frozen=True)
class Place:
    """A place on a map.

    Attributes
    ----------
    near
        The tracks that it follows from: those of `nearest_tracks` that are on the map, with their
        ``x, y``, the nearest first.
    spread
        How far apart these lie: the root of their mean square distance from the place, as a share
        of that of all tracks on the map from their mean.
    """

    x: float
    y: float
    near: pd.DataFrame
    spread: float

    @property
    def is_vague(self) -> bool:
        """Whether the nearest tracks lie far apart, so that the place says little."""
        return self.spread > FAR_APART


def place(
    artifacts: Artifacts,
    model: str,
    embedding: Array,
    positions: pd.DataFrame,
    k: int = N_NEIGHBOURS,
) -> Place | None:
    """Place a recording at the mean position of its nearest tracks, weighted by 1 / distance.

    A map of t-SNE has no rule for new points; openTSNE's initialization ``weighted`` begins like
    this. A recording that equals a track lies on it.

    Parameters
    ----------
    embedding
        Of the recording, in the space of the model.
    positions
        ``track_id, x, y`` of the tracks on the map.

    Returns
    -------
    Place or None
        None where no track on the map has a known embedding.
    """
    every = nearest_tracks(artifacts, model, embedding, len(artifacts.tracks))
    near = every.merge(positions[["track_id", "x", "y"]], on="track_id").head(k)
    if near.empty:
        return None
    weight = 1 / np.maximum(near["distance"].to_numpy(np.float64), LEAST_DISTANCE)
    weight /= weight.sum()
    at = near[["x", "y"]].to_numpy(np.float64)  # (k, 2)
    x, y = weight @ at
    own = np.sqrt((weight * np.square(at - [x, y]).sum(axis=1)).sum())
    of_all = np.sqrt(positions[["x", "y"]].var(ddof=0).sum())
    return Place(float(x), float(y), near, float(own / of_all) if of_all > 0 else 0.0)
