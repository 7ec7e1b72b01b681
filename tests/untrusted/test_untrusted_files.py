"""Files that nobody vouches for are decoded like all others, and hostile ones harm nobody."""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support import audio_files
from support.audio_files import KINDS, sine, wav
from support.decoders import LONG, MP3, SECOND, idle, new, sentence
from support.processes import POSIX, PROC, memory
from support.signals import pcm

from pipeline.audio import decoding
from pipeline.audio.decoding import blocks
from pipeline.audio.frames import OPPOSITE
from pipeline.errors import AudioError
from pipeline.untrusted import decoding as untrusted


def sound_or_sentence(data: bytes) -> None:
    """Nothing else may come of a file."""
    try:
        y = untrusted.decode(data)
    except AudioError as error:
        assert str(error) != untrusted.BROKEN  # noqa: PT017 - either way is right
        return
    assert len(y)
    assert np.isfinite(y).all()


# The same as without a guard


def test_notes_are_the_same() -> None:
    """Of a recording whose channels cancel each other, and not of the next in the same process."""
    y = sine(1_000, 1, 44_100)
    stereo = pcm(np.stack([y, -y], axis=1).ravel(), 44_100, 2)
    found = []
    for data in (stereo, pcm(y, 44_100)):
        notes: set[str] = set()
        list(untrusted.blocks(data, notes=notes))
        found.append(notes)
    assert found == [{OPPOSITE}, set()]


@pytest.mark.parametrize("kind", ["wav 24-bit", "flac 7.1", "ogg opus", "mp3", "m4a aac", "wma"])
def test_samples_are_the_same(kind: str) -> None:
    """Blocks come across as they are, and may be written to."""
    data = audio_files.encoded(kind, 1.0)
    ours, theirs = list(untrusted.blocks(data, 0.3)), list(blocks(data, 0.3))
    assert [len(y) for y in ours] == [len(y) for y in theirs]
    np.testing.assert_array_equal(np.concatenate(ours), np.concatenate(theirs))
    assert all(y.dtype == np.float32 and y.flags.writeable for y in ours)


def test_any_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, paths relative to where we are now, and files give the same; files stay open."""
    untrusted.warm_up()
    (tmp_path / "söng.mp3").write_bytes(MP3)
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO(MP3)
    file.seek(100)
    for source in (MP3, "söng.mp3", Path("söng.mp3"), file):
        np.testing.assert_array_equal(untrusted.decode(source), decoding.decode(MP3))
    assert not file.closed


@pytest.mark.parametrize(("limit", "expected"), [(0.25, 0.25), (60.0, 10.0), (10.0, 10.0)])
def test_decode_stops_early(limit: float, expected: float) -> None:
    """No more than the wanted seconds."""
    np.testing.assert_array_equal(
        untrusted.decode(LONG, limit), decoding.decode(LONG)[: round(expected * SECOND)]
    )


def test_what_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording ends at `MAX_RECORDING_SECONDS`, to the sample."""
    monkeypatch.setattr(untrusted, "MAX_RECORDING_SECONDS", 2.5)
    lengths = [len(y) / SECOND for y in untrusted.blocks(LONG, 1.0)]
    assert lengths == [1.0, 1.0, 0.5]


# Hostile files


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("song.wav", LONG)
    return file.getvalue()


NO_AUDIO = {
    "nothing": b"",
    "zip": _zip(),
    "html": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "elf": Path(sys.executable).read_bytes()[:100_000],
    "m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "no sound": wav(b"", 44_100),
    "1 Hz": wav(bytes(40_000), 1),
    "10 MHz": wav(bytes(40_000), 10_000_000),
    "100 channels": wav(bytes(200 * 1_000), 44_100, channels=100),
    "film": audio_files.video(with_sound=False),
}


@pytest.mark.parametrize("name", NO_AUDIO)
def test_sentences_are_the_same(name: str, tmp_path: Path) -> None:
    """What is wrong is said in the words of `pipeline.audio`, and the worker lives on."""
    worker = idle()
    path = tmp_path / "song.mp3"
    path.write_bytes(NO_AUDIO[name])
    for source in (NO_AUDIO[name], path):
        with pytest.raises(AudioError) as expected:
            decoding.decode(source)
        with pytest.raises(AudioError) as caught:
            untrusted.decode(source)
        assert str(caught.value) == str(expected.value)
    assert idle() is worker


@POSIX
def test_pipe_is_no_file(tmp_path: Path) -> None:
    """A named pipe, whose reader would wait for ever, is refused."""
    os.mkfifo(tmp_path / "song.wav")
    with pytest.raises(AudioError, match="There is no file"):
        untrusted.decode(tmp_path / "song.wav")


@pytest.mark.parametrize("kind", ["wav 16-bit", "flac 16-bit", "m4a aac"])
def test_absurd_length_is_not_believed(kind: str) -> None:
    """A header that declares the longest recording there can be gives what is there."""
    data = bytearray(audio_files.encoded(kind, 1.0))
    if kind.startswith("wav"):
        data[data.index(b"data") + 4 :][:4] = bytes([255] * 4)
    elif kind.startswith("flac"):
        data[21] |= 15
        data[22:26] = bytes([255] * 4)
    else:
        at = data.index(b"mdhd") + 20
        data[at : at + 4] = bytes([127, 255, 255, 255])
    assert len(untrusted.decode(bytes(data))) == pytest.approx(SECOND, rel=0.06)


def memory_bomb(samples: int) -> bytes:
    """An M4A of 17 KB that declares so many samples, of which FFmpeg makes a list first."""
    data = bytearray(audio_files.encoded("m4a aac", 1.0))
    struct.pack_into(">II", data, data.index(b"stsz") + 8, 1, samples)
    struct.pack_into(">III", data, data.index(b"stts") + 8, 1, samples, 1_024)
    struct.pack_into(">IIII", data, data.index(b"stsc") + 8, 1, 1, samples, 1)
    return bytes(data)


@PROC
def test_memory_bomb() -> None:
    """17 KB that would take 2.9 GB of a process without limits take next to nothing."""
    worker = new()
    assert sentence(memory_bomb(80_000_000))
    assert memory(worker.process.pid, "VmHWM") < 150
    assert len(untrusted.decode(MP3))
    assert idle() is worker


@pytest.mark.parametrize("kind", ["wav 16-bit", "flac 16-bit", "mp3", "ogg opus", "m4a aac"])
def test_cut_off_at_each_percent(kind: str) -> None:
    """Whatever is left of a file gives sound or a sentence."""
    data = audio_files.encoded(kind, 2.0)
    for percent in range(100):
        sound_or_sentence(data[: len(data) * percent // 100])


@pytest.mark.parametrize("seed", range(3))
def test_random_damage(seed: int) -> None:
    """Random bytes anywhere, half of them at the start, crash no worker."""
    rng = np.random.default_rng(seed)
    for kind in KINDS:
        data = np.frombuffer(audio_files.encoded(kind, 0.5), "u1").copy()
        for end in (400, len(data)):
            data[rng.integers(0, min(end, len(data)), 8)] = rng.integers(0, 256, 8)
            sound_or_sentence(data.tobytes())


@PROC
def test_an_hour_passes_through_little_memory(hour: bytes) -> None:
    """318 MB of sound are never in one place."""
    worker = new()
    lengths = [len(y) for y in untrusted.blocks(hour)]
    assert sum(lengths) / SECOND == pytest.approx(3_600, rel=0.01)
    assert max(lengths) == 60 * SECOND
    assert memory(worker.process.pid, "VmHWM") < 120 + len(hour) / 1e6
