"""Places of recordings in a model's space, on networks and tracks made by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist
from scipy.special import softmax

from pipeline.space import FACTS, RARE, answers, nearest

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts
    from pipeline.features import Array
    from pipeline.models._keras import KerasClassifier

COLUMNS = ["track_id", *FACTS, "distance", "twin"]


@pytest.fixture(scope="module")
def network() -> KerasClassifier:
    """A network of five inputs, four hidden units and three classes, as it is born."""
    import keras

    from pipeline.models._keras import KerasClassifier

    layers = [keras.layers.Dense(4, "relu"), keras.layers.Dense(3, "softmax")]
    return KerasClassifier(keras.Sequential([keras.Input((5,)), *layers]))


def windows(n: int, size: int = 5) -> Array:
    """Random windows."""
    return np.random.default_rng(n).normal(size=(n, size)).astype(np.float32)


def tracks_at(places: Any) -> Any:
    """As much of artifacts as is asked about places, with a track at each."""
    places = np.asarray(places, np.float32)
    ids = [f"track {n}" for n in range(len(places))]
    facts = pd.DataFrame({"track_id": ids, "genre": "jazz", "artist": "Ann", "title": ids})
    known = pd.DataFrame(places, columns=[f"x{n}" for n in range(places.shape[1])])
    known.insert(0, "track_id", ids)
    return SimpleNamespace(tracks=facts.iloc[::-1], places=lambda model: known)


def at(*place: float) -> Array:
    """A place."""
    return np.array(place, np.float32)


@pytest.mark.parametrize("n", [1, 300])
def test_a_network_answers_as_ever(network: KerasClassifier, n: int) -> None:
    """In one batch and in several; where windows stand is what the last layer is given."""
    X = windows(n)
    probabilities, places = answers(network, X)
    np.testing.assert_allclose(probabilities, network.predict_proba(X), atol=1e-6)
    (W, b), (V, c) = (layer.get_weights() for layer in network.network.layers)
    np.testing.assert_allclose(places, np.maximum(X @ W + b, 0), atol=1e-5)
    np.testing.assert_allclose(probabilities, softmax(places @ V + c, axis=1), atol=1e-5)


def test_a_large_network_answers_in_small_batches(
    network: KerasClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches change nothing, and none is lost."""
    X = windows(5)
    expected = answers(network, X)
    monkeypatch.setattr("pipeline.models._keras.LARGE", 0)
    for found, known in zip(answers(network, X), expected, strict=True):
        np.testing.assert_allclose(found, known, atol=1e-6)


def test_a_stored_network_answers_as_ever(gtzan: Artifacts) -> None:
    """A network that was trained and saved, asked about sequences."""
    classifier = gtzan.classifier("cnn_mfcc")
    X = np.random.default_rng(0).normal(size=(3, *classifier.network.input_shape[1:]))
    probabilities, places = answers(classifier, X.astype(np.float32))
    np.testing.assert_allclose(probabilities, classifier.predict_proba(X), atol=1e-5)
    assert places.shape[0] == 3
    assert places.ndim == 2


def test_the_space_of_another_model_is_that_of_its_features(gtzan: Artifacts) -> None:
    """Windows stand where their features are."""
    classifier = gtzan.classifier("logistic_ovr")
    X = windows(4, classifier.n_features_in_)
    probabilities, places = answers(classifier, X)
    np.testing.assert_array_equal(probabilities, classifier.predict_proba(X))
    np.testing.assert_array_equal(places, X)


def test_the_nearest_come_in_order() -> None:
    """Each with its own facts; the same place is a twin at distance 0."""
    artifacts = tracks_at([[0, 0], [9, 9], [1, 1], [3, 3], [20, 20], [6, 6]])
    table = nearest(artifacts, "m", at(3, 3), k=3)
    assert list(table.columns) == COLUMNS
    assert table["track_id"].tolist() == ["track 3", "track 2", "track 5"]
    assert table["title"].tolist() == table["track_id"].tolist()
    assert table["distance"].iloc[0] == 0
    assert table["distance"].is_monotonic_increasing
    assert table["twin"].tolist() == [True, False, False]


def test_two_tracks_are_one_apart_on_average() -> None:
    """In the mean square, whatever the units of the dimensions."""
    places = windows(60, 3) * [1, 100, 0.01] + [0, 5, 0]
    artifacts = tracks_at(places)
    found = [nearest(artifacts, "m", place, k=60) for place in places.astype(np.float32)]
    distances = np.concatenate([table["distance"][1:] for table in found])
    # `std` divides by n where the mean over pairs has n - 1.
    assert np.mean(distances**2) == pytest.approx(60 / 59, rel=1e-3)
    standardised = pdist((places - places.mean(axis=0)) / places.std(axis=0)) / np.sqrt(6)
    assert distances.max() == pytest.approx(standardised.max(), rel=1e-3)


def test_dimensions_in_which_all_agree_do_not_count() -> None:
    """A unit of a network that is never active cannot be divided by its spread."""
    places = windows(20, 2)
    expected = nearest(tracks_at(places), "m", at(0.1, 0.2))
    constant = np.insert(places, 1, 7, axis=1)
    found = nearest(tracks_at(constant), "m", at(0.1, 1e6, 0.2))
    pd.testing.assert_frame_equal(found, expected)


def test_a_twin_is_closer_than_tracks_are() -> None:
    """Its limit is the distance that one in a hundred tracks has to its neighbour."""
    steps = np.linspace(1, 2, 100)
    places = np.cumsum(steps)[:, None]
    apart = np.quantile(np.r_[steps[1], steps[1:]], RARE)
    for share, twin in ((0.98, True), (1.02, False)):
        table = nearest(tracks_at(places), "m", at(places[0, 0] - share * apart))
        assert table["track_id"].iloc[0] == "track 0"
        assert table["twin"].tolist() == [twin, False, False, False, False]


def test_repeated_tracks_have_twins() -> None:
    """Also where so many are repeated that tracks are usually no distance apart."""
    table = nearest(tracks_at(np.repeat(windows(10, 2), 2, axis=0)), "m", windows(10, 2)[3], k=3)
    assert table["twin"].tolist() == [True, True, False]


def test_fewer_tracks_than_are_asked_for() -> None:
    """All of them come."""
    assert len(nearest(tracks_at([[0, 1], [1, 0]]), "m", at(0, 0))) == 2


def test_unknown_places_give_an_empty_table() -> None:
    """With the same columns."""
    table = nearest(SimpleNamespace(places=lambda model: None), "m", at(0))  # type: ignore[arg-type]
    assert list(table.columns) == COLUMNS
    assert table.empty


def test_a_track_of_a_benchmark_is_found_again(gtzan: Artifacts) -> None:
    """At its own place it is the first and a twin."""
    places = gtzan.places("logistic_ovr").set_index("track_id")
    for track_id in places.index[::100]:
        table = nearest(gtzan, "logistic_ovr", places.loc[track_id].to_numpy(np.float32))
        assert table["track_id"].iloc[0] == track_id
        assert table["distance"].iloc[0] == pytest.approx(0, abs=1e-6)
        assert table["twin"].iloc[0]
        known = gtzan.tracks.set_index("track_id").loc[track_id]
        assert table[FACTS].iloc[0].tolist() == known[FACTS].tolist()
