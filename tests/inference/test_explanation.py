"""Explanations of models that are known: linear ones, and such that look at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from pipeline.artifacts.manifest import ALL_GENRES
from pipeline.benchmark.summary import distributions
from pipeline.inference import explanation
from pipeline.inference.explanation import (
    TIME_PARTS,
    contributions,
    medians,
    occlusion,
    percentiles,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array

NAMES = ["loud", "fast", "bright"]
TYPICAL = pd.Series({"bright": 3.0, "loud": 1.0, "fast": 2.0})  # in another order than the columns


class Says:
    """A classifier of two genres that is a function of the windows."""

    def __init__(self, probability: Callable[[Array], Array]) -> None:
        self.probability = probability
        self.n_windows = 0

    def predict_proba(self, X: Array) -> Array:
        """Of the genre 1 what the function says, of 0 the rest."""
        self.n_windows += len(X)
        p = self.probability(X)
        return np.stack([1 - p, p], axis=1)


def noise(*shape: int) -> Array:
    """Random windows."""
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_contributions_of_a_linear_model() -> None:
    """Each feature adds its weight times its mean distance from what is typical."""
    weights = np.array([0.1, -0.05, 0])
    X = noise(7, 3)
    found = contributions(Says(lambda X: 0.5 + X @ weights), X, NAMES, TYPICAL, genre=1)
    expected = weights * (X.mean(axis=0) - TYPICAL[NAMES].to_numpy())
    assert list(found.index) == NAMES
    np.testing.assert_allclose(found, expected, atol=1e-6)
    against = contributions(Says(lambda X: 0.5 + X @ weights), X, NAMES, TYPICAL, genre=0)
    np.testing.assert_allclose(against, -expected, atol=1e-6)


def test_contributions_of_any_model() -> None:
    """One feature at a time is replaced, and the others are as they were heard."""
    model = Says(lambda X: expit(X[:, 0] * X[:, 1] - X[:, 2] ** 2))
    X = noise(5, 3)
    before = X.copy()
    found = contributions(model, X, NAMES, TYPICAL, genre=1)
    whole = model.predict_proba(X)[:, 1].mean()
    for column, name in enumerate(NAMES):
        without = X.copy()
        without[:, column] = TYPICAL[name]
        expected = whole - model.predict_proba(without)[:, 1].mean()
        assert found[name] == pytest.approx(expected, abs=1e-6)
    np.testing.assert_array_equal(X, before)


def test_a_long_recording_is_asked_about_in_parts() -> None:
    """Of a thousand windows thirty from the first to the last are enough."""
    X = np.repeat(np.arange(1000, dtype=np.float32)[:, None], 3, axis=1)
    model = Says(lambda X: X[:, 0] / 1000)
    found = contributions(model, X, NAMES, TYPICAL, genre=1)
    assert model.n_windows == explanation.MAX_WINDOWS * (len(NAMES) + 1)
    assert found["loud"] == pytest.approx((499.5 - 1) / 1000, abs=1e-3)
    assert found["fast"] == found["bright"] == 0


def test_contributions_of_a_stored_model(gtzan: Artifacts) -> None:
    """Of a recording that is typical in everything, nothing stands out."""
    card = gtzan.model("logistic_ovr")
    typical = medians(gtzan.summary(card.features, "distributions"))
    classifier = gtzan.classifier("logistic_ovr")
    names = list(gtzan.embeddings("logistic_ovr").columns.drop("track_id"))
    X = typical[names].to_numpy(np.float32)[None]
    np.testing.assert_allclose(contributions(classifier, X, names, typical, 0), 0, atol=1e-6)
    X[0, 3] += 2 * abs(X[0, 3]) + 1
    found = contributions(classifier, X, names, typical, 0)
    assert found.abs().idxmax() == names[3]
    assert np.isclose(found.drop(names[3]), 0, atol=1e-6).sum() < len(names)


def known() -> pd.DataFrame:
    """Distributions of 0 … 100 (rock) and 200 … 300 (jazz), and of a number that never changes."""
    values = np.r_[np.arange(101), np.arange(200, 301)].astype(float)
    table = pd.DataFrame({"loud": values, "fast": 120.0})
    return distributions(table, pd.Series(["rock"] * 101 + ["jazz"] * 101))


@pytest.mark.parametrize(
    ("value", "rock", "jazz", "every", "outside"),
    [
        (25, 0.25, 0, 25.25 / 201, {"jazz"}),
        (100, 1, 0, None, {"jazz"}),
        (150, 1, 0, 0.5, {"rock", "jazz"}),
        (250, 1, 0.5, None, {"rock"}),
        (-1, 0, 0, 0, {"rock", "jazz", ALL_GENRES}),
        (301, 1, 1, 1, {"rock", "jazz", ALL_GENRES}),
    ],
)
def test_percentiles_of_known_numbers(
    value: float, rock: float, jazz: float, every: float | None, outside: set[str]
) -> None:
    """The share that has less, among the tracks of each genre and of all."""
    table = percentiles(pd.Series({"loud": value}), known()).set_index("genre")
    assert set(table["feature"]) == {"loud"}
    assert set(table["value"]) == {value}
    assert table.loc["rock", "percentile"] == pytest.approx(rock)
    assert table.loc["jazz", "percentile"] == pytest.approx(jazz)
    assert every is None or table.loc[ALL_GENRES, "percentile"] == pytest.approx(every, abs=2e-3)
    assert set(table.index[table["outside"]]) == outside


def test_percentiles_of_equals() -> None:
    """Where all tracks have the same, half of them count as less; and so of a part of them."""
    table = percentiles(pd.Series({"fast": 120.0, "loud": 3.0}), known()).set_index("feature")
    np.testing.assert_allclose(table.loc["fast", "percentile"], 0.5)
    assert not table.loc["fast", "outside"].any()
    tied = distributions(pd.DataFrame({"x": [0.0] * 50 + [1.0] * 50}), pd.Series(["a"] * 100))
    found = percentiles(pd.Series({"x": 0.0}), tied)["percentile"]
    np.testing.assert_allclose(found, 0.25, atol=0.02)


def test_percentiles_agree_with_tracks(gtzan: Artifacts) -> None:
    """Of features of stored tracks, the share of tracks that have less, to a fortieth."""
    tracks = gtzan.summary("timbre", "tracks").drop(columns="track_id")
    stored = gtzan.summary("timbre", "distributions")
    table = percentiles(tracks.iloc[7], stored)
    every = table[table["genre"] == ALL_GENRES].set_index("feature")
    less = (tracks < tracks.iloc[7]).mean()
    np.testing.assert_allclose(every["percentile"], less[every.index], atol=1 / 40)
    assert not every["outside"].any()


def test_medians_are_those_of_all_tracks() -> None:
    """By feature."""
    assert medians(known()).to_dict() == {"loud": 150.0, "fast": 120.0}


def test_occlusion_finds_the_only_cell_that_counts() -> None:
    """What is lost is what the cell differs from the mean of its column."""
    window = noise(1, 60, 16)
    model = Says(lambda X: 0.5 + 0.1 * X[:, 33, 5])
    found = occlusion(model, window, genre=1, bands=8)
    expected = np.zeros((8, TIME_PARTS))
    expected[2, 3] = 0.1 * (window[0, 33, 5] - window[0, :, 5].mean())
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(occlusion(model, window, genre=0, bands=8), -expected, atol=1e-6)


@pytest.mark.parametrize(("frames", "columns", "bands"), [(61, 13, 8), (130, 12, 1), (7, 9, 4)])
def test_occlusion_covers_all_of_uneven_sizes(frames: int, columns: int, bands: int) -> None:
    """Every cell is covered in one part, and in no other."""
    window = noise(1, frames, columns)
    mean = window[0].mean(axis=0)
    changed = []

    def watched(X: Array) -> Array:
        changed.extend(window[0] != X)
        for x, mask in zip(X, window[0] != X, strict=True):
            np.testing.assert_array_equal(x[mask], np.broadcast_to(mean, x.shape)[mask])
        return X.sum(axis=(1, 2)) / 1e3

    found = occlusion(Says(watched), window, genre=1, bands=bands)
    assert found.shape == (bands, TIME_PARTS)
    assert not changed[0].any()
    np.testing.assert_array_equal(np.sum(changed, axis=0), 1)
    np.testing.assert_allclose(found.sum(), 0, atol=1e-5)  # covered whole, nothing is lost


def test_occlusion_leaves_the_window_as_it_was() -> None:
    """A caller shows it afterwards."""
    window = noise(1, 60, 16)
    before = window.copy()
    occlusion(Says(lambda X: X.mean(axis=(1, 2))), window, genre=1)
    np.testing.assert_array_equal(window, before)
