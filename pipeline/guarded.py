"""Decoding what strangers upload: in worker processes, with limits on memory and time.

A decoder is a large program, and a file can be made to crash it, to keep it busy, or to have it
fill the memory. Here that befalls a process of its own, which is killed, and who asked gets a
sentence. It is no sandbox: a worker may do whatever the server may.

The server asks and a worker answers, one block of sound at a time, through its stdin and stdout. So
a worker never runs ahead of its reader; and when the server dies, stdin ends, and the worker too.
"""

from __future__ import annotations

import math
import os
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Timer
from typing import TYPE_CHECKING, cast

import numpy as np

from pipeline import audio
from pipeline.audio import CURE, SAMPLE_RATE, Samples, Source
from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from io import BufferedReader, BufferedWriter

MAX_SECONDS = 3 * 3_600.0
WORKERS = 4
JOBS = 200  # for a worker, which then makes room for a new one: what a decoder leaks is gone
PATIENCE = 20.0  # seconds for a block
STARTING = 60.0  # seconds for the start of a worker
PROCESSOR_SECONDS = 300  # for a whole file
MEMORY = 512 * 2**20  # address space of a worker beside the file; the libraries take 210 MB of it

QUESTION = struct.Struct("<cdQ")  # what is asked, length of a block in seconds, bytes that follow
BYTES, PATH, MORE, REST = b"b", b"p", b"m", b"r"
ANSWER = struct.Struct("<?Q")  # whether it is sound, or else a sentence; bytes that follow
NOTHING = np.empty(0, np.float32)  # the answer after the last block

BROKEN = (
    "Reading the file broke off: it is damaged, or made to take more memory or time than a"
    f" recording needs. {CURE}"
)
GREEDY = (
    "The file takes more memory than a recording needs: it is damaged, or made to fill the memory."
    f" {CURE}"
)
SLOW = (
    "The file took longer than {:g} s to read a part of it: it is damaged, or made to keep the"
    f" computer busy. {CURE}"
)
BUSY = f"{WORKERS} recordings are being read at this moment, which is all at once. Try again soon."
NO_WORKER = "No recording can be read now: the program for it does not start. Its log says why."


def blocks(source: Source, seconds: float = 60.0) -> Generator[Samples, None, None]:
    """`pipeline.audio.blocks` of a file that nobody vouches for, decoded in another process.

    What lies beyond `MAX_SECONDS` is not read: a recording just as long has probably been cut off.

    Parameters
    ----------
    source
        Bytes, a path, or a binary file, which is read whole.
    seconds
        Length of a block, up to a few minutes.

    Yields
    ------
    np.ndarray [shape=(seconds * SAMPLE_RATE,)]
        Mono float32 at `SAMPLE_RATE`, full scale = 1; the last one is shorter.

    Raises
    ------
    AudioError
        Like `pipeline.audio.blocks`; and if a file takes too long or too much memory, if it crashes
        the decoder, or if too many others are being read.
    """
    left = round(MAX_SECONDS * SAMPLE_RATE)
    kind, data = _packed(source)
    with _lent_worker() as worker:
        y = worker.ask(kind, seconds, data)
        while len(y):
            yield y[:left]
            left -= len(y)
            if left <= 0:
                return
            y = worker.ask(MORE)


def decode(source: Source, max_seconds: float = MAX_SECONDS) -> Samples:
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


class _Worker:
    """A process that answers one question at a time.

    Attributes
    ----------
    fit
        Whether it can be asked: it owes no answer and has not failed.
    """

    def __init__(self) -> None:
        # It finds modules where this process does. Threads for linear algebra, which it never does,
        # would take address space for each core.
        env = {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.guarded"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | env,
            start_new_session=True,  # Ctrl-C is for the server alone
        )
        self.questions = cast("BufferedWriter", self.process.stdin)
        self.answers = cast("BufferedReader", self.process.stdout)
        self.jobs = 0
        self.fit = self.late = False

    def ask(self, kind: bytes, seconds: float = 0.0, data: bytes = b"") -> Samples:
        """The next block, empty after the last one."""
        with self.watched(PATIENCE):
            self.tell(kind, seconds, data)
            is_sound, answer = self.hear()
        if not is_sound:
            raise AudioError(answer.decode())
        return np.frombuffer(answer, np.float32)

    def tell(self, kind: bytes, seconds: float = 0.0, data: bytes = b"") -> None:
        """Send a question."""
        self.questions.write(QUESTION.pack(kind, seconds, len(data)))
        self.questions.write(data)
        self.questions.flush()

    def hear(self) -> tuple[bool, bytearray]:
        """Wait for an answer: whether it is sound, and the bytes of it."""
        is_sound, size = ANSWER.unpack(_exactly(self.answers, ANSWER.size))
        return is_sound, _exactly(self.answers, size)

    @contextmanager
    def watched(self, patience: float) -> Iterator[None]:
        """Kill it if this takes longer, and say so in a sentence, or how else it failed."""
        self.fit = False
        timer = Timer(patience, self._kill_late)  # Windows cannot wait for a pipe and a clock
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, EOFError) as error:
            raise AudioError(SLOW.format(patience) if self.late else BROKEN) from error
        finally:
            timer.cancel()
            timer.join()  # or it might strike in the next job
        self.fit = not self.late

    def end(self) -> None:
        """Kill it and wait until it is gone."""
        self.process.kill()
        self.process.communicate()

    def _kill_late(self) -> None:
        self.late = True
        self.process.kill()


