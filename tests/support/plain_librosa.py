"""Feature sets the plain way: librosa's functions called one by one, as notebooks do.

An independent reference for the tests of parity, and what the benchmark compares with.
"""

from __future__ import annotations

import librosa
import numpy as np
import scipy.stats

from pipeline.audio.windows import SAMPLE_RATE

FMA_STATISTICS = {
    "kurtosis": lambda rows: scipy.stats.kurtosis(rows, axis=1),
    "max": lambda rows: rows.max(axis=1),
    "mean": lambda rows: rows.mean(axis=1),
    "median": lambda rows: np.median(rows, axis=1),
    "min": lambda rows: rows.min(axis=1),
    "skew": lambda rows: scipy.stats.skew(rows, axis=1),
    "std": lambda rows: rows.std(axis=1),
}


def timbre_without_tempo(y: np.ndarray) -> dict[str, float]:
    """The published GTZAN table but its tempo: a call a feature, each with its own spectrogram."""
    harmonic, percussive = librosa.effects.hpss(y)
    series = {
        "chroma_stft": librosa.feature.chroma_stft(y=y),
        "rms": librosa.feature.rms(y=y),
        "spectral_centroid": librosa.feature.spectral_centroid(y=y),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(y=y),
        "rolloff": librosa.feature.spectral_rolloff(y=y),
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(y),
        "harmony": harmonic,
        "perceptr": percussive,
        **{f"mfcc{i + 1}": row for i, row in enumerate(librosa.feature.mfcc(y=y, n_mfcc=20))},
    }
    values = {f"{name}_mean": np.mean(rows) for name, rows in series.items()}
    values |= {f"{name}_var": np.var(rows) for name, rows in series.items()}
    return {name: float(value) for name, value in values.items()}


def timbre(y: np.ndarray) -> dict[str, float]:
    """The published GTZAN table."""
    return timbre_without_tempo(y) | {"tempo": librosa.beat.beat_track(y=y)[0].item()}


def gtzan26(y: np.ndarray) -> dict[str, float]:
    """The loop body of most GTZAN notebooks."""
    values = {
        "chroma_stft_mean": np.mean(librosa.feature.chroma_stft(y=y)),
        "rms_mean": np.mean(librosa.feature.rms(y=y)),
        "spectral_centroid_mean": np.mean(librosa.feature.spectral_centroid(y=y)),
        "spectral_bandwidth_mean": np.mean(librosa.feature.spectral_bandwidth(y=y)),
        "rolloff_mean": np.mean(librosa.feature.spectral_rolloff(y=y)),
        "zero_crossing_rate_mean": np.mean(librosa.feature.zero_crossing_rate(y)),
    }
    mfcc = librosa.feature.mfcc(y=y, n_mfcc=20)
    values |= {f"mfcc{i + 1}_mean": np.mean(row) for i, row in enumerate(mfcc)}
    return {name: float(value) for name, value in values.items()}


def fma518(y: np.ndarray) -> dict[str, float]:
    """FMA's definitions in the order in which its authors compute them."""
    zcr = librosa.feature.zero_crossing_rate(y, frame_length=2048, hop_length=512)
    cqt = np.abs(librosa.cqt(y, hop_length=512, bins_per_octave=12, n_bins=84, tuning=None))
    options = {"C": cqt, "n_chroma": 12, "n_octaves": 7, "bins_per_octave": 12}
    cens = librosa.feature.chroma_cens(**options)
    stft = np.abs(librosa.stft(y, n_fft=2048, hop_length=512))
    mel = librosa.feature.melspectrogram(S=stft**2)
    series = {
        "chroma_cens": cens,
        "chroma_cqt": librosa.feature.chroma_cqt(**options),
        "chroma_stft": librosa.feature.chroma_stft(S=stft**2, n_chroma=12),
        "mfcc": librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20),
        "rmse": librosa.feature.rms(S=stft),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(S=stft),
        "spectral_centroid": librosa.feature.spectral_centroid(S=stft),
        "spectral_contrast": librosa.feature.spectral_contrast(S=stft, n_bands=6),
        "spectral_rolloff": librosa.feature.spectral_rolloff(S=stft),
        "tonnetz": librosa.feature.tonnetz(chroma=cens),
        "zcr": zcr,
    }
    return {
        f"{name}.{statistic}.{i + 1:02d}": float(value)
        for name, rows in series.items()
        for statistic, compute in FMA_STATISTICS.items()
        for i, value in enumerate(compute(rows))
    }


def mfcc12_frames(y: np.ndarray) -> np.ndarray:
    """Twelve MFCC of short frames [shape=(t, 12)]."""
    return librosa.feature.mfcc(
        y=y, sr=SAMPLE_RATE, n_mfcc=12, n_fft=512, hop_length=256, n_mels=40
    ).T


def mfcc12(y: np.ndarray) -> dict[str, float]:
    """Four statistics of twelve MFCC, energy and RMS."""
    frames = librosa.util.frame(np.pad(y, 256), frame_length=512, hop_length=256)
    energy = (frames**2).sum(axis=0)
    series = {f"mfcc{i + 1}": row for i, row in enumerate(mfcc12_frames(y).T)}
    series |= {"energy": energy, "rms": np.sqrt(energy / 512)}
    return {
        f"{name}_{statistic}": float(getattr(np, statistic)(row))
        for name, row in series.items()
        for statistic in ("mean", "std", "min", "max")
    }


def logmel(y: np.ndarray) -> np.ndarray:
    """Mel spectrogram in dB [shape=(t, 128)]."""
    mel = librosa.feature.melspectrogram(y=y, n_fft=2048, hop_length=512, n_mels=128)
    return 10 * np.log10(np.maximum(mel, 1e-10)).T[1:-1]
