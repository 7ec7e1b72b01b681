"""Rows of many recordings, gathered in a file and read as if they were in memory."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING
from weakref import finalize

import numpy as np

from pipeline.folders import lock

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.features import Array

ENDING = ".rows"
NEW_SECONDS = 60  # a file that is younger may not be locked yet


class Gathered:
    """Rows that are appended one recording after the other; what is gathered takes no memory.

    Parameters
    ----------
    folder
        Gets a file, which goes with the last array of it. What a killed process left there is
        removed.
    """

    def __init__(self, folder: Path) -> None:
        _sweep(folder)
        # It outlives this object, and worker processes open it by its name.
        self._file = NamedTemporaryFile(dir=folder, suffix=ENDING, delete=False)  # noqa: SIM115
        lock(self._file)
        self._track: list[int] = []
        self._row = np.empty(0, np.float32)

    def append(self, X: Array, track: int) -> None:
        """Append the rows of a track, X [shape=(n, …)]; tracks come in ascending order."""
        self._file.write(np.ascontiguousarray(X).data)
        self._track += [track] * len(X)
        self._row = X[:1]

    def rows(self) -> tuple[Array, npt.NDArray[np.int64]]:
        """All of them [shape=(n, …)], read from the file as they are needed, and their tracks."""
        self._file.flush()
        shape = (len(self._track), *self._row.shape[1:])
        X = np.memmap(self._file.name, self._row.dtype, "r", shape=shape)
        finalize(X, _remove, self._file)
        return np.asarray(X), np.array(self._track, np.int64)


def _remove(file: IO[bytes]) -> None:
    file.close()
    Path(file.name).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what no process holds."""
    for path in folder.glob(f"*{ENDING}"):
        if time.time() - path.stat().st_mtime > NEW_SECONDS:
            with suppress(OSError), path.open("ab") as file:
                lock(file)
                path.unlink()
