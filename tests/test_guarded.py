"""Hostile files, decoders that hang or die, and readers that go away."""

from __future__ import annotations

import gc
import io
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import audio_files
import numpy as np
import pytest
from audio_files import KINDS, sine, wav

from pipeline import audio, guarded
from pipeline.audio import SAMPLE_RATE
from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND = SAMPLE_RATE
MP3 = audio_files.encoded("mp3", 1.0)
LONG = wav(np.rint(sine(440, 10, SECOND) * 32_767).astype("<i2").tobytes(), SECOND)
PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def permits() -> Iterator[None]:
    """Each worker that was borrowed is given back."""
    yield
    gc.collect()
    assert guarded._permits.qsize() == guarded.WORKERS
    assert len(guarded._idle) <= guarded.WORKERS


@pytest.fixture(scope="module")
def hour() -> bytes:
    """An MP3 of an hour."""
    minute = sine(440, 60, 16_000)[:, None]
    return audio_files.encode(minute, 16_000, "mp3", "libmp3lame", "mono", "fltp") * 60


def send_away() -> None:
    """End all workers that rest."""
    while guarded._idle:
        guarded._idle.pop().end()


def idle() -> guarded._Worker:
    """The worker that the next reader gets."""
    guarded.warm_up()
    return guarded._idle[-1]


def new() -> guarded._Worker:
    """The same, when it has done nothing yet."""
    send_away()
    return idle()


def memory(pid: int, what: str) -> float:
    """A line of a process's status, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1e3 for line in lines if line.startswith(f"{what}:"))


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether a process ends within some time."""
    for _ in range(1 + round(seconds / 0.05)):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def sentence(source: bytes) -> str:
    """What is wrong with a file."""
    with pytest.raises(AudioError) as caught:
        guarded.decode(source)
    return str(caught.value)


def sound_or_sentence(data: bytes) -> None:
    """Nothing else may come of a file."""
    try:
        y = guarded.decode(data)
    except AudioError as error:
        assert str(error) != guarded.BROKEN  # noqa: PT017 - either way is right
        return
    assert len(y)
    assert np.isfinite(y).all()


# The same as without a guard


@pytest.mark.parametrize("kind", ["wav 24-bit", "flac 7.1", "ogg opus", "mp3", "m4a aac", "wma"])
def test_samples_are_the_same(kind: str) -> None:
    """Blocks come across as they are, and may be written to."""
    data = audio_files.encoded(kind, 1.0)
    ours, theirs = list(guarded.blocks(data, 0.3)), list(audio.blocks(data, 0.3))
    assert [len(y) for y in ours] == [len(y) for y in theirs]
    np.testing.assert_array_equal(np.concatenate(ours), np.concatenate(theirs))
    assert all(y.dtype == np.float32 and y.flags.writeable for y in ours)


def test_any_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, paths relative to where we are now, and files give the same; files stay open."""
    guarded.warm_up()
    (tmp_path / "söng.mp3").write_bytes(MP3)
    monkeypatch.chdir(tmp_path)
    file = io.BytesIO(MP3)
    file.seek(100)
    for source in (MP3, "söng.mp3", Path("söng.mp3"), file):
        np.testing.assert_array_equal(guarded.decode(source), audio.decode(MP3))
    assert not file.closed


@pytest.mark.parametrize(("limit", "expected"), [(0.25, 0.25), (60.0, 10.0), (10.0, 10.0)])
def test_decode_stops_early(limit: float, expected: float) -> None:
    """No more than the wanted seconds."""
    np.testing.assert_array_equal(
        guarded.decode(LONG, limit), audio.decode(LONG)[: round(expected * SECOND)]
    )


def test_what_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording ends at `MAX_SECONDS`, to the sample."""
    monkeypatch.setattr(guarded, "MAX_SECONDS", 2.5)
    lengths = [len(y) / SECOND for y in guarded.blocks(LONG, 1.0)]
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
            audio.decode(source)
        with pytest.raises(AudioError) as caught:
            guarded.decode(source)
        assert str(caught.value) == str(expected.value)
    assert idle() is worker


