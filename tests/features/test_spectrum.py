"""Quantities of a spectrum against librosa and on signals whose answer is known."""

from __future__ import annotations

import resource
import sys

import librosa
import numpy as np
import pytest
from support.feature_signals import extracted, music, sine

from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features.common import kernels
from pipeline.features.common.spectrum import FREQUENCIES, Spectrum
from pipeline.registry import discover

KERNELS = {
    "stft": lambda s: s.stft,
    "centroid": lambda s: s.centroid_and_bandwidth[0],
    "bandwidth": lambda s: s.centroid_and_bandwidth[1],
    "rolloff": lambda s: s.rolloff,
    "contrast": lambda s: s.contrast,
    "zero crossings": lambda s: s.zero_crossing_rate,
    "chroma": lambda s: s.chroma,
    "mel": lambda s: s.mel,
    "constant Q": lambda s: s.constant_q,
    "harmonic": lambda s: s.harmonic_percussive[0],
    "percussive": lambda s: s.harmonic_percussive[1],
}
LIBROSA = {
    "stft": lambda y, S: librosa.stft(y),
    "centroid": lambda y, S: librosa.feature.spectral_centroid(S=S),
    "bandwidth": lambda y, S: librosa.feature.spectral_bandwidth(S=S),
    "rolloff": lambda y, S: librosa.feature.spectral_rolloff(S=S),
    "contrast": lambda y, S: librosa.feature.spectral_contrast(S=S),
    "zero crossings": lambda y, S: librosa.feature.zero_crossing_rate(y),
    "chroma": lambda y, S: librosa.feature.chroma_stft(S=S**2),
    "mel": lambda y, S: librosa.feature.melspectrogram(S=S**2),
    "constant Q": lambda y, S: np.abs(librosa.cqt(y, tuning=None)),
    "harmonic": lambda y, S: librosa.effects.hpss(y)[0],
    "percussive": lambda y, S: librosa.effects.hpss(y)[1],
}


@pytest.mark.parametrize("quantity", KERNELS)
def test_fast_quantities_equal_those_of_librosa(quantity: str) -> None:
    """Frame by frame, on music and on noise."""
    noise = np.random.default_rng(1).uniform(-1, 1, 2 * SAMPLE_RATE).astype(np.float32)
    for y in (music(), noise):
        expected = LIBROSA[quantity](y, np.abs(librosa.stft(y)))
        ours = KERNELS[quantity](Spectrum(y))
        assert ours.shape == expected.shape
        np.testing.assert_allclose(ours, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("detune", [-0.4, -0.13, 0, 0.27, 0.45])
def test_tuning_is_found(detune: float) -> None:
    """Tones that all stand off by a part of a semitone, and librosa's answer to the same."""
    t = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    y = sum(np.sin(2 * np.pi * 440 * 2 ** ((k + detune) / 12) * t) for k in (-9, -5, -2, 0))
    S = np.abs(librosa.stft(y.astype(np.float32)))
    found = kernels.estimate_tuning(S, FREQUENCIES)
    assert found == pytest.approx(detune, abs=0.05)
    assert found == pytest.approx(librosa.estimate_tuning(S=S), abs=1e-9)


@pytest.mark.parametrize("note", ["A2", "C4", "F#5"])
def test_chroma_of_a_note(note: str) -> None:
    """A single note is its pitch class, in all three chromas; the others stay below."""
    values = extracted("fma518", sine(float(librosa.note_to_hz(note))))
    pitch = librosa.note_to_midi(note) % 12
    for kind in ("chroma_stft", "chroma_cqt", "chroma_cens"):
        means = [values[f"{kind}.mean.{i + 1:02d}"] for i in range(12)]
        assert np.argmax(means) == pitch


def test_contrast_of_a_sine_is_in_its_band() -> None:
    """A 1 kHz sine stands out between 800 and 1600 Hz more than anywhere else."""
    values = extracted("fma518", sine(1000))
    means = [values[f"spectral_contrast.mean.{i + 1:02d}"] for i in range(7)]
    assert np.argmax(means) == 3


@pytest.mark.slow
def test_memory_stays_flat() -> None:
    """Clips in all the hand-made sets: the peak stays where the first 50 left it."""
    networks = {"musicnn", "musicnn_mel", "taggram"}
    known = discover("pipeline.features", "FEATURES").values()
    sets = [f for f in known if f.compute and f.name not in networks]
    rng = np.random.default_rng(0)
    for number in range(150):
        spectrum = Spectrum(rng.uniform(-1, 1, SAMPLE_RATE).astype(np.float32))
        for features in sets:
            features.compute(spectrum)
        if number == 50:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early
    assert grown < 10_000 * (1024 if sys.platform == "darwin" else 1)  # kB, bytes on macOS


def test_harmonic_and_percussive_parts_add_up() -> None:
    """Nothing of the signal is lost between the two parts."""
    y = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    np.testing.assert_allclose(sum(Spectrum(y).harmonic_percussive), y, atol=1e-4)
