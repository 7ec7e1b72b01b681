"""Files that are cut off or damaged."""

from __future__ import annotations

import numpy as np
import pytest
from support import audio_files
from support.audio_files import KINDS
from support.short_recordings import SHORT
from support.signals import SECOND

from pipeline.audio.decoding import decode
from pipeline.errors import AudioError


@pytest.mark.parametrize("kind", KINDS)
def test_file_cut_off_anywhere_gives_sound_or_a_sentence(kind: str) -> None:
    """Cut at every 5 %, each kind of file gives what is left or an `AudioError`."""
    data = SHORT[kind]
    for percent in range(0, 100, 5):
        try:
            y = decode(data[: len(data) * percent // 100])
        except AudioError:
            continue
        assert 0 < len(y) <= 1.1 * SECOND
        assert np.isfinite(y).all()


@pytest.mark.parametrize("kind", ["wav 16-bit", "mp3", "flac 16-bit", "adts aac", "ogg opus"])
def test_half_a_file_gives_about_half_the_sound(kind: str) -> None:
    """What was recorded before a file was cut off is not lost."""
    data = audio_files.encoded(kind, 20.0)
    y = decode(data[: len(data) // 2])
    assert len(y) == pytest.approx(10 * SECOND, rel=0.15)


@pytest.mark.parametrize("kind", ["mp3", "flac 16-bit", "adts aac", "ogg opus", "wma"])
def test_damage_in_the_middle_is_skipped(kind: str) -> None:
    """A hole of 2 % costs little of a recording: in Ogg, whose parts are long, a second or two."""
    data = audio_files.encoded(kind, 20.0)
    hole = slice(len(data) // 2, len(data) // 2 + len(data) // 50)
    broken = bytearray(data)
    broken[hole] = bytes(len(broken[hole]))
    assert len(decode(bytes(broken))) == pytest.approx(20 * SECOND, rel=0.15)


def test_mostly_damaged_file_is_refused() -> None:
    """A file most of whose packets cannot be decoded gives an error, not scraps."""
    data = bytearray(audio_files.encoded("adts aac", 4.0))
    rng = np.random.default_rng(0)
    at = 0
    for number in range(1_000):
        if at + 7 > len(data):
            break
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if number % 10:
            data[at + 7 : at + length] = rng.bytes(length - 7)
        at += length
    with pytest.raises(AudioError, match=r"Most of the file is damaged: \d+ of \d+ parts"):
        decode(bytes(data))


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_never_raises_anything_else(seed: int) -> None:
    """Whatever bytes are changed, there is sound or an `AudioError`."""
    rng = np.random.default_rng(seed)
    for data in SHORT.values():
        broken = np.frombuffer(data, "u1").copy()
        spots = rng.integers(0, min(len(broken), 400 if seed % 2 else len(broken)), 8)
        broken[spots] = rng.integers(0, 256, 8)
        try:
            assert np.isfinite(decode(broken.tobytes())).all()
        except AudioError:
            continue