@POSIX
def test_pipe_is_no_file(tmp_path: Path) -> None:
    """A named pipe, whose reader would wait for ever, is refused."""
    os.mkfifo(tmp_path / "song.wav")
    with pytest.raises(AudioError, match="There is no file"):
        guarded.decode(tmp_path / "song.wav")


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
    assert len(guarded.decode(bytes(data))) == pytest.approx(SECOND, rel=0.06)


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
    assert len(guarded.decode(MP3))
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
    lengths = [len(y) for y in guarded.blocks(hour)]
    assert sum(lengths) / SECOND == pytest.approx(3_600, rel=0.01)
    assert max(lengths) == 60 * SECOND
    assert memory(worker.process.pid, "VmHWM") < 120 + len(hour) / 1e6


# Decoders that hang or die


@POSIX
def test_a_decoder_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long is told so, and the next one gets another worker."""
    worker = idle()
    monkeypatch.setattr(guarded, "PATIENCE", 0.3)
    worker.process.send_signal(signal.SIGSTOP)
    assert sentence(LONG).startswith("The file took longer than 0.3 s to read a part of it")
    assert worker.process.returncode == -signal.SIGKILL
    monkeypatch.undo()
    assert len(guarded.decode(LONG)) == 10 * SECOND


@POSIX
def test_a_decoder_that_hangs_midway_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same after some blocks."""
    monkeypatch.setattr(guarded, "PATIENCE", 0.3)
    worker = idle()
    parts = guarded.blocks(LONG, 1.0)
    next(parts)
    worker.process.send_signal(signal.SIGSTOP)
    with pytest.raises(AudioError, match="took longer than"):
        next(parts)
    assert list(parts) == []


@POSIX
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_decoder_that_dies_midway(by: signal.Signals) -> None:
    """A crash gives a sentence to its reader and nothing to the next one."""
    worker = idle()
    parts = guarded.blocks(LONG, 1.0)
    next(parts)
    worker.process.send_signal(by)
    with pytest.raises(AudioError, match="Reading the file broke off"):
        next(parts)
    assert len(guarded.decode(LONG)) == 10 * SECOND


@POSIX
def test_a_worker_that_died_idle_is_replaced() -> None:
    """Nobody notices."""
    worker = idle()
    worker.process.kill()
    worker.process.wait()
    assert len(guarded.decode(LONG)) == 10 * SECOND


@PROC
def test_a_file_may_not_keep_the_processor_busy(hour: bytes) -> None:
    """The system ends a worker that computes for longer than a whole file may take."""
    import resource

    worker = new()
    parts = guarded.blocks(hour, 1.0)
    next(parts)
    soft, _ = resource.prlimit(worker.process.pid, resource.RLIMIT_CPU)
    assert guarded.PROCESSOR_SECONDS <= soft <= guarded.PROCESSOR_SECONDS + 2
    resource.prlimit(worker.process.pid, resource.RLIMIT_CPU, (1, 1))
    with pytest.raises(AudioError, match="Reading the file broke off"):
        list(parts)


@POSIX
def test_no_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that is broken is not blamed on the file."""
    send_away()
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert sentence(LONG) == guarded.NO_WORKER


# Many readers, and readers who go away


@pytest.mark.parametrize("leave", ["close", "forget", "raise"])
def test_readers_who_go_away_free_their_worker(leave: str) -> None:
    """The worker forgets the rest of the file and is there for the next one."""
    worker = idle()
    for _ in range(2 * guarded.WORKERS):
        parts = guarded.blocks(LONG, 1.0)
        next(parts)
        if leave == "close":
            parts.close()
        elif leave == "raise":
            with pytest.raises(KeyError):
                parts.throw(KeyError)
        del parts
    np.testing.assert_array_equal(guarded.decode(LONG), audio.decode(LONG))
    assert idle() is worker


def test_an_answer_half_read_reaches_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is interrupted while waiting costs a worker, lest the next one hears the wrong song."""
    worker = idle()

    def interrupted(self: guarded._Worker) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(guarded._Worker, "hear", interrupted)
    with pytest.raises(KeyboardInterrupt):
        guarded.decode(LONG)
    monkeypatch.undo()
    assert worker.process.returncode is not None
    np.testing.assert_array_equal(guarded.decode(MP3), audio.decode(MP3))


