"""Processes that handle what strangers send: limited, watched, and killed when their time is up.

A message is a few facts in JSON, followed by any number of bytes. Nothing is unpickled, so a worker
that a stranger took over sends data, never code. It is no sandbox: a worker may do whatever the
server may, unless it binds itself (see `pipeline.untrusted.network`).
"""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from multiprocessing import Pipe, connection
from pathlib import Path
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection

MAX_FACTS = 2**16  # bytes of JSON in a message
MAX_DATA = 2**30  # bytes that follow

logger = logging.getLogger(__name__)


class WorkerDied(PipelineError):
    """A worker ended, or sent what is no message."""


class WorkerTooSlow(WorkerDied):
    """A worker did not finish in time and was killed."""


class Channel:
    """One end of the line between a server and its worker."""

    def __init__(self, line: Connection) -> None:
        self.line = line

    def send(self, data: bytes | memoryview = b"", /, **facts: Any) -> None:
        """Send a message."""
        self.line.send_bytes(json.dumps(facts).encode())
        self.line.send_bytes(data)

    def receive(self, max_data: int = MAX_DATA) -> tuple[dict[str, Any], bytes]:
        """Wait for a message; longer ones than allowed close the line.

        Raises
        ------
        EOFError, OSError
            If the other end is gone, or has sent something else.
        """
        try:
            facts = dict(json.loads(self.line.recv_bytes(MAX_FACTS)))
        except (ValueError, TypeError) as error:
            raise OSError("A message begins with no JSON object.") from error
        return facts, self.line.recv_bytes(max_data)


class Worker(Channel):
    """A process that runs a module, as the server sees it.

    Parameters
    ----------
    module
        Runs as ``__main__`` and calls `server` for its end of the line.
    env
        Environment variables beside those of this process; ``None`` removes one.
    cwd
        Where it runs.
    quiet
        Whether its standard error is thrown away.

    Attributes
    ----------
    process : subprocess.Popen
    fit
        Whether it can be used: it has neither failed nor been left within a `deadline`.
    """

    def __init__(
        self,
        module: str,
        env: Mapping[str, str | None] | None = None,
        cwd: str | Path | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        ours, theirs = Pipe()
        super().__init__(ours)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - a module of this project
                [sys.executable, "-P", "-m", module, str(theirs.fileno())],
                env=_environment(env or {}),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if quiet else None,
                start_new_session=True,  # Ctrl-C is for the server alone
                **_inheriting(theirs),
            )
        self.module = module
        self.fit = True
        self._is_late = False

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Kill the worker if this takes longer.

        Raises
        ------
        WorkerTooSlow
            If it was killed.
        WorkerDied
            If it failed in another way.
        """
        self.fit = False
        # A clock beside the line: a worker may stop in the middle of a message.
        timer = Timer(seconds, self._kill_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError) as error:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)  # how it ended is known a moment after its line is closed
            self.end()
            raise self._failure(seconds) from error
        finally:
            timer.cancel()
            timer.join()  # or it might strike later
        self.fit = not self._is_late

    def end(self) -> None:
        """Kill it and wait until it is gone."""
        self.fit = False
        self.process.kill()
        self.process.wait()
        self.line.close()

    def _kill_late(self) -> None:
        self._is_late = True
        self.process.kill()

    def _failure(self, seconds: float) -> WorkerDied:
        if self._is_late:
            logger.warning("%s took longer than %g s and was killed.", self.module, seconds)
            return WorkerTooSlow(f"{self.module} took longer than {seconds:g} s.")
        code = self.process.returncode
        ended = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        logger.warning("A process of %s ended %s.", self.module, ended)
        return WorkerDied(f"A process of {self.module} ended {ended}.")


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    # It finds modules where this process does, also from another folder.
    found = {"PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path)}
    wanted = {**os.environ, **found, **changes}
    return {name: value for name, value in wanted.items() if value is not None}


def _inheriting(line: Connection) -> dict[str, Any]:
    """Arguments of `subprocess.Popen` that leave a line open in the child."""
    if sys.platform != "win32":
        return {"pass_fds": [line.fileno()]}
    os.set_handle_inheritable(line.fileno(), True)
    startup = subprocess.STARTUPINFO()
    startup.lpAttributeList["handle_list"] = [line.fileno()]
    return {"startupinfo": startup}


# What follows runs in the worker.


def server() -> Channel:
    """The line to the server that started this process."""
    kind = "PipeConnection" if sys.platform == "win32" else "Connection"
    return Channel(getattr(connection, kind)(int(sys.argv[1])))


def end_with(channel: Channel) -> None:
    """End this process when its server is gone, whatever it does; it can receive no more."""

    def watch() -> None:
        with suppress(EOFError, OSError):
            channel.line.poll(None)
            channel.line.recv_bytes(0)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def limit(
    *, memory: int | None = None, processor: int | None = None, file_size: int | None = None
) -> None:
    """Bound what this process may take from now on, and lift other bounds; not on Windows.

    Parameters
    ----------
    memory
        Bytes of address space in all.
    processor
        Seconds of computing beyond those it has had.
    file_size
        Bytes of a file that it writes.
    """
    if sys.platform == "win32":
        return
    import resource

    if processor is not None:
        processor += math.ceil(time.process_time())
    limits = {"RLIMIT_AS": memory, "RLIMIT_CPU": processor, "RLIMIT_FSIZE": file_size}
    for name, value in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        with suppress(ValueError, OSError):  # a lower limit holds, or macOS knows none
            resource.setrlimit(kind, (hard if value is None else value, hard))