# Both work without locks: the garbage collector may close a forgotten generator, which gives its
# worker back, in the middle of anything.
_idle: deque[_Worker] = deque()
_permits: SimpleQueue[None] = SimpleQueue()
for _ in range(WORKERS):
    _permits.put(None)


@contextmanager
def _lent_worker() -> Iterator[_Worker]:
    try:
        _permits.get(timeout=PATIENCE)
    except Empty:
        raise AudioError(BUSY) from None
    try:
        worker = _idle_worker() or _started_worker()
        try:
            yield worker
        finally:
            _take_back(worker)
    finally:
        _permits.put(None)


def _idle_worker() -> _Worker | None:
    with suppress(IndexError):
        while True:
            worker = _idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.end()
    return None


def _started_worker() -> _Worker:
    worker = _Worker()
    try:
        with worker.watched(STARTING):
            worker.hear()
    except AudioError as error:
        worker.end()
        raise AudioError(NO_WORKER) from error
    return worker


def _take_back(worker: _Worker) -> None:
    worker.jobs += 1
    if not worker.fit or worker.jobs >= JOBS:
        worker.end()
        return
    with suppress(OSError):  # if it died by now, the next reader notices
        worker.tell(REST)
    _idle.append(worker)


def _packed(source: Source) -> tuple[bytes, bytes]:
    """Kind of question, and the bytes that follow it."""
    if isinstance(source, bytes):
        return BYTES, source
    if isinstance(source, str | Path):
        return PATH, os.fsencode(Path(source).absolute())
    if source.seekable():
        source.seek(0)
    return BYTES, source.read()


def _exactly(pipe: BufferedReader, size: int) -> bytearray:
    data = bytearray(size)
    if pipe.readinto(data) != size:
        raise EOFError
    return data


# What follows runs in the worker.


def _serve(questions: BufferedReader, answers: BufferedWriter) -> None:
    """Answer until nobody is left to ask."""
    parts: Iterator[Samples] = iter(())
    _say(answers, _next(parts))  # it has started
    while question := questions.read(QUESTION.size):
        kind, seconds, size = QUESTION.unpack(question)
        if kind != MORE:
            parts = iter(())  # frees the last file before the next is there
            _limit(size)
            parts = _opened(kind, seconds, questions.read(size))
        if kind != REST:
            _say(answers, _next(parts))


def _opened(kind: bytes, seconds: float, data: bytes) -> Iterator[Samples]:
    if kind == REST:
        return iter(())
    return audio.blocks(data if kind == BYTES else os.fsdecode(data), seconds)


def _next(parts: Iterator[Samples]) -> tuple[bool, bytes]:
    try:
        return True, next(parts, NOTHING).tobytes()
    except AudioError as error:
        return False, str(error).encode()
    except MemoryError:
        return False, GREEDY.encode()


def _say(answers: BufferedWriter, answer: tuple[bool, bytes]) -> None:
    is_sound, data = answer
    answers.write(ANSWER.pack(is_sound, len(data)))
    answers.write(data)
    answers.flush()


def _limit(file_size: int) -> None:
    """Bound what the next file may take; on Windows, nothing does."""
    if sys.platform == "win32":
        return
    import resource

    processor = math.ceil(time.process_time()) + PROCESSOR_SECONDS
    limits = {resource.RLIMIT_AS: MEMORY + file_size, resource.RLIMIT_CPU: processor}
    for kind, limit in limits.items():
        with suppress(ValueError, OSError):  # a lower limit holds, or macOS knows none
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))


if __name__ == "__main__":
    # What decoding imports when it is needed, ahead of need.
    import av  # noqa: F401
    import soxr  # noqa: F401

    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends without a word when the server is gone
    _serve(cast("BufferedReader", sys.stdin.buffer), cast("BufferedWriter", sys.stdout.buffer))
