"""The figure of a learning curve draws the numbers of its table."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.figures import learning
from pipeline.evaluation.intervals import Interval


def test_measured_and_expected_accuracies_have_their_intervals() -> None:
    """The measured ones at their labels, the expected one at so many times the last."""
    sizes = pd.DataFrame(
        {
            "labelled": [5.0, 10.0],
            "accuracy": [0.5, 0.6],
            "low": [0.4, 0.5],
            "high": [0.6, 0.7],
        }
    )
    found, way, hoped = learning.curve(sizes, Interval(0.66, 0.5, 0.8), 2).data
    assert list(found.x) == [5, 10]
    assert list(found.y) == [0.5, 0.6]
    assert list(hoped.x) == [20]
    assert list(way.y) == [0.6, 0.66]
    assert hoped.y[0] - hoped.error_y.arrayminus[0] == pytest.approx(0.5)
    assert hoped.y[0] + hoped.error_y.array[0] == pytest.approx(0.8)
