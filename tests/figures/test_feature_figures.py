"""Figures of features draw the numbers of their tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.figure_tables import NAMES

from dashboard.figures import features


def distribution_of(**samples: np.ndarray) -> pd.DataFrame:
    """The quantiles that `pipeline.benchmark.summary` stores, made here by numpy."""
    shares = np.linspace(0, 1, 41)
    names = [f"q{1000 * share:04.0f}" for share in shares]
    rows = [np.quantile(values, shares) for values in samples.values()]
    table = pd.DataFrame(rows, pd.Index(list(samples), name="genre"), names)
    return table.assign(count=[len(values) for values in samples.values()], mean=0.0, std=1.0)


@pytest.fixture
def samples() -> dict[str, np.ndarray]:
    """A symmetric and a skewed distribution."""
    rng = np.random.default_rng(0)
    return {"jazz": rng.normal(5, 2, 500), "rock": rng.exponential(3, 300)}


def test_boxes_are_the_quantiles_of_the_data(samples: dict[str, np.ndarray]) -> None:
    """Box: the middle half; whiskers: 5 % and 95 %, as numpy computes them."""
    colors = {"jazz": "red", "rock": "blue"}
    figure = features.distribution(distribution_of(**samples), "box", "x", colors)
    for box, (genre, values) in zip(figure.data, samples.items(), strict=True):
        drawn = [box.lowerfence, box.q1, box.median, box.q3, box.upperfence]
        expected = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        np.testing.assert_allclose(np.ravel(drawn), expected)
        assert (box.name, box.marker.color) == (genre, colors[genre])


def test_violins_are_drawn_of_the_quantiles(samples: dict[str, np.ndarray]) -> None:
    """Evenly spaced quantiles stand for the tracks, from the least to the greatest."""
    colors = {"jazz": "red", "rock": "blue"}
    figure = features.distribution(distribution_of(**samples), "violin", "x", colors)
    for violin, values in zip(figure.data, samples.values(), strict=True):
        np.testing.assert_allclose(np.sort(violin.y), np.quantile(values, np.linspace(0, 1, 41)))
        assert violin.spanmode == "hard"


def area(trace: object) -> float:
    """Under a histogram of steps."""
    return float((np.diff(trace.x) * np.array(trace.y)[:-1]).sum())  # type: ignore[attr-defined]


def test_histogram_is_a_density(samples: dict[str, np.ndarray]) -> None:
    """It covers the data, never falls below zero and has the area 1."""
    colors = {"jazz": "red", "rock": "blue"}
    figure = features.distribution(distribution_of(**samples), "histogram", "x", colors)
    for trace, values in zip(figure.data, samples.values(), strict=True):
        assert area(trace) == pytest.approx(1)
        assert min(trace.y) >= 0
        assert (trace.x[0], trace.x[-1]) == pytest.approx((values.min(), values.max()))


def test_histogram_of_a_uniform_distribution_is_flat() -> None:
    """Known data: density 1/4 between 2 and 6."""
    table = distribution_of(rock=np.linspace(2, 6, 1001))
    trace = features.distribution(table, "histogram", "x", {"rock": "red"}).data[0]
    np.testing.assert_allclose(trace.y[:-1], 0.25, rtol=1e-6)


def test_histogram_keeps_a_heap_of_equal_values() -> None:
    """Half of the tracks at the least value, as of silence, are half of the area."""
    values = np.concatenate([np.zeros(500), np.linspace(0, 1, 500)])
    table = distribution_of(rock=values)
    trace = features.distribution(table, "histogram", "x", {"rock": "red"}).data[0]
    assert area(trace) == pytest.approx(1)


@pytest.mark.parametrize("shape", ["violin", "box", "histogram"])
def test_distribution_of_a_constant_can_be_drawn(shape: features.Shape) -> None:
    """A feature that never changes gives finite numbers."""
    table = distribution_of(rock=np.full(10, 3.0))
    trace = features.distribution(table, shape, "x", {"rock": "red"}).data[0]
    assert np.isfinite(np.ravel(trace.median if shape == "box" else trace.y)).all()


def test_ellipse_is_one_standard_deviation_of_a_known_covariance() -> None:
    """Every point lies at Mahalanobis distance 1; the extremes are the standard deviations."""
    mean, covariance = np.array([3.0, -1.0]), np.array([[4.0, 1.2], [1.2, 1.0]])
    figure = features.pair({"rock": (mean, covariance)}, None, ("x", "y"), {"rock": "red"})
    (trace,) = figure.data
    off = np.stack([trace.x, trace.y]) - mean[:, None]  # (2, n)
    distance = np.einsum("in,ij,jn->n", off, np.linalg.inv(covariance), off)
    np.testing.assert_allclose(distance, 1)
    assert max(off[0]) == pytest.approx(2, rel=0.01)
    assert max(off[1]) == pytest.approx(1, rel=0.01)
    assert figure.layout.xaxis.title.text == "x"
    assert figure.layout.yaxis.title.text == "y"


def test_ellipse_of_a_flat_covariance_is_finite() -> None:
    """Features that say the same thing leave a line; rounding leaves no NaN."""
    flat = np.array([[1.0, 2.0], [2.0, 4.0 - 1e-12]])
    (trace,) = features.pair({"rock": (np.zeros(2), flat)}, None, ("x", "y"), {"rock": "red"}).data
    assert np.isfinite([trace.x, trace.y]).all()


def test_pair_draws_the_tracks_in_the_colour_of_their_genre() -> None:
    """Dots stand where the tracks are, with their name; the ellipse names the genre."""
    dots = pd.DataFrame(
        {"x": [1, 2, 3], "y": [4, 5, 6], "genre": ["rock", "jazz", "rock"], "label": list("pqr")}
    )
    ellipses = {"jazz": (np.zeros(2), np.eye(2)), "rock": (np.ones(2), np.eye(2))}
    figure = features.pair(ellipses, dots, ("x", "y"), {"jazz": "red", "rock": "blue"})
    rock = [t for t in figure.data if t.mode == "markers" and t.name == "rock"]
    assert [list(rock[0].x), list(rock[0].y), list(rock[0].text)] == [[1, 3], [4, 6], ["p", "r"]]
    assert rock[0].marker.color == "blue"
    assert not rock[0].showlegend


def test_many_genres_are_named_where_they_are() -> None:
    """A legend has at most six; the seventh genre has all named beside their ellipses."""
    for n in (6, 7):
        genres = [f"genre {i}" for i in range(n)]
        ellipses = {genre: (np.full(2, i), np.eye(2)) for i, genre in enumerate(genres)}
        figure = features.pair(ellipses, None, ("x", "y"), dict.fromkeys(genres, "red"))
        names = [trace for trace in figure.data if trace.mode == "markers+text"]
        assert figure.layout.showlegend == (n == 6)
        assert [list(trace.text) for trace in names] == ([] if n == 6 else [genres])
        assert all(list(trace.x) == list(range(7)) for trace in names)


def test_histograms_of_many_genres_are_named_at_their_peaks() -> None:
    """In the middle of the bin that holds most tracks."""
    table = distribution_of(**{f"genre {i}": np.linspace(i, i + 1, 100) ** 2 for i in range(7)})
    colors = dict.fromkeys(table.index, "red")
    *steps, names = features.distribution(table, "histogram", "x", colors).data
    assert list(names.text) == list(table.index)
    for step, x, y in zip(steps, names.x, names.y, strict=True):
        assert y == max(step.y)
        at = list(step.y).index(y)
        assert step.x[at] < x < step.x[at + 1]


def test_profile_draws_the_first_on_top() -> None:
    """Bars are the values; more and less than zero have two colours."""
    bars = features.profile(pd.Series({"x": 2.0, "y": -1.0, "z": 0.5}), "sd").data[0]
    assert dict(zip(bars.y, bars.x, strict=True)) == {"x": 2, "y": -1, "z": 0.5}
    assert bars.y[-1] == "x"
    color = dict(zip(bars.y, bars.marker.color, strict=True))
    assert color["x"] == color["z"] != color["y"]


def test_importance_draws_values_and_spread() -> None:
    """A mark a feature and model, whiskers of one standard deviation, the first on top."""
    table = pd.DataFrame({"feature": ["x", "y"], "value": [0.3, 0.1], "std": [0.05, 0.2]})
    figure = features.importance({"a": table, "b": table.assign(value=0.0)}, "lost", NAMES)
    first = figure.data[0]
    assert (first.name, list(first.x), list(first.y)) == ("Model A", [0.3, 0.1], ["x", "y"])
    assert list(first.error_x.array) == [0.05, 0.2]
    assert list(figure.layout.yaxis.categoryarray) == ["y", "x"]
