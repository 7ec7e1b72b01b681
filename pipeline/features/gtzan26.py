"""The 26 means that most write-ups on GTZAN feed to their networks.

They are a part of `timbre` and bear its names; the write-ups leave ``_mean`` out.
"""

import numpy as np

from pipeline.features import Array, FeatureSet
from pipeline.features.common.spectrum import Spectrum
from pipeline.features.timbre import COLUMNS, MFCC_NAMES, SERIES, series

NAMES = [f"{name}_mean" for name in (*SERIES, *MFCC_NAMES)]


def compute(spectrum: Spectrum) -> Array:
    """Means over time [shape=(26,)]."""
    means = [*(s.mean() for s in series(spectrum)), *spectrum.mfcc.mean(axis=1)]
    return np.array(means, dtype=np.float32)


FEATURES = FeatureSet(
    name="gtzan26",
    title="26 means of timbre and chroma",
    version=2,
    columns=tuple(column for column in COLUMNS if column.name in NAMES),
    compute=compute,
    works=(
        "Most tutorials that train a small network on GTZAN (chroma, RMS, centroid, bandwidth,"
        " rolloff, zero crossings and 20 MFCC, averaged over a clip)",
    ),
)
