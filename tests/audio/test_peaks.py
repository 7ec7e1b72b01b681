"""Waveforms in a few hundred numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio import decoding
from pipeline.audio.peaks import MOST, waveform
from pipeline.audio.windows import SAMPLE_RATE


def test_each_peak_is_the_largest_of_its_part() -> None:
    """A sound that grows in four steps is drawn as four steps, whatever the sign."""
    y = np.concatenate([np.tile([level, -level / 2], SAMPLE_RATE) for level in (0.1, -0.4, 0.7, 1)])
    found = waveform([y.astype(np.float32)])
    assert found.seconds == 8
    quarters = np.array_split(found.peaks, 4)
    assert [np.median(quarter) for quarter in quarters] == [0.1, 0.4, 0.7, 1]


def test_there_are_few_peaks_and_none_is_missed() -> None:
    """An hour has as many as a song; a click of one sample is seen where it is."""
    hour = np.zeros(3_600 * SAMPLE_RATE, np.float32)
    hour[900 * SAMPLE_RATE] = -0.8
    found = waveform([hour])
    assert len(found.peaks) == MOST
    assert np.flatnonzero(found.peaks) == pytest.approx([MOST / 4], abs=1)
    assert max(found.peaks) == 0.8


def test_blocks_give_what_the_whole_gives() -> None:
    """However a decoder divides a recording, its waveform is the same."""
    y = np.random.default_rng(0).uniform(-1, 1, 70 * SAMPLE_RATE).astype(np.float32)
    whole = waveform([y])
    assert waveform(np.array_split(y, 7)) == whole
    y_short = decoding.to_wav(y[:100])
    assert len(waveform(decoding.blocks(y_short)).peaks) == 1
