"""Folders that are written: whether they can be, and by one process at a time."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FAR = 2**20  # the byte that Windows locks: those in front of it can be read by others
_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())


def check_writable(folder: Path, cure: str) -> None:
    """Make a folder if it is not there; a `PipelineError` if nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        raise PipelineError(f"{folder} cannot be written: {error.strerror}. {cure}") from error


@contextmanager
def alone(*folders: Path, cure: str) -> Iterator[None]:
    """Let no other process write these folders, until it is left or this process ends.

    Each has a lock beside it meanwhile, ``.<name>.lock``. What holds a folder may hold it again
    within.

    Parameters
    ----------
    cure
        Ends the error where a folder cannot be written.

    Raises
    ------
    PipelineError
        If another process holds one, which is named, or one cannot be written.
    """
    wanted = frozenset(folder.absolute() for folder in folders) - _held.get()
    with ExitStack() as locks:
        for folder in sorted(wanted):
            check_writable(folder.parent, cure)
            locks.enter_context(_locked(folder))
        token = _held.set(_held.get() | wanted)
        try:
            yield
        finally:
            _held.reset(token)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    path = folder.with_name(f".{folder.name}.lock")
    while True:
        with path.open("ab+") as file:
            _hold(file, folder)
            if not _is(file, path):  # whoever held it has removed it since it was opened
                continue
            try:
                yield
            finally:
                with suppress(OSError):  # Windows removes no open file
                    path.unlink()
            return


def _is(file: IO[bytes], path: Path) -> bool:
    """Whether an open file is the one that is there."""
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())


def _hold(file: IO[bytes], folder: Path) -> None:
    """Lock a file, which its closing undoes, and write into it who holds it."""
    try:
        lock(file)
    except (BlockingIOError, PermissionError) as error:  # the latter on Windows
        file.seek(0)
        raise PipelineError(
            f"{folder} is being written by another process ({file.read(20).decode()}). Wait until"
            " it is done, or end it; then give the command again, which goes on from there."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()).encode())
    file.flush()


def lock(file: IO[bytes]) -> None:
    """Hold a file until it is closed or this process ends; an `OSError` if another one does."""
    if sys.platform == "win32":
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
