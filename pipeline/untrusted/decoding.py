"""Decoding what strangers upload: in worker processes, with limits on memory and time.

A decoder is a large program, and a file can be made to crash it, to keep it busy, or to have it
fill the memory. Here that befalls a process of its own, which is killed, and the reader gets a
sentence. A worker sends one block at a time and only when it is wanted, so it never runs ahead of
its reader.
"""

from __future__ import annotations

import math
import time
from collections import deque
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline import memory
from pipeline.audio import decoding
from pipeline.audio.formats import UNREADABLE_CURE
from pipeline.audio.windows import SAMPLE_RATE, Samples
from pipeline.errors import AudioError
from pipeline.untrusted import process

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from pipeline.audio.decoding import Source

MAX_RECORDING_SECONDS = 3 * 3_600.0
WORKERS = 4  # that decode at once
READERS = 32  # files that are open at once, each in a process; most of them wait for their reader
SPARE_SECONDS = 60.0  # after a rush, a worker but the last is kept as long as this
JOBS = 200  # for a worker, which then makes room for a new one: what a decoder leaks is gone
BLOCK_DEADLINE = 20.0  # seconds
START_DEADLINE = 60.0  # seconds
PATIENCE = 120.0  # seconds that a reader waits for a worker: longer than files that are greedy take
PROCESSOR_SECONDS = 300  # for a whole file
# Address space of a worker beside the file; the libraries take 210 MB of it.
MAX_MEMORY_BYTES = 512 * 2**20
NOTHING = np.empty(0, np.float32)  # what follows the last block

BROKEN = (
    "Reading the file broke off: it is damaged, or made to take more memory or time than a"
    f" recording needs. {UNREADABLE_CURE}"
)
GREEDY = (
    "The file takes more memory than a recording needs: it is damaged, or made to fill the memory."
    f" {UNREADABLE_CURE}"
)
SLOW = (
    "The file took longer than {:g} s to read a part of it: it is damaged, or made to keep the"
    f" computer busy. {UNREADABLE_CURE}"
)
BUSY = "More recordings are being read at this moment than this server can. Try again soon."
NO_WORKER = "No recording can be read now: the program for it does not start. Its log says why."


class BusyError(AudioError):
    """Nothing is wrong with a recording, but others are being read."""


def blocks(
    source: Source, seconds: float = 60.0, notes: set[str] | None = None
) -> Generator[Samples, None, None]:
    """`pipeline.audio.decoding.blocks` of a file that nobody vouches for, in another process.

    What lies beyond `MAX_RECORDING_SECONDS` is not read: a recording just as long has probably
    been cut off.

    Parameters
    ----------
    source
        Bytes, a path, or a binary file, which is read whole.
    seconds
        Length of a block, up to a few minutes.
    notes
        As there.

    Yields
    ------
    np.ndarray [shape=(seconds * SAMPLE_RATE,)]
        Mono float32 at `SAMPLE_RATE`, full scale = 1; the last one is shorter.

    Raises
    ------
    AudioError
        Like `pipeline.audio.decoding.blocks`; and if a file takes too long or too much memory, if
        it crashes the decoder; a `BusyError` if too many others are being read.
    """
    left = round(MAX_RECORDING_SECONDS * SAMPLE_RATE)
    with _lent_worker() as worker:
        y = worker.open(source, seconds)
        while len(y):
            if notes is not None:
                notes |= worker.notes
            yield y[:left]
            left -= len(y)
            if left <= 0:
                return
            y = worker.next_block()


def decode(source: Source, max_seconds: float = MAX_RECORDING_SECONDS) -> Samples:
    """Decode a recording, or its first `max_seconds`; see `blocks`.

    Returns
    -------
    np.ndarray [shape=(n,)]
        Mono float32 at `SAMPLE_RATE`, full scale = 1.
    """
    with closing(blocks(source)) as parts:
        y = np.concatenate(list(islice(parts, math.ceil(max_seconds / 60))))
    return y[: round(max_seconds * SAMPLE_RATE)]


def warm_up() -> None:
    """Have a worker ready, which takes half a second to start."""
    with _lent_worker():
        pass


