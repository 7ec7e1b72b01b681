"""Twelve MFCC of short frames, and their energy, summed up by four statistics."""

from collections.abc import Callable

import numpy as np

from pipeline.features import Array, FeatureSet
from pipeline.features.common.columns import Quantity
from pipeline.features.common.spectrum import SHORT_HOP_LENGTH, SHORT_N_FFT, Spectrum
from pipeline.features.mfcc12_sequence import MFCC, N_MFCC, coefficients

STATISTICS: dict[str, Callable[..., Array]] = {
    "mean": np.mean,
    "std": np.std,
    "min": np.min,
    "max": np.max,
}
ENERGY = Quantity("loudness", f"the energy (sum of squares) of {SHORT_N_FFT} samples", low=0)
RMS = Quantity("loudness", f"the root mean square of {SHORT_N_FFT} samples", low=0)
COLUMNS = (
    *(MFCC.column(f"mfcc{i + 1}_{s}", s, part=i) for i in range(N_MFCC) for s in STATISTICS),
    *(ENERGY.column(f"energy_{s}", s) for s in STATISTICS),
    *(RMS.column(f"rms_{s}", s) for s in STATISTICS),
)


def compute(spectrum: Spectrum) -> Array:
    """Mean, standard deviation, minimum and maximum over time [shape=(56,)]."""
    import librosa

    rms = librosa.feature.rms(y=spectrum.y, frame_length=SHORT_N_FFT, hop_length=SHORT_HOP_LENGTH)
    rows = np.concatenate([coefficients(spectrum), SHORT_N_FFT * rms**2, rms])  # (14, t)
    values = [statistic(rows, axis=1) for statistic in STATISTICS.values()]
    return np.stack(values, axis=1).ravel().astype(np.float32)


FEATURES = FeatureSet(
    name="mfcc12",
    title="12 MFCC of short frames, four statistics",
    version=2,
    columns=COLUMNS,
    compute=compute,
    works=(
        "Tzanetakis & Cook 2002, Musical genre classification of audio signals: statistics of MFCC"
        " of short frames, there the first five and means and variances only",
    ),
)
