"""Figures of calibration draw the numbers of their tables."""

from __future__ import annotations

import numpy as np
import pytest
from support.figure_tables import NAMES, outcomes

from dashboard.figures import calibration
from pipeline.evaluation.calibration import coverage, reliability


def test_reliability_draws_the_bins_that_hold_predictions() -> None:
    """Mean confidence and accuracy of each bin, by hand, beside the diagonal."""
    table = outcomes([True, False, True, True], [0.55, 0.57, 0.91, 0.97])
    ideal, trace = calibration.reliability({"a": reliability(table)}, NAMES).data
    assert list(ideal.x) == list(ideal.y) == [0, 1]
    np.testing.assert_allclose(trace.x, [0.56, 0.94])
    np.testing.assert_allclose(trace.y, [0.5, 1])
    assert np.ravel(trace.customdata).tolist() == [2, 2]
    low = np.subtract(trace.y, trace.error_y.arrayminus)
    high = np.add(trace.y, trace.error_y.array)
    assert ((low >= -1e-9) & (high <= 1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("threshold", "covered", "right"),
    [(0.0, 1.0, 0.5), (0.6, 0.75, 2 / 3), (0.65, 0.5, 1.0), (0.9, 0.25, 1.0)],
)
def test_coverage_marks_the_threshold(threshold: float, covered: float, right: float) -> None:
    """The mark stands where predictions of at least this confidence are counted."""
    table = outcomes([True, True, False, False], [0.9, 0.7, 0.6, 0.5])
    line, mark = calibration.coverage({"a": coverage(table)}, threshold, NAMES).data
    np.testing.assert_allclose(line.x, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(line.y, [1, 1, 2 / 3, 0.5])
    np.testing.assert_allclose([*mark.x, *mark.y], [covered, right])


def test_coverage_has_no_mark_above_the_greatest_confidence() -> None:
    """No prediction is that outcomes, so there is nothing to mark."""
    table = outcomes([True, False], [0.6, 0.5])
    mark = calibration.coverage({"a": coverage(table)}, 0.99, NAMES).data[1]
    assert len(mark.x) == 0
