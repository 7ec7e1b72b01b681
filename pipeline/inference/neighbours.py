"""The tracks of a benchmark that are nearest to a recording, in a model's own space.

A network's own space is what its last layer is given: in it, genres are separated by straight
borders. Other models have the space of their features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array


N_NEIGHBOURS = 5
# Of 24 of GTZAN's clips, all come back from MP3 at 64 kbit/s, and all when cut to their first 10 s,
# as near duplicates of themselves in the space of transfer; in those of other models 5 to 24 do.
NEAR_DUPLICATE_QUANTILE = 0.01
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
    from sklearn.neighbors import NearestNeighbors

    known = artifacts.embeddings(model)
    if known is None:
        return pd.DataFrame(columns=["track_id", *FACTS, "distance", "near_duplicate"])
    embeddings = known.drop(columns="track_id").to_numpy(np.float32)  # (n_tracks, n_dimensions)
    spread = embeddings.std(axis=0)
    used = spread > 0
    # Between two tracks the mean square of each standardised dimension is 2.
    scale = spread[used] * np.sqrt(2 * used.sum())
    index = NearestNeighbors().fit(embeddings[:, used] / scale)
    distance, row = index.kneighbors(embedding[None, used] / scale, min(k, len(embeddings)))
    apart = np.quantile(index.kneighbors(n_neighbors=1)[0], NEAR_DUPLICATE_QUANTILE)
    facts = artifacts.tracks.set_index("track_id")[FACTS]
    table = known[["track_id"]].iloc[row[0]].join(facts, on="track_id")
    return table.assign(distance=distance[0], near_duplicate=distance[0] <= apart).reset_index(
        drop=True
    )
