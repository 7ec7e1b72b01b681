"""Mel bands and MFCCs of sines."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from support.feature_signals import extracted, music, sine

from pipeline.registry import lookup


def test_logmel_of_a_sine_is_in_its_band() -> None:
    """A tone lights the mel band around its frequency, in every frame."""
    centres = librosa.mel_frequencies(130)[1:-1]
    spectrogram = lookup("pipeline.features", "FEATURES", "logmel").extract(
        sine(1000, 3).astype(np.float32)
    )
    assert set(spectrogram.argmax(axis=1)) == {np.abs(centres - 1000).argmin()}


def test_logmel_keeps_the_level() -> None:
    """Half the amplitude is 6 dB less: nothing is scaled to the window's own maximum."""
    y, logmel = music(3), lookup("pipeline.features", "FEATURES", "logmel")
    quieter = logmel.extract(y) - logmel.extract(y / 2)
    assert np.median(quieter) == pytest.approx(6.02, abs=0.01)


def test_mfcc12_of_a_sine() -> None:
    """A sine of amplitude a: RMS a/√2 in each frame inside, energy 512 times its square."""
    values = extracted("mfcc12", sine(1000))
    assert values["rms_max"] == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert values["energy_max"] == pytest.approx(512 * values["rms_max"] ** 2, rel=1e-4)
