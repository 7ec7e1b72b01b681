"""The same numbers as librosa's functions of the same names, several times faster.

Each takes spectrograms as librosa lays them out, (bins, frames), and works on the transpose: the
bins of a frame lie next to each other in memory. Whatever is not here is fast enough in librosa.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

TINY = float(np.finfo(np.float32).tiny)
OCTAVES, BINS_PER_OCTAVE = 7, 12


def stft(y: Array, n_fft: int, hop_length: int) -> npt.NDArray[np.complex64]:
    """`librosa.stft` [shape=(1 + n_fft // 2, t)]; scipy transforms faster than numpy."""
    import scipy.fft
    from scipy.signal import get_window

    window = get_window("hann", n_fft).astype(np.float32)
    padded = np.pad(y, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length] * window
    return scipy.fft.rfft(frames, axis=1, overwrite_x=True).T


@lru_cache(maxsize=4)
def _mel_filters(sr: int, n_fft: int, n_mels: int) -> Array:
    import librosa

    return librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=n_mels)


@lru_cache(maxsize=128)  # there are 100 tunings
def _chroma_filters(sr: int, n_fft: int, tuning: float) -> Array:
    import librosa

    return librosa.filters.chroma(sr=sr, n_fft=n_fft, tuning=tuning)


def melspectrogram(power: Array, sr: int, n_mels: int) -> Array:
    """`librosa.feature.melspectrogram` of powers [shape=(n_mels, t)], which keeps the filters."""
    return _mel_filters(sr, 2 * (len(power) - 1), n_mels) @ power


def chroma_stft(power: Array, sr: int, tuning: float) -> Array:
    """`librosa.feature.chroma_stft` of powers [shape=(12, t)], which keeps the filters."""
    import librosa

    filters = _chroma_filters(sr, 2 * (len(power) - 1), round(tuning, 2))
    return librosa.util.normalize(filters @ power, norm=np.inf, axis=-2)


def estimate_tuning(S: Array, frequencies: npt.NDArray[np.float64]) -> float:
    """`librosa.estimate_tuning` of a spectrogram S [shape=(n, t)], from its peaks only.

    Returns
    -------
    float
        Deviation from A440 in fractions of a semitone, in [-0.5, 0.5); 0 where there is no pitch.
    """
    import librosa

    low, high = np.searchsorted(frequencies, (150.0, 4000.0))
    below, middle, above = (S.T[:, low + step : high + step] for step in (-1, 0, 1))  # (t, bins)
    loud = middle > 0.1 * S.max(axis=0)[:, None]
    frame, i = np.nonzero(loud & (middle > below) & (middle >= above))
    if not len(i):
        return 0.0
    below, peak, above = (S.T[frame, i + low + step] for step in (-1, 0, 1))
    curvature, slope = above + below - 2 * peak, (above - below) / 2
    shift = np.where(np.abs(slope) >= np.abs(curvature), 0, -slope / np.minimum(curvature, -TINY))
    height = peak + slope * shift / 2
    pitch = (i + low + shift) * frequencies[1]
    return float(librosa.pitch_tuning(pitch[height >= np.median(height)]))


def spectral_centroid_and_bandwidth(
    S: Array, frequencies: npt.NDArray[np.float64]
) -> tuple[Array, Array]:
    """`librosa.feature.spectral_centroid` and `spectral_bandwidth` [shape=(1, t) each], in Hz."""
    hz = frequencies.astype(np.float32)
    total = S.sum(axis=0)
    total = np.where(total > TINY, total, np.float32(1))
    centroid: Array = np.asarray(hz @ S / total, np.float32)
    square = hz - centroid[:, None]  # (t, n)
    square *= square
    bandwidth = np.sqrt(np.einsum("tn,tn->t", S.T, square) / total)
    return centroid[None], bandwidth[None]


def spectral_rolloff(S: Array, frequencies: npt.NDArray[np.float64], share: float = 0.85) -> Array:
    """`librosa.feature.spectral_rolloff` [shape=(1, t)], in Hz."""
    running = np.cumsum(S.T, axis=1)  # (t, n)
    below = np.count_nonzero(running < share * running[:, -1:], axis=1)
    return frequencies[below][None].astype(np.float32)


def spectral_contrast(S: Array, frequencies: npt.NDArray[np.float64]) -> Array:
    """`librosa.feature.spectral_contrast` [shape=(7, t)], in dB."""
    edges = [0.0, *(200.0 * 2.0 ** np.arange(7))]
    contrast = np.empty((7, S.shape[1]), np.float32)
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = np.flatnonzero((frequencies >= low) & (frequencies <= high))
        first, last = inside[0] - (k > 0), inside[-1] if k < 6 else len(frequencies) - 1
        count = max(round(0.02 * (last - first + 1)), 1)
        # librosa leaves the upper edge of every band but the highest to the next one.
        band = S.T[:, first : last + (k == 6)]
        band = np.sort(band, axis=1)  # faster than two partitions
        valley, peak = band[:, :count].mean(axis=1), band[:, -count:].mean(axis=1)
        contrast[k] = _db(peak) - _db(valley)
    return contrast


def zero_crossing_rate(y: Array, frame_length: int, hop_length: int) -> Array:
    """`librosa.feature.zero_crossing_rate` [shape=(1, t)]."""
    padded = np.pad(y, frame_length // 2, mode="edge")
    negative = np.signbit(np.where(np.abs(padded) <= 1e-10, 0, padded))
    crossings = np.cumsum(negative[1:] != negative[:-1], dtype=np.int32)
    crossings = np.concatenate([np.zeros(1, np.int32), crossings])
    starts = np.arange(0, len(padded) - frame_length + 1, hop_length)
    counts = crossings[starts + frame_length - 1] - crossings[starts]
    return (counts / frame_length).astype(np.float32)[None]


def hpss(S: npt.NDArray[np.complex64], magnitude: Array) -> npt.NDArray[np.complex64]:
    """Harmonic part of a complex spectrogram [shape=(n, t)], as `librosa.decompose.hpss` has it.

    The medians run over flattened rows: scipy's one-dimensional filter is ten times faster than the
    two-dimensional one that librosa calls, and gives the same numbers.
    """
    # By frames: (t, n). A large value would overflow when squared, and a small one vanish.
    rows = magnitude.T / max(magnitude.max(), TINY)
    percussive = _running_median(rows) ** 2
    harmonic = _running_median(np.ascontiguousarray(rows.T)).T ** 2
    total = harmonic + percussive
    mask = np.divide(harmonic, total, out=np.full_like(rows, 0.5), where=total > TINY)
    return S * mask.T


def constant_q(y: Array, sr: int, hop_length: int, tuning: float) -> Array:
    """Magnitude of `librosa.cqt` from C1 on, 12 bins an octave [shape=(84, t)].

    The filters of an octave are those of the next lower one at half the sampling rate, so one
    product of frames with a small matrix gives an octave.
    """
    import soxr

    kernel, scale = _kernel(sr, round(tuning, 2))
    n = len(kernel)
    frames = 1 + len(y) // hop_length
    octaves = []
    for octave in range(OCTAVES):
        padded = np.pad(y, (n // 2, n // 2 + hop_length))
        windows = np.lib.stride_tricks.sliding_window_view(padded, n)[::hop_length][:frames]
        real, imaginary = np.split(np.ascontiguousarray(windows) @ kernel, 2, axis=1)
        octaves.append(np.sqrt(real**2 + imaginary**2).T * np.float32(2**octave))
        if octave < OCTAVES - 1:
            y, hop_length = soxr.resample(y, 2, 1, "HQ"), hop_length // 2
    return np.concatenate(octaves[::-1]) * scale


@lru_cache(maxsize=128)  # there are 100 tunings
def _kernel(sr: int, tuning: float) -> tuple[Array, Array]:
    """Filters of the highest octave, real and imaginary [shape=(n, 24)]; scale [shape=(84, 1)]."""
    import librosa

    fmin = float(librosa.note_to_hz("C1")) * 2 ** (tuning / BINS_PER_OCTAVE)
    bins = OCTAVES * BINS_PER_OCTAVE
    freqs = librosa.cqt_frequencies(bins, fmin=fmin, bins_per_octave=BINS_PER_OCTAVE)
    lengths, _ = librosa.filters.wavelet_lengths(freqs=freqs, sr=sr)
    basis, top = librosa.filters.wavelet(freqs=freqs[-BINS_PER_OCTAVE:], sr=sr)
    n = basis.shape[1]
    spectrum = np.fft.fft(basis * top[:, None] / n, axis=1)[:, : n // 2 + 1]
    sparse = librosa.util.sparsify_rows(spectrum.astype(np.complex64), quantile=0.01)
    filters = np.fft.fft(sparse.toarray(), n=n, axis=1)
    kernel = np.concatenate([filters.real, filters.imag]).T  # (n, 24)
    scale = 1 / np.sqrt(lengths)[:, None]
    return np.ascontiguousarray(kernel, np.float32), scale.astype(np.float32)


def _running_median(S: Array, size: int = 31) -> Array:
    """Running median along the last axis, mirrored at the ends [shape=(m, n)]."""
    from scipy.ndimage import median_filter

    half = size // 2
    padded = np.pad(S, ((0, 0), (half, half)), mode="symmetric")
    return median_filter(padded.ravel(), size=size).reshape(padded.shape)[:, half:-half]


def _db(power: Array) -> Array:
    return 10 * np.log10(np.maximum(power, 1e-10))
