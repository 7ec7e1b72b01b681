"""Figures of slices draw the numbers of their tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures import slices

BINS = pd.DataFrame(
    {
        "words": ["genre jazz", "genre a-name-as-long-as-this of two lines"],
        "n": [4, 9],
        "artists": [2, 1],
        "accuracy": [0.5, 0.25],
        "low": [0.2, np.nan],
        "high": [0.7, np.nan],
        "within": [0.05, -0.02],
        "within_low": [-0.01, -0.04],
        "within_high": [0.09, 0.03],
    }
)


def test_accuracies_have_their_intervals_and_the_overall_line() -> None:
    """Dots at the accuracies, whiskers to both ends, the first bin on top, a line at the mean."""
    drawn = slices.accuracy(BINS, 0.4)
    (dots,) = (trace for trace in drawn.data if trace.x[0] is not None)
    assert list(dots.x) == [0.5, 0.25]
    assert dots.x[0] - dots.error_x.arrayminus[0] == 0.2
    assert dots.x[0] + dots.error_x.array[0] == 0.7
    assert list(drawn.layout.yaxis.categoryarray) == BINS["words"].tolist()[::-1]
    assert [line.x0 for line in drawn.layout.shapes] == [0.4]


def test_differences_within_genres_are_in_points() -> None:
    """Shares times a hundred, with their intervals."""
    (bars,) = slices.within(BINS).data
    np.testing.assert_allclose(bars.x, [5, -2])
    np.testing.assert_allclose(np.subtract(bars.x, bars.error_x.arrayminus), [-1, -4])
    np.testing.assert_allclose(np.add(bars.x, bars.error_x.array), [9, 3])
