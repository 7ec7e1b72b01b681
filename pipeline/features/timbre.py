"""The columns of the GTZAN feature table that most published notebooks use.

The table has 57 features of whole clips, computed with librosa's defaults. `harmony_mean` and
`perceptr_mean` are left out: they are means of a signal around zero and carry nothing but rounding.
"""

import numpy as np

from pipeline.features import Array, FeatureSet
from pipeline.features._spectrum import Spectrum

N_MFCC = 20
SERIES = (
    "chroma_stft",
    "rms",
    "spectral_centroid",
    "spectral_bandwidth",
    "rolloff",
    "zero_crossing_rate",
)
MFCC = tuple(f"mfcc{i}" for i in range(1, N_MFCC + 1))


def _moments(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}_{moment}" for name in names for moment in ("mean", "var"))


COLUMNS = (*_moments(SERIES), "harmony_var", "perceptr_var", "tempo", *_moments(MFCC))


def compute(spectrum: Spectrum) -> Array:
    """Means and variances over time [shape=(55,)]."""
    import librosa

    y, sr, S = spectrum.y, spectrum.sr, spectrum.magnitude
    series = (
        librosa.feature.chroma_stft(S=spectrum.power, sr=sr, tuning=spectrum.tuning),
        librosa.feature.rms(y=y),
        librosa.feature.spectral_centroid(S=S, sr=sr),
        librosa.feature.spectral_bandwidth(S=S, sr=sr),
        librosa.feature.spectral_rolloff(S=S, sr=sr),
        librosa.feature.zero_crossing_rate(y),
    )
    mfcc = librosa.feature.mfcc(S=spectrum.mel_db, sr=sr, n_mfcc=N_MFCC)
    return np.array(
        [
            *(moment(values) for values in series for moment in (np.mean, np.var)),
            *(np.var(part) for part in spectrum.harmonic_percussive),
            tempo(spectrum),
            *(moment(row) for row in mfcc for moment in (np.mean, np.var)),
        ],
        dtype=np.float32,
    )


def tempo(spectrum: Spectrum) -> float:
    """Tempo in beats per minute as `librosa.beat.beat_track` finds it, 0 where nothing starts."""
    import librosa

    onsets = librosa.onset.onset_strength(S=spectrum.mel_db, sr=spectrum.sr, aggregate=np.median)
    if not onsets.any():
        return 0.0
    return float(librosa.feature.tempo(onset_envelope=onsets, sr=spectrum.sr)[0])


FEATURES = FeatureSet(
    name="timbre",
    title="55 timbre, harmony and tempo statistics",
    version=1,
    columns=COLUMNS,
    compute=compute,
)
