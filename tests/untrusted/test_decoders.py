"""Decoders that hang or die, and readers who go away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from support import audio_files
from support.decoders import LONG, MP3, SECOND, idle, new, send_away, sentence
from support.processes import POSIX, PROC, gone, memory

from pipeline.audio import decoding
from pipeline.errors import AudioError
from pipeline.untrusted import decoding as untrusted

# Decoders that hang or die


@POSIX
def test_a_decoder_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long is told so, and the next one gets another worker."""
    worker = idle()
    monkeypatch.setattr(untrusted, "BLOCK_DEADLINE", 0.3)
    worker.process.send_signal(signal.SIGSTOP)
    assert sentence(LONG).startswith("The file took longer than 0.3 s to read a part of it")
    assert worker.process.returncode == -signal.SIGKILL
    monkeypatch.undo()
    assert len(untrusted.decode(LONG)) == 10 * SECOND


@POSIX
def test_a_decoder_that_hangs_midway_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same after some blocks."""
    monkeypatch.setattr(untrusted, "BLOCK_DEADLINE", 0.3)
    worker = idle()
    parts = untrusted.blocks(LONG, 1.0)
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
    parts = untrusted.blocks(LONG, 1.0)
    next(parts)
    worker.process.send_signal(by)
    with pytest.raises(AudioError, match="Reading the file broke off"):
        next(parts)
    assert len(untrusted.decode(LONG)) == 10 * SECOND


@POSIX
def test_a_worker_that_died_idle_is_replaced() -> None:
    """Nobody notices."""
    worker = idle()
    worker.process.kill()
    worker.process.wait()
    assert len(untrusted.decode(LONG)) == 10 * SECOND


@PROC
def test_a_file_may_not_keep_the_processor_busy(hour: bytes) -> None:
    """The system ends a worker that computes for longer than a whole file may take."""
    import resource

    worker = new()
    parts = untrusted.blocks(hour, 1.0)
    next(parts)
    soft, _ = resource.prlimit(worker.process.pid, resource.RLIMIT_CPU)
    assert untrusted.PROCESSOR_SECONDS <= soft <= untrusted.PROCESSOR_SECONDS + 2
    resource.prlimit(worker.process.pid, resource.RLIMIT_CPU, (1, 1))
    with pytest.raises(AudioError, match="Reading the file broke off"):
        list(parts)


@POSIX
def test_no_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that is broken is not blamed on the file."""
    send_away()
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert sentence(LONG) == untrusted.NO_WORKER


# Many readers, and readers who go away


@pytest.mark.parametrize("leave", ["close", "forget", "raise"])
def test_readers_who_go_away_free_their_worker(leave: str) -> None:
    """The worker forgets the rest of the file and is there for the next one."""
    worker = idle()
    for _ in range(2 * untrusted.WORKERS):
        parts = untrusted.blocks(LONG, 1.0)
        next(parts)
        if leave == "close":
            parts.close()
        elif leave == "raise":
            with pytest.raises(KeyError):
                parts.throw(KeyError)
        del parts
    np.testing.assert_array_equal(untrusted.decode(LONG), decoding.decode(LONG))
    assert idle() is worker


def test_an_answer_half_read_reaches_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is interrupted while waiting costs a worker, lest the next one hears the wrong song."""
    worker = idle()

    def interrupted(self: untrusted._Decoder) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(untrusted._Decoder, "receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        untrusted.decode(LONG)
    monkeypatch.undo()
    assert worker.process.returncode is not None
    np.testing.assert_array_equal(untrusted.decode(MP3), decoding.decode(MP3))


def test_threads_at_once() -> None:
    """Each of them gets its own sound, and there are no more workers than allowed."""
    songs = [audio_files.encoded(kind, 1.0, hz) for kind in ("mp3", "wma") for hz in (400, 1e3)]
    expected = [decoding.decode(song) for song in songs]
    with ThreadPoolExecutor(2 * untrusted.WORKERS) as pool:
        for _ in range(5):
            for ours, theirs in zip(
                pool.map(untrusted.decode, songs * 4), expected * 4, strict=True
            ):
                np.testing.assert_array_equal(ours, theirs)
    assert len(untrusted._idle) <= untrusted.WORKERS


def test_too_many_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds all places taken waits a while, and is then asked to come back."""
    monkeypatch.setattr(untrusted, "_places", untrusted._tokens(2))
    readers = [untrusted.blocks(LONG, 1.0) for _ in range(2)]
    for parts in readers:
        next(parts)
    monkeypatch.setattr(untrusted, "PATIENCE", 0.1)
    with pytest.raises(untrusted.BusyError, match="More recordings are being read at this moment"):
        next(untrusted.blocks(LONG))
    readers.pop().close()
    assert len(untrusted.decode(LONG)) == 10 * SECOND


def test_readers_who_compute_keep_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more readers than may decode at once each gets on, whatever the others do meanwhile."""
    monkeypatch.setattr(untrusted, "PATIENCE", 0.1)
    readers = [untrusted.blocks(LONG, 1.0) for _ in range(2 * untrusted.WORKERS)]
    for _ in range(3):
        assert [len(next(parts)) for parts in readers] == [SECOND] * len(readers)
    assert len(untrusted.decode(LONG)) == 10 * SECOND
    for parts in readers:
        parts.close()
    assert len(untrusted._idle) <= untrusted.WORKERS


@PROC
def test_memory_stays_flat() -> None:
    """200 files, sound and broken, leave nothing in the worker nor here, and then it retires."""
    worker = new()
    mine, its = [], []
    for number in range(untrusted.JOBS - 1):
        assert untrusted._idle[-1] is worker
        with suppress(AudioError):
            untrusted.decode((MP3, LONG, b"no music", MP3[: len(MP3) // 2])[number % 4])
        mine.append(memory(os.getpid(), "VmRSS"))
        its.append(
            memory(worker.process.pid, "VmRSS") if worker.fit and untrusted._idle else its[-1]
        )
    assert max(mine[100:]) - max(mine[:100]) < 5
    assert max(its[100:]) - max(its[:100]) < 5
    assert worker.process.returncode is not None
    assert not untrusted._idle


SERVER = """
import signal, sys, time
from pipeline.untrusted import decoding
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs of a script start without it
decoding.warm_up()
parts = decoding.blocks(sys.stdin.buffer.read(), 1.0)
next(parts)
decoding.warm_up()
print(decoding._idle[-1].process.pid, flush=True)
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


def test_workers_of_a_rush_end_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two recordings at once take two workers; later one is enough, and the other gives way."""
    send_away()
    monkeypatch.setattr(untrusted, "SPARE_SECONDS", 0.0)
    first, second = untrusted.blocks(LONG, 1.0), untrusted.blocks(LONG, 1.0)
    next(first), next(second)
    first.close()
    spare = untrusted._idle[-1]
    second.close()
    assert gone(spare.process.pid)
    assert len(untrusted._idle) == 1
    assert len(untrusted.decode(LONG)) == 10 * SECOND
