"""Where a recording comes from, in blocks, and with little memory."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soxr
from support.audio_files import sine, wav
from support.short_recordings import SHORT
from support.signals import SECOND, noise, pcm

from pipeline.audio.decoding import blocks, decode, to_wav
from pipeline.audio.windows import WINDOW, stream_windows
from pipeline.errors import AudioError


class Tape(io.BytesIO):
    """A stream that only plays on."""

    def seekable(self) -> bool:
        """No."""
        return False

    def seek(self, *_: int) -> int:
        """Not possible."""
        raise io.UnsupportedOperation("seek")


def test_bytes_paths_and_files_are_the_same(tmp_path: Path) -> None:
    """It does not matter how a recording is handed over, nor where a file object stands."""
    data = SHORT["m4a aac"]
    path = tmp_path / "misleading name.txt"
    path.write_bytes(data)
    expected = decode(data)
    file = io.BytesIO(data)
    file.seek(1_000)
    with path.open("rb") as opened:
        for source in (path, str(path), file, opened, Tape(data)):
            np.testing.assert_array_equal(decode(source), expected)
        assert not opened.closed
    assert not file.closed


@pytest.mark.parametrize("data", [SHORT["mp3"], b"no music", b""], ids=["mp3", "text", "empty"])
def test_files_are_closed(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path's file is closed after success, failure, and a reader who stops early."""
    path = tmp_path / "file"
    path.write_bytes(data)
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda *args: opened.append(real(*args)) or opened[-1])
    for read in (decode, lambda p: decode(p, 0.1)):
        try:
            read(path)
        except AudioError:
            assert data != SHORT["mp3"]
    assert [file.closed for file in opened] == [True, True]


def test_blocks_join_to_the_whole() -> None:
    """Blocks have the length asked for, the last excepted, and lose nothing between them."""
    whole = decode(SHORT["ogg opus"])
    parts = list(blocks(SHORT["ogg opus"], seconds=0.3))
    assert {len(part) for part in parts[:-1]} == {round(0.3 * SECOND)}
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_streaming_resamples_like_one_call() -> None:
    """Resampling piece by piece equals resampling at once."""
    y = np.clip(noise(4), -1, 1)
    expected = soxr.resample((np.rint(y * 32_767) / 32_768).astype(np.float32), 44_100, SECOND)
    np.testing.assert_allclose(decode(pcm(y, 44_100)), expected, atol=1e-6)


@pytest.mark.parametrize(("limit", "expected"), [(0.25, 0.25), (1.5, 1.5), (60, 2.0)])
def test_max_seconds_stops_decoding(limit: float, expected: float) -> None:
    """No more than the wanted seconds are given, and no less if there are that many."""
    y = decode(pcm(sine(440, 2, SECOND)), max_seconds=limit)
    assert len(y) == round(expected * SECOND)


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """An hour, 318 MB once decoded, passes through less than 40 MB."""
    header = wav(b"", 2_000, bits=8)
    path = tmp_path / "hour.wav"
    with path.open("wb") as file:
        file.write(header[:-4] + (3_600 * 2_000).to_bytes(4, "little"))
        file.truncate(len(header) + 3_600 * 2_000)
    tracemalloc.start()
    lengths = [len(window) for _, _, window in stream_windows(blocks(path))]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lengths == [WINDOW] * 1_200
    assert peak < 40e6


def test_wav_round_trip() -> None:
    """What `to_wav` writes decodes to the same samples, cut off at full scale."""
    y = np.array([0, 0.5, -1, 2, -2] * 1_000, np.float32)
    expected = np.clip(y, -1, 1 - 2**-15)
    np.testing.assert_array_equal(decode(to_wav(y)), expected)


def test_import_is_light() -> None:
    """Importing the modules loads no decoder and none of the slow libraries."""
    heavy = {"av", "soxr", "librosa", "sklearn", "tensorflow", "scipy", "pandas"}
    modules = "pipeline.audio.decoding, pipeline.audio.quality, pipeline.audio.windows"
    code = f"import sys, {modules}; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
