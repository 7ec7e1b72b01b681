"""What every feature set must do, on sounds that have broken feature extractors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.difficult_signals import DIFFICULT_SIGNALS

from pipeline.registry import discover

if TYPE_CHECKING:
    from pipeline.features import FeatureSet

FEATURES = discover("pipeline.features", "FEATURES").values()
COMPUTED = [features for features in FEATURES if features.compute]  # others come in tables only

by_name = {"ids": lambda value: value.name}


@pytest.mark.parametrize("signal", DIFFICULT_SIGNALS)
@pytest.mark.parametrize("features", COMPUTED, **by_name)
def test_features_are_finite_and_repeatable(features: FeatureSet, signal: str) -> None:
    """Values are finite and within the range that their columns state; the input is left alone."""
    y = DIFFICULT_SIGNALS[signal]
    before = y.copy()
    values = features.extract(y)
    if signal != "one_second":
        assert values.shape == features.shape
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values, features.extract(y))
    low, high = ([getattr(c, side) for c in features.columns] for side in ("low", "high"))
    reach = 1e-5 * np.abs(values)  # of rounding
    assert (values >= low - reach).all()
    assert (values <= high + reach).all()
    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize("features", FEATURES, **by_name)
def test_every_column_is_explained(features: FeatureSet) -> None:
    """Each has a name of its own, words and a family, and the set names who used it."""
    assert len(set(features.names)) == len(features.names)
    assert all(column.meaning and column.family for column in features.columns)
    assert "{" not in "".join(column.meaning for column in features.columns)
    assert all(column.low < column.high for column in features.columns)
    assert features.works
