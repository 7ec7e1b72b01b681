"""Feature sets give what plain calls of librosa give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import plain_librosa
from support.feature_signals import music

from pipeline.registry import lookup

STATISTIC_SETS = {
    "timbre": (plain_librosa.timbre, 1e-3),
    "gtzan26": (plain_librosa.gtzan26, 1e-4),
    "fma518": (plain_librosa.fma518, 1e-3),
    "mfcc12": (plain_librosa.mfcc12, 1e-4),
}
SEQUENCE_SETS = {"logmel": plain_librosa.logmel, "mfcc12_sequence": plain_librosa.mfcc12_frames}


@pytest.mark.parametrize("name", STATISTIC_SETS)
def test_statistics_equal_plain_librosa(name: str) -> None:
    """The shared spectrogram and its short cuts change nothing against one call a feature.

    Errors count against a column's spread over different pieces, as a mean near zero has no
    relative error.
    """
    features = lookup("pipeline.features", "FEATURES", name)
    plainly, tolerance = STATISTIC_SETS[name]
    pieces = [music(4 + seed / 3, seed) for seed in range(4)]
    ours = pd.DataFrame([features.extract(y) for y in pieces], columns=features.names)
    expected = pd.DataFrame([plainly(y) for y in pieces])[features.names]
    errors = (ours - expected).abs() / np.maximum(expected.std(), 1e-3 * expected.abs().max())
    # The valleys of contrast lie near zero, where the rounding of two transforms differs.
    allowed = np.where(errors.columns.str.contains("contrast"), 1e-2, tolerance)
    assert (errors.max() < allowed).all(), errors.max().nlargest(5)


@pytest.mark.parametrize("name", SEQUENCE_SETS)
def test_sequences_equal_plain_librosa(name: str) -> None:
    """Each frame of a window is what librosa gives, in dB."""
    y = music(3)
    features = lookup("pipeline.features", "FEATURES", name)
    expected = SEQUENCE_SETS[name](y)
    assert expected.shape == features.shape
    np.testing.assert_allclose(features.extract(y), expected, atol=2e-3)
