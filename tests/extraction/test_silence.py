"""Silence: nothing is computed of it, and nothing is lost behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.small_builds import forbidden

from pipeline.audio.quality import SILENT
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.errors import AudioError
from pipeline.extraction import analysis
from pipeline.extraction.analysis import MAX_SILENT_SECONDS, Passes

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE = np.zeros(60 * SAMPLE_RATE, np.float32)
SOUND = np.random.default_rng(0).normal(0, 0.1, 9 * SAMPLE_RATE).astype(np.float32)


def windows(*blocks: np.ndarray) -> list[Any]:
    """Span and values of each window of a recording."""
    found = Passes(lambda: iter(blocks), {"mfcc12": 3.0})
    return [(w.span, w.features["mfcc12"]) for _, rows in found for w in rows]


def test_hours_of_silence_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """After half an hour, and nothing is computed of it."""
    read = []

    def hours() -> Iterator[np.ndarray]:
        for minute in range(180):
            read.append(minute)
            yield SILENCE

    monkeypatch.setattr(analysis, "_heard", forbidden)
    [(_, rows)] = Passes(hours, {"mfcc12": 3.0})
    with pytest.raises(AudioError, match="nothing to hear in its first 30 minutes"):
        next(rows)
    assert len(read) == MAX_SILENT_SECONDS / 60


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_a_recording_without_sound_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch, level: float
) -> None:
    """Also one with a constant offset, which nobody hears."""
    monkeypatch.setattr(analysis, "_heard", forbidden)
    with pytest.raises(AudioError, match=SILENT[:30]):
        windows(SILENCE + np.float32(level), SILENCE[:SAMPLE_RATE] + np.float32(level))


def test_sound_behind_silence_is_heard_as_if_all_were_sound() -> None:
    """Windows are those of the whole recording, of which none is missing or twice."""
    found = windows(SILENCE, SILENCE, SOUND, SILENCE[:SAMPLE_RATE])
    assert [span for span, _ in found][:2] == [(0.0, 3.0), (3.0, 6.0)]
    of_sound = [values for span, values in found if span[0] >= 120 and span[1] <= 129]
    np.testing.assert_array_equal(of_sound, [values for _, values in windows(SOUND)])
    assert found[-1][0][1] == pytest.approx(130)


def test_too_short_comes_before_silent() -> None:
    """Half a second of silence is said to be too short."""
    with pytest.raises(AudioError, match=r"at least 1 s is needed"):
        windows(SILENCE[: SAMPLE_RATE // 2])
