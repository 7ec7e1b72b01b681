"""Loudness, on the standard's own numbers and cases, and that it makes level say nothing."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from support.audio_files import music
from support.signals import noise

from pipeline.audio.loudness import TARGET_LUFS, gain, levelled, loudness
from pipeline.audio.windows import SAMPLE_RATE


def tone(*parts: tuple[float, float]) -> np.ndarray:
    """A sine of 1 kHz that has each level in dB of full scale for some seconds."""
    amplitude = np.concatenate(
        [np.full(round(s * SAMPLE_RATE), 10 ** (db / 20)) for db, s in parts]
    )
    t = np.arange(len(amplitude)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)


@pytest.mark.parametrize(
    "parts",
    [
        [(-23, 20)],
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
    ids=["1", "3", "4", "5"],
)
def test_cases_of_the_ebu(parts: list[tuple[float, float]]) -> None:
    """Minimum requirements tests of EBU Tech 3341: -23 LUFS in two channels, 3 dB less in one."""
    assert loudness(tone(*parts)) == pytest.approx(-23 - 10 * np.log10(2), abs=0.1)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 3.0, 10.0])
def test_agrees_with_pyloudnorm(seconds: float) -> None:
    """An independent implementation with the standard's filters gives the same figure."""
    rng = np.random.default_rng(0)
    y = music(seconds, 0.2) * np.linspace(0.2, 1, round(seconds * SAMPLE_RATE), dtype=np.float32)
    y += 0.02 * rng.standard_normal(len(y)).astype(np.float32)
    block = min(0.4, seconds)
    meter = pyloudnorm.Meter(SAMPLE_RATE, filter_class="DeMan", block_size=block)
    expected = meter.integrated_loudness(y.astype(np.float64))
    assert loudness(y) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("db", [-50, -30, -10, 0, 6])
def test_gain_changes_loudness_by_as_much(db: float) -> None:
    """Also where the absolute gate of the standard would cut: what is heard is the same."""
    y = np.concatenate([music(2, 0.1), 0.001 * music(1, 0.1)])
    changed = y * np.float32(10 ** (db / 20))
    assert loudness(changed) - loudness(y) == pytest.approx(db, abs=1e-3)
    np.testing.assert_allclose(levelled(changed), levelled(y), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("y", [music(3, 0.02), noise(3, 0.5), music(1, 1.0)], ids=str)
def test_everything_comes_to_one_loudness(y: np.ndarray) -> None:
    """Only the level changes."""
    found = levelled(y)
    assert loudness(found) == pytest.approx(TARGET_LUFS, abs=0.01)
    assert np.corrcoef(found, y)[0, 1] == pytest.approx(1)


def test_gain_has_limits() -> None:
    """Next to nothing is not made into music, and silence stays silent."""
    assert gain(1e-6 * music(3, 0.1)) == pytest.approx(1000)
    assert gain(1e4 * music(3, 0.1)) == pytest.approx(0.01)
    silence = np.zeros(3 * SAMPLE_RATE, np.float32)
    np.testing.assert_array_equal(levelled(silence), silence)
