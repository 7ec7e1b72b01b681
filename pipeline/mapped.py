"""Rows of many recordings, gathered in a file and read as if they were in memory.

What is chosen of them is gathered in another one, so that any number of tracks fits in memory.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from weakref import finalize

import numpy as np

from pipeline.folders import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from pipeline.features import Array

ENDING = ".rows"
BLOCK_BYTES = 2**26  # that are read at once; what is smaller is copied into memory
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
        self._unread = finalize(self, _remove, self._file)
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
        self._unread.detach()
        finalize(X, _remove, self._file)
        return np.asarray(X), np.array(self._track, np.int64)


def chosen(X: Array, rows: Any) -> Array:
    """Rows of an array, by mask or index: those of a large mapped one are gathered beside it."""
    every = np.arange(len(X))
    folder, numbers = _folder(X), every[rows]
    if np.array_equal(numbers, every):
        return X
    if folder is None or len(numbers) * X[:1].nbytes <= BLOCK_BYTES:
        return X[rows]
    gathered = Gathered(folder)
    for block in _blocks(X, numbers):
        gathered.append(X[block], 0)
    return gathered.rows()[0]


def column_means(X: Array, of: Callable[[Array], Array]) -> Array:
    """Mean of each column [shape=(n_columns,)] of what `of` makes of X; to the bit that of numpy.

    Numpy, too, adds row after row; but it would hold all of a mapped array in memory.
    """
    total, n = np.zeros((1, X.shape[-1]), np.float32), X[..., 0].size
    for rows in _blocks(X, np.arange(len(X))):
        block = of(X[rows]).reshape(-1, X.shape[-1])
        total = np.add.reduce(np.concatenate([total, block]), axis=0, keepdims=True)
    mean: Array = total[0] / n
    return mean


def _blocks(X: Array, rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Numbers of rows in turn, as many at once as may be read into memory."""
    size = max(1, BLOCK_BYTES // max(1, X[:1].nbytes))
    return (rows[i : i + size] for i in range(0, len(rows), size))


def _folder(X: Array | None) -> Path | None:
    """Where the file of a mapped array is, whatever part of it this is; None: in memory."""
    while X is not None and not isinstance(X, np.memmap):
        X = X.base if isinstance(X, np.ndarray) else None
    return Path(X.filename).parent if X is not None and X.filename else None


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
