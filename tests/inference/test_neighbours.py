"""The tracks nearest to a recording, on embeddings made by hand and stored ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from pipeline.inference.neighbours import FACTS, NEAR_DUPLICATE_QUANTILE, nearest_tracks, twins

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array

COLUMNS = ["track_id", *FACTS, "distance", "near_duplicate"]


@dataclass(eq=False)
class Known:
    """The part of artifacts that is asked."""

    embeddings: Callable[[str], pd.DataFrame | None]
    tracks: pd.DataFrame | None = None


def drawn(n: int, size: int) -> Array:
    """Random embeddings."""
    return np.random.default_rng(n).normal(size=(n, size)).astype(np.float32)


def tracks_at(embeddings: Any) -> Any:
    """As much of artifacts as is needed, with a track of each embedding."""
    embeddings = np.asarray(embeddings, np.float32)
    ids = [f"track {n}" for n in range(len(embeddings))]
    facts = pd.DataFrame({"track_id": ids, "genre": "jazz", "artist": "Ann", "title": ids})
    known = pd.DataFrame(embeddings, columns=[f"x{n}" for n in range(embeddings.shape[1])])
    known.insert(0, "track_id", ids)
    return Known(tracks=facts.iloc[::-1], embeddings=lambda model: known)


def at(*embedding: float) -> Array:
    """An embedding."""
    return np.array(embedding, np.float32)


def test_the_nearest_come_in_order() -> None:
    """Each with its own facts; the same embedding is a near duplicate at distance 0."""
    artifacts = tracks_at([[0, 0], [9, 9], [1, 1], [3, 3], [20, 20], [6, 6]])
    table = nearest_tracks(artifacts, "m", at(3, 3), k=3)
    assert list(table.columns) == COLUMNS
    assert table["track_id"].tolist() == ["track 3", "track 2", "track 5"]
    assert table["title"].tolist() == table["track_id"].tolist()
    assert table["distance"].iloc[0] == 0
    assert table["distance"].is_monotonic_increasing
    assert table["near_duplicate"].tolist() == [True, False, False]


def test_two_tracks_are_one_apart_on_average() -> None:
    """In the mean square, whatever the units of the dimensions."""
    embeddings = drawn(60, 3) * [1, 100, 0.01] + [0, 5, 0]
    artifacts = tracks_at(embeddings)
    found = [
        nearest_tracks(artifacts, "m", embedding, k=60)
        for embedding in embeddings.astype(np.float32)
    ]
    distances = np.concatenate([table["distance"][1:] for table in found])
    # `std` divides by n where the mean over pairs has n - 1.
    assert np.mean(distances**2) == pytest.approx(60 / 59, rel=1e-3)
    standardised = pdist((embeddings - embeddings.mean(axis=0)) / embeddings.std(axis=0)) / np.sqrt(
        6
    )
    assert distances.max() == pytest.approx(standardised.max(), rel=1e-3)


def test_dimensions_in_which_all_agree_do_not_count() -> None:
    """A unit of a network that is never active cannot be divided by its spread."""
    embeddings = drawn(20, 2)
    expected = nearest_tracks(tracks_at(embeddings), "m", at(0.1, 0.2))
    constant = np.insert(embeddings, 1, 7, axis=1)
    found = nearest_tracks(tracks_at(constant), "m", at(0.1, 1e6, 0.2))
    pd.testing.assert_frame_equal(found, expected)


def test_a_near_duplicate_is_closer_than_tracks_are() -> None:
    """Its limit is the distance that one in a hundred tracks has to its neighbour."""
    steps = np.linspace(1, 2, 100)
    embeddings = np.cumsum(steps)[:, None]
    apart = np.quantile(np.r_[steps[1], steps[1:]], NEAR_DUPLICATE_QUANTILE)
    for share, near_duplicate in ((0.98, True), (1.02, False)):
        table = nearest_tracks(tracks_at(embeddings), "m", at(embeddings[0, 0] - share * apart))
        assert table["track_id"].iloc[0] == "track 0"
        assert table["near_duplicate"].tolist() == [near_duplicate, False, False, False, False]


def test_repeated_tracks_are_near_duplicates() -> None:
    """Also where so many are repeated that tracks are usually no distance apart."""
    table = nearest_tracks(tracks_at(np.repeat(drawn(10, 2), 2, axis=0)), "m", drawn(10, 2)[3], k=3)
    assert table["near_duplicate"].tolist() == [True, True, False]


def test_fewer_tracks_than_are_asked_for() -> None:
    """All of them come."""
    assert len(nearest_tracks(tracks_at([[0, 1], [1, 0]]), "m", at(0, 0))) == 2


def test_unknown_embeddings_give_an_empty_table() -> None:
    """With the same columns."""
    table = nearest_tracks(Known(embeddings=lambda model: None), "m", at(0))  # type: ignore[arg-type]
    assert list(table.columns) == COLUMNS
    assert table.empty


def test_the_same_sound_is_told_from_a_similar_one() -> None:
    """Half precision makes no other sound of it; a small step in one direction does."""
    known = drawn(20, 5)
    asked = np.stack([known[3].astype(np.float16), known[7] + [0.1, 0, 0, 0, 0]])
    artifacts = tracks_at(known)
    assert twins(artifacts, "m", asked) == ["track 3", ""]
    unknown = Known(embeddings=lambda model: None)
    assert twins(unknown, "m", asked) == ["", ""]  # type: ignore[arg-type]


def test_a_track_of_a_benchmark_is_found_again(gtzan: Artifacts) -> None:
    """By its own embedding it is the first and a near duplicate."""
    embeddings = gtzan.embeddings("logistic_ovr").set_index("track_id")
    for track_id in embeddings.index[::100]:
        table = nearest_tracks(gtzan, "logistic_ovr", embeddings.loc[track_id].to_numpy(np.float32))
        assert table["track_id"].iloc[0] == track_id
        assert table["distance"].iloc[0] == pytest.approx(0, abs=1e-6)
        assert table["near_duplicate"].iloc[0]
        known = gtzan.tracks.set_index("track_id").loc[track_id]
        assert table[FACTS].iloc[0].tolist() == known[FACTS].tolist()
