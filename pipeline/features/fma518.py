"""The 518 features that the Free Music Archive dataset publishes for its 106,574 tracks.

Eleven features by seven statistics, as in ``features.csv`` of fma_metadata (Defferrard, Benzi,
Vandergheynst & Bresson 2017, "FMA: a dataset for music analysis"). Two differences of FMA's own
file: it was computed at each track's own sampling rate, mostly 44.1 kHz, on a frequency axis meant
for 22.05 kHz, and with older releases of librosa.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.features import Array, FeatureSet
from pipeline.features.common.columns import (
    BANDWIDTH,
    CENTROID,
    NYQUIST,
    PITCHES,
    ROLLOFF,
    ZERO_CROSSINGS,
    Quantity,
    chroma,
    mfcc,
)
from pipeline.features.common.spectrum import N_MFCC, Spectrum

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

CONTRAST_BANDS = (
    *("0 to 200 Hz", "200 to 400 Hz", "400 to 800 Hz", "800 to 1600 Hz"),
    *("1600 to 3200 Hz", "3200 to 6400 Hz", f"6400 to {NYQUIST:.0f} Hz"),
)
AXES = (
    *("the fifths, sine", "the fifths, cosine", "the minor thirds, sine"),
    *("the minor thirds, cosine", "the major thirds, sine", "the major thirds, cosine"),
)
CENS = "smoothed over 41 frames and scaled to a length of 1 in each frame"
SERIES = {
    "chroma_cens": Quantity(
        "chroma", f"the strength of {{}} ({CENS})", low=0, high=1, parts=PITCHES
    ),
    "chroma_cqt": chroma("from the constant-Q transform"),
    "chroma_stft": chroma("from the spectrogram"),
    "mfcc": mfcc(N_MFCC, bands=128),
    "rmse": Quantity("loudness", "the root mean square of a windowed frame", low=0),
    "spectral_bandwidth": BANDWIDTH,
    "spectral_centroid": CENTROID,
    "spectral_contrast": Quantity(
        "spectral contrast", "peak against valley from {}", "dB", low=0, parts=CONTRAST_BANDS
    ),
    "spectral_rolloff": ROLLOFF,
    "tonnetz": Quantity(
        "tonnetz", "the tonal centroid on the circle of {}", low=-1, high=1, parts=AXES
    ),
    "zcr": ZERO_CROSSINGS,
}
STATISTICS = ("kurtosis", "max", "mean", "median", "min", "skew", "std")
COLUMNS = tuple(
    quantity.column(f"{name}.{statistic}.{i + 1:02d}", statistic, part=i)
    for name, quantity in SERIES.items()
    for statistic in STATISTICS
    for i in range(max(len(quantity.parts), 1))
)


def compute(spectrum: Spectrum) -> Array:
    """Seven statistics over time of each series [shape=(518,)]."""
    table = series(spectrum)
    blocks = np.split(
        statistics(np.concatenate(table), STATISTICS),  # (7, 74)
        np.cumsum([len(rows) for rows in table[:-1]]),
        axis=1,
    )
    return np.concatenate([block.ravel() for block in blocks]).astype(np.float32)


def series(spectrum: Spectrum) -> list[Array]:
    """What `SERIES` names, over time [shape=(parts, t) each]."""
    import librosa

    C = spectrum.constant_q
    cens = librosa.feature.chroma_cens(C=C, bins_per_octave=12)
    centroid, bandwidth = spectrum.centroid_and_bandwidth
    parts = [
        cens,
        librosa.feature.chroma_cqt(C=C, bins_per_octave=12),
        spectrum.chroma,
        spectrum.mfcc,
        librosa.feature.rms(S=spectrum.magnitude),
        bandwidth,
        centroid,
        spectrum.contrast,
        spectrum.rolloff,
        librosa.feature.tonnetz(chroma=cens),
        spectrum.zero_crossing_rate,
    ]
    frames = min(part.shape[1] for part in parts)
    return [part[:, :frames] for part in parts]


def statistics(rows: Array, names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Statistics along the last axis [shape=(len(names), m)] of rows [shape=(m, t)].

    Skewness and kurtosis as `scipy.stats` has them, without its passes for missing values; 0 for a
    row that does not change.
    """
    rows = np.asarray(rows, np.float64)
    mean = rows.mean(axis=1)
    deviation = rows - mean[:, None]
    square = deviation**2
    variance = square.mean(axis=1)
    steady = variance <= (np.finfo(np.float32).eps * np.abs(mean)) ** 2
    scale = np.where(steady, 1, variance)
    third = np.einsum("mt,mt->m", square, deviation) / rows.shape[1]
    fourth = np.einsum("mt,mt->m", square, square) / rows.shape[1]
    values = {
        "mean": mean,
        "std": np.sqrt(variance),
        "skew": np.where(steady, 0, third / scale**1.5),
        "kurtosis": np.where(steady, 0, fourth / scale**2 - 3),
        "median": np.median(rows, axis=1),
        "min": rows.min(axis=1),
        "max": rows.max(axis=1),
    }
    return np.stack([values[name] for name in names])


def multiindex(names: list[str]) -> pd.MultiIndex:
    """Column names as in FMA's ``features.csv``, three levels deep."""
    import pandas as pd

    levels = [tuple(name.split(".")) for name in names]
    return pd.MultiIndex.from_tuples(levels, names=("feature", "statistics", "number"))


FEATURES = FeatureSet(
    name="fma518",
    title="518 features of the Free Music Archive",
    version=2,
    columns=COLUMNS,
    compute=compute,
    works=(
        "Defferrard, Benzi, Vandergheynst & Bresson 2017, FMA: a dataset for music analysis,"
        " features.csv and its baselines",
    ),
)
