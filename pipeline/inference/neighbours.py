"""The tracks of a benchmark that are nearest to a recording, in a model's own space.

A network's own space is what its last layer is given: in it, genres are separated by straight
borders. Other models have the space of their features.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sklearn.neighbors import NearestNeighbors

    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array


N_NEIGHBOURS = 5
# Of 24 of GTZAN's clips, all come back from MP3 at 64 kbit/s, and all when cut to their first 10 s,
# as near duplicates of themselves in the space of transfer; in those of other models 5 to 24 do.
NEAR_DUPLICATE_QUANTILE = 0.01
# A distance of `nearest_tracks`. Stored embeddings have half precision: in the spaces of six
# models, each of 24 of GTZAN's clips is up to 0.0005 away from itself, and 0.05 from any other.
SAME = 2e-3
FACTS = ["genre", "artist", "title"]


def nearest_tracks(
    artifacts: Artifacts, model: str, embedding: Array, k: int = N_NEIGHBOURS
) -> pd.DataFrame:
    """The tracks of a benchmark whose embeddings are nearest to that of a recording.

    Dimensions are divided by their spread over the tracks.

    Returns
    -------
    pd.DataFrame
        ``track_id, genre, artist, title, distance, near_duplicate``, the nearest first.
        ``distance`` is 0 for equal embeddings and 1 for two tracks on average; a
        ``near_duplicate`` is as near as one in a hundred tracks is to another, as if it were the
        same recording. Empty where the embeddings of tracks are not known.
    """
    space = _space(artifacts, model)
    if space is None or k == 0:
        return pd.DataFrame(columns=["track_id", *FACTS, "distance", "near_duplicate"])
    [distance], [row] = space.neighbours(embedding[None], min(k, len(space.tracks)))
    return (
        space.tracks.iloc[row]
        .assign(distance=distance, near_duplicate=distance <= space.near_duplicate)
        .reset_index(drop=True)
    )


def twins(artifacts: Artifacts, model: str, embeddings: Array) -> list[str]:
    """Of each recording, the track of a benchmark that is the same sound; empty if none is.

    Copies in a format that loses something are not found.

    Parameters
    ----------
    embeddings : np.ndarray [shape=(n, n_dimensions)]
    """
    space = _space(artifacts, model)
    if space is None:
        return [""] * len(embeddings)
    distance, row = space.neighbours(embeddings, 1)
    track_id = space.tracks["track_id"].to_numpy()[row[:, 0]]
    return np.where(distance[:, 0] < SAME, track_id, "").tolist()


def near_track(artifacts: Artifacts, model: str, track_id: str, k: int) -> pd.DataFrame:
    """The tracks that are nearest to one of the benchmark's own, which is not among them.

    Returns
    -------
    pd.DataFrame
        As `nearest_tracks`; empty too where the embedding of this track is not known.
    """
    known = artifacts.embeddings(model)
    own = None if known is None else known[known["track_id"] == track_id]
    if own is None or own.empty:
        return nearest_tracks(artifacts, model, np.empty(0, np.float32), 0)
    embedding = own.drop(columns="track_id").to_numpy(np.float32)[0]
    near = nearest_tracks(artifacts, model, embedding, k + 1)
    return near[near["track_id"] != track_id].head(k).reset_index(drop=True)


def model_in_space_of(artifacts: Artifacts, features: str) -> str | None:
    """A model whose space is that of a feature set; None where no track's features are known."""
    return next(
        (
            name
            for name, card in artifacts.models.items()
            if card.trained_on == features
            and not (card.embeds and card.features == card.trained_on)  # a space of its own
            and artifacts.embeddings(name) is not None
        ),
        None,
    )


@dataclass(frozen=True)
class _Space:
    """Tracks in the space of a model, searched for those that are near."""

    tracks: pd.DataFrame
    used: np.ndarray
    scale: np.ndarray
    index: NearestNeighbors
    near_duplicate: float

    def neighbours(self, embeddings: Array, k: int) -> tuple[Array, np.ndarray]:
        """Distances of the nearest tracks of each recording, and their rows [shape=(n, k)]."""
        distance, row = self.index.kneighbors(embeddings[:, self.used] / self.scale, k)
        return distance, row


@lru_cache(maxsize=32)  # to index it takes longer than all else here
def _space(artifacts: Artifacts, model: str) -> _Space | None:
    from sklearn.neighbors import NearestNeighbors

    known = artifacts.embeddings(model)
    if known is None:
        return None
    embeddings = known.drop(columns="track_id").to_numpy(np.float32)  # (n_tracks, n_dimensions)
    spread = embeddings.std(axis=0)
    used = spread > 0
    # Between two tracks the mean square of each standardised dimension is 2.
    scale = spread[used] * np.sqrt(2 * used.sum())
    index = NearestNeighbors().fit(embeddings[:, used] / scale)
    apart = float(np.quantile(index.kneighbors(n_neighbors=1)[0], NEAR_DUPLICATE_QUANTILE))
    facts = artifacts.tracks.set_index("track_id")[FACTS]
    return _Space(known[["track_id"]].join(facts, on="track_id"), used, scale, index, apart)
