"""Twelve MFCC of each short frame: the input of a network over time."""

import numpy as np

from pipeline.audio.windows import WINDOW
from pipeline.features import Array, FeatureSet
from pipeline.features.common.columns import mfcc
from pipeline.features.common.spectrum import SHORT_BANDS, SHORT_HOP_LENGTH, Spectrum

N_MFCC = 12
MFCC = mfcc(N_MFCC, bands=SHORT_BANDS)


def coefficients(spectrum: Spectrum) -> Array:
    """MFCC of frames of 512 samples every 256 [shape=(12, t)]."""
    import librosa

    return librosa.feature.mfcc(S=librosa.power_to_db(spectrum.short_mel), n_mfcc=N_MFCC)


def compute(spectrum: Spectrum) -> Array:
    """MFCC over time [shape=(t, 12)]."""
    return np.ascontiguousarray(coefficients(spectrum).T, np.float32)


FEATURES = FeatureSet(
    name="mfcc12_sequence",
    title="12 MFCC of short frames, in time",
    version=2,
    columns=tuple(MFCC.column(f"mfcc{i + 1}", part=i) for i in range(N_MFCC)),
    compute=compute,
    frames=1 + WINDOW // SHORT_HOP_LENGTH,
    works=("Recurrent and convolutional networks on MFCC sequences of GTZAN, in many tutorials",),
)
