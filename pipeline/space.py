"""Where a recording stands among a benchmark's tracks, as a model hears them.

A network's own space is what its last layer is given: in it, the genres are told apart by straight
borders. Other models have the features that they were given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts
    from pipeline.features import Array
    from pipeline.models import Classifier

NEAREST = 5
# Of 24 of GTZAN's clips, all come back from MP3 at 64 kbit/s, and all when cut to their first 10 s,
# as twins of themselves in the space of transfer; in those of other models 5 to 24 do.
RARE = 0.01
FACTS = ["genre", "artist", "title"]


def answers(classifier: Classifier, X: Array) -> tuple[Array, Array]:
    """A model's answers about windows, and where they stand in its space.

    Parameters
    ----------
    X : np.ndarray [shape=(n, …)]

    Returns
    -------
    probabilities : np.ndarray [shape=(n, n_classes)]
    places : np.ndarray [shape=(n, n_dimensions)]
    """
    placed = getattr(classifier, "with_places", None)
    return placed(X) if placed else (classifier.predict_proba(X), X)


def nearest(artifacts: Artifacts, model: str, place: Array, k: int = NEAREST) -> pd.DataFrame:
    """The tracks of a benchmark that stand closest to a recording in a model's space.

    Dimensions are divided by their spread over the tracks.

    Returns
    -------
    pd.DataFrame
        ``track_id, genre, artist, title, distance, twin``, the closest first. ``distance`` is 0 in
        the same place and 1 as far as two tracks are on average; a ``twin`` is as close
        as one in a hundred tracks is to another, as if it were the same recording. Empty
        where the places of tracks are not known.
    """
    from sklearn.neighbors import NearestNeighbors

    known = artifacts.places(model)
    if known is None:
        return pd.DataFrame(columns=["track_id", *FACTS, "distance", "twin"])
    places = known.drop(columns="track_id").to_numpy(np.float32)  # (n_tracks, n_dimensions)
    spread = places.std(axis=0)
    used = spread > 0
    # Between two tracks the mean square of each standardised dimension is 2.
    scale = spread[used] * np.sqrt(2 * used.sum())
    index = NearestNeighbors().fit(places[:, used] / scale)
    distance, row = index.kneighbors(place[None, used] / scale, min(k, len(places)))
    apart = np.quantile(index.kneighbors(n_neighbors=1)[0], RARE)
    facts = artifacts.tracks.set_index("track_id")[FACTS]
    table = known[["track_id"]].iloc[row[0]].join(facts, on="track_id")
    return table.assign(distance=distance[0], twin=distance[0] <= apart).reset_index(drop=True)
