"""FMA's statistics and their published table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.audio.decoding import decode
from pipeline.features.fma518 import multiindex, statistics
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path


def test_fma518_equals_the_reference_table(reference_root: Path, gtzan_root: Path) -> None:
    """Twenty clips, computed elsewhere with FMA's definitions.

    The median error of a feature is below 1e-3 of its spread, 1e-2 for rolloff and contrast, where
    ties of bins decide.
    """
    table = pd.read_csv(reference_root / "fma518_peer.csv", index_col="track_id")
    features = lookup("pipeline.features", "FEATURES", "fma518")
    paths = [gtzan_root / "audio" / t.partition(".")[0] / f"{t}.flac" for t in table.index]
    ours = pd.DataFrame(
        [features.extract(decode(path)) for path in paths], table.index, features.names
    )
    errors = (ours[table.columns] - table).abs() / table.std()
    by_feature = errors.T.groupby(lambda name: name.partition(".")[0]).median().T.max()
    loose = by_feature.index.isin(["spectral_rolloff", "spectral_contrast"])
    assert len(table) == 20
    assert by_feature[~loose].max() < 1e-3
    assert by_feature[loose].max() < 1e-2


def test_fma518_has_the_columns_of_the_published_file() -> None:
    """518 of them in FMA's order, three levels deep on request."""
    columns = multiindex(lookup("pipeline.features", "FEATURES", "fma518").names)
    assert len(columns) == 518
    assert columns.names == ["feature", "statistics", "number"]
    assert columns.is_monotonic_increasing
    assert ("chroma_cens", "kurtosis", "01") in columns
    assert columns.get_level_values(0).value_counts()["mfcc"] == 140


def test_statistics_of_a_row_that_does_not_change() -> None:
    """Skewness and kurtosis of a constant are 0 by definition here, and not missing."""
    rows = np.full((1, 50), 0.7, np.float32)
    names = ("mean", "std", "skew", "kurtosis", "median", "min", "max")
    expected = [[0.7], [0], [0], [0], [0.7], [0.7], [0.7]]
    np.testing.assert_allclose(statistics(rows, names), expected, atol=1e-6)
