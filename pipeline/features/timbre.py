"""The columns of the GTZAN feature table that most published notebooks use.

The table has 57 features of whole clips, computed with librosa's defaults. `harmony_mean` and
`perceptr_mean` are left out: they are means of a signal around zero and carry nothing but rounding.
"""

import numpy as np

from pipeline.features import Array, Column, FeatureSet
from pipeline.features.common.columns import (
    BANDWIDTH,
    CENTROID,
    CHROMA_MEAN,
    RMS,
    ROLLOFF,
    ZERO_CROSSINGS,
    mfcc,
)
from pipeline.features.common.spectrum import N_MFCC, Spectrum

SERIES = {
    "chroma_stft": CHROMA_MEAN,
    "rms": RMS,
    "spectral_centroid": CENTROID,
    "spectral_bandwidth": BANDWIDTH,
    "rolloff": ROLLOFF,
    "zero_crossing_rate": ZERO_CROSSINGS,
}
MFCC = mfcc(N_MFCC, bands=128)
MFCC_NAMES = [f"mfcc{i + 1}" for i in range(N_MFCC)]
MOMENTS = ("mean", "var")
HARMONY_AND_TEMPO = (
    Column("harmony_var", "variance of the harmonic part of the signal", "", 0, family="harmony"),
    Column("perceptr_var", "variance of the percussive part of it", "", 0, family="harmony"),
    Column("tempo", "tempo; 0 where nothing starts", "BPM", 0, family="tempo"),
)
COLUMNS = (
    *(q.column(f"{name}_{m}", m) for name, q in SERIES.items() for m in MOMENTS),
    *HARMONY_AND_TEMPO,
    *(MFCC.column(f"{name}_{m}", m, part=i) for i, name in enumerate(MFCC_NAMES) for m in MOMENTS),
)


def compute(spectrum: Spectrum) -> Array:
    """Means and variances over time [shape=(55,)]."""
    return np.array(
        [
            *(moment(s) for s in series(spectrum) for moment in (np.mean, np.var)),
            *(np.var(part) for part in spectrum.harmonic_percussive),
            spectrum.tempo,
            *(moment(row) for row in spectrum.mfcc for moment in (np.mean, np.var)),
        ],
        dtype=np.float32,
    )


def series(spectrum: Spectrum) -> tuple[Array, ...]:
    """What `SERIES` names, over time [shape=(1, t) each, chroma (12, t)]."""
    centroid, bandwidth = spectrum.centroid_and_bandwidth
    return (
        spectrum.chroma,
        spectrum.rms,
        centroid,
        bandwidth,
        spectrum.rolloff,
        spectrum.zero_crossing_rate,
    )


FEATURES = FeatureSet(
    name="timbre",
    title="55 timbre, harmony and tempo statistics",
    version=2,
    columns=COLUMNS,
    compute=compute,
    works=(
        "The tables features_30_sec.csv and features_3_sec.csv, published with GTZAN on Kaggle and"
        " used by most of its notebooks",
    ),
)