def test_threads_at_once() -> None:
    """Each of them gets its own sound, and there are no more workers than allowed."""
    songs = [audio_files.encoded(kind, 1.0, hz) for kind in ("mp3", "wma") for hz in (400, 1e3)]
    expected = [audio.decode(song) for song in songs]
    with ThreadPoolExecutor(2 * guarded.WORKERS) as pool:
        for _ in range(5):
            for ours, theirs in zip(pool.map(guarded.decode, songs * 4), expected * 4, strict=True):
                np.testing.assert_array_equal(ours, theirs)
    assert len(guarded._idle) <= guarded.WORKERS


def test_too_many_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds all workers lent out waits a while, and is then asked to come back."""
    readers = [guarded.blocks(LONG, 1.0) for _ in range(guarded.WORKERS)]
    for parts in readers:
        next(parts)
    monkeypatch.setattr(guarded, "PATIENCE", 0.1)
    with pytest.raises(AudioError, match="4 recordings are being read at this moment"):
        next(guarded.blocks(LONG))
    monkeypatch.undo()
    readers.pop().close()
    assert len(guarded.decode(LONG)) == 10 * SECOND


@PROC
def test_memory_stays_flat() -> None:
    """200 files, sound and broken, leave nothing in the worker nor here, and then it retires."""
    worker = new()
    mine, its = [], []
    for number in range(guarded.JOBS - 1):
        assert guarded._idle[-1] is worker
        with suppress(AudioError):
            guarded.decode((MP3, LONG, b"no music", MP3[: len(MP3) // 2])[number % 4])
        mine.append(memory(os.getpid(), "VmRSS"))
        its.append(memory(worker.process.pid, "VmRSS") if worker.fit and guarded._idle else its[-1])
    assert max(mine[100:]) - max(mine[:100]) < 5
    assert max(its[100:]) - max(its[:100]) < 5
    assert worker.process.returncode is not None
    assert not guarded._idle


SERVER = """
import signal, sys, time
from pipeline import guarded
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs of a script start without it
guarded.warm_up()
parts = guarded.blocks(sys.stdin.buffer.read(), 1.0)
next(parts)
guarded.warm_up()
print(guarded._idle[-1].process.pid, flush=True)
print(parts.gi_frame.f_locals["worker"].process.pid, flush=True)
time.sleep(60)
"""


@PROC
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_server(by: signal.Signals) -> None:
    """Idle or not, whatever kills it; and Ctrl-C draws no complaints from them."""
    command = [sys.executable, "-c", SERVER]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, process_group=0, **pipes) as server:
        server.stdin.write(LONG)
        server.stdin.close()
        workers = [int(server.stdout.readline()) for _ in range(2)]
        assert not any(gone(pid, 0) for pid in workers)
        os.killpg(server.pid, by)
        said = server.stderr.read().decode()
    assert all(gone(pid) for pid in workers)
    assert said.count("Traceback") == (by == signal.SIGINT)


@PROC
def test_worker_is_light() -> None:
    """It loads the decoder and none of the other libraries."""
    maps = Path(f"/proc/{idle().process.pid}/maps").read_text()
    assert "soxr" in maps
    assert not any(f"/{name}/" in maps for name in ("scipy", "sklearn", "tensorflow", "pandas"))


def test_it_costs_little() -> None:
    """A recording of 30 s takes about as long as without a guard."""
    data = audio_files.encoded("mp3", 30.0)
    idle()
    costs = []
    for decode in (audio.decode, guarded.decode):
        times = []
        for _ in range(7):
            started = time.perf_counter()
            decode(data)
            times.append(time.perf_counter() - started)
        costs.append(min(times))
    assert costs[1] - costs[0] < 0.1
