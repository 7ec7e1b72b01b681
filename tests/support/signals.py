"""Signals whose answer is known, for the tests of audio."""

from __future__ import annotations

import numpy as np
from support.audio_files import wav

from pipeline.audio.windows import SAMPLE_RATE

SECOND = SAMPLE_RATE


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    """White noise [shape=(n,)] at `SAMPLE_RATE`."""
    rng = np.random.default_rng(0)
    return (level * rng.standard_normal(round(seconds * SECOND))).astype(np.float32)


def sloped(y: np.ndarray, octave_db: float, level: float = 0.1) -> np.ndarray:
    """Audio made to fall by so many more dB an octave [shape=(n,)]."""
    hz = np.maximum(np.fft.rfftfreq(len(y), 1 / SECOND), 20)
    y = np.fft.irfft(np.fft.rfft(y) * hz ** (-octave_db / 20 / np.log10(2)), len(y))
    return (level * y / y.std()).astype(np.float32)


def peak_hz(y: np.ndarray) -> float:
    """Frequency of the highest peak of the spectrum."""
    return float(np.abs(np.fft.rfft(y * np.hanning(len(y)))).argmax() * SECOND / len(y))


def pcm(y: np.ndarray, rate: int = SECOND, channels: int = 1) -> bytes:
    """A 16-bit WAV file of y, channels interleaved."""
    return wav(np.rint(y * 32_767).astype("<i2").tobytes(), rate, channels)