class _Decoder(process.Worker):
    """A process that decodes one file after another, and computes only for who has a permit."""

    def __init__(self) -> None:
        # Threads for linear algebra, which it never does, would take address space for each core.
        super().__init__(__name__, {"OPENBLAS_NUM_THREADS": "1"})
        self.jobs, self.idle_since = 0, 0.0
        self.notes: set[str] = set()  # about the file so far

    def open(self, source: Source, seconds: float) -> Samples:
        """The first block of a file."""
        path, data = _packed(source)
        return self._block(data, path=path, seconds=seconds)

    def next_block(self) -> Samples:
        """The next block, empty after the last one."""
        return self._block(more=True)

    def _block(self, data: bytes = b"", /, **request: Any) -> Samples:
        try:
            with _permit(), self.deadline(BLOCK_DEADLINE):
                self.send(data, **request)
                facts, block = self.receive()
        except process.WorkerTooSlow as error:
            raise AudioError(SLOW.format(BLOCK_DEADLINE)) from error
        except process.WorkerDied as error:
            raise AudioError(BROKEN) from error
        if "error" in facts:
            raise AudioError(facts["error"])
        self.notes = set(facts["notes"])
        return np.frombuffer(block, np.float32).copy()


def _packed(source: Source) -> tuple[str | None, bytes]:
    """The path of a file, or its bytes."""
    if isinstance(source, bytes):
        return None, source
    if isinstance(source, str | Path):
        return str(Path(source).absolute()), b""
    if source.seekable():
        source.seek(0)
    return None, source.read()


def _tokens(n: int) -> SimpleQueue[None]:
    queue: SimpleQueue[None] = SimpleQueue()
    for _ in range(n):
        queue.put(None)
    return queue


# All work without locks: the garbage collector may close a forgotten generator, which gives its
# worker back, in the middle of anything.
_idle: deque[_Decoder] = deque()
_permits, _places = _tokens(WORKERS), _tokens(READERS)


@contextmanager
def _held(tokens: SimpleQueue[None]) -> Iterator[None]:
    """One of so many, which is waited for."""
    try:
        tokens.get(timeout=PATIENCE)
    except Empty:
        raise BusyError(BUSY) from None
    try:
        yield
    finally:
        tokens.put(None)


def _permit() -> AbstractContextManager[None]:
    """A permit to decode a block: who computes with it for long keeps nobody waiting."""
    return _held(_permits)


@contextmanager
def _lent_worker() -> Iterator[_Decoder]:
    with _held(_places):
        worker = _idle_worker() or _started_worker()
        try:
            yield worker
        finally:
            _take_back(worker)


def _idle_worker() -> _Decoder | None:
    with suppress(IndexError):
        while True:
            worker = _idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.end()
    return None


def _started_worker() -> _Decoder:
    worker = _Decoder()
    try:
        with worker.deadline(START_DEADLINE):
            worker.receive()
    except process.WorkerDied as error:
        raise AudioError(NO_WORKER) from error
    return worker


def _take_back(worker: _Decoder) -> None:
    worker.jobs += 1
    if not worker.fit or worker.jobs >= JOBS or len(_idle) >= WORKERS:
        worker.end()
        return
    with suppress(OSError):  # if it died by now, the next reader notices
        worker.send(close=True)
    worker.idle_since = time.monotonic()
    _idle.append(worker)
    end_spare_workers()


def end_spare_workers() -> None:
    """End idle workers that a rush needed, `SPARE_SECONDS` after it."""
    with suppress(IndexError):  # others take from the same row
        while len(_idle) > 1 and time.monotonic() - _idle[0].idle_since > SPARE_SECONDS:
            _idle.popleft().end()


# What follows runs in the worker.


def _serve(server: process.Channel) -> None:
    """Send the blocks that are wanted, until nobody is left to want any."""
    parts: Iterator[Samples] = iter(())
    notes: set[str] = set()
    server.send(started=True)
    with suppress(EOFError, OSError):
        while True:
            request, data = server.receive()
            if "close" in request:
                parts = iter(())
                process.limit()  # or a larger file would not get in
                memory.give_back()
                continue
            if "seconds" in request:
                process.limit(memory=MAX_MEMORY_BYTES + len(data), processor=PROCESSOR_SECONDS)
                notes = set()
                parts = decoding.blocks(request["path"] or data, request["seconds"], notes)
            _send_next(server, parts, notes)


def _send_next(server: process.Channel, parts: Iterator[Samples], notes: set[str]) -> None:
    try:
        block = next(parts, NOTHING).view(np.uint8).data  # not a copy, which takes a while
        server.send(block, notes=list(notes))
    except AudioError as error:
        server.send(error=str(error))
    except MemoryError:
        server.send(error=GREEDY)


if __name__ == "__main__":
    # What decoding imports when it is needed, ahead of need.
    import av  # noqa: F401
    import soxr  # noqa: F401

    _serve(process.server())
