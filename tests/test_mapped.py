"""Rows that are gathered in a file: the same numbers, and nothing left behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from joblib import Parallel, delayed

from pipeline import mapped
from pipeline.mapped import Gathered

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = 1_000_000_000  # seconds since 1970


def some_rows() -> list[np.ndarray]:
    """Rows of four tracks, of 0 to 3 windows each."""
    rng = np.random.default_rng(3)
    return [rng.normal(size=(n, 5, 2)).astype(np.float32) for n in (2, 0, 3, 1)]


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    """All in turn, with the number of their track; also those whose memory has gaps."""
    gathered, rows = Gathered(tmp_path), some_rows()
    for track, X in enumerate(rows):
        gathered.append(X if track else np.asfortranarray(X), track)
    X, track = gathered.rows()
    np.testing.assert_array_equal(X, np.concatenate(rows))
    assert track.tolist() == [0, 0, 2, 2, 2, 3]


def test_the_file_goes_with_its_last_reader(tmp_path: Path) -> None:
    """A part of the rows keeps it."""
    gathered = Gathered(tmp_path)
    gathered.append(some_rows()[0], 0)
    X, _ = gathered.rows()
    part = np.asarray(X)[1:]
    del X
    gc.collect()
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(part, some_rows()[0][1:])
    del part
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_rows_that_nobody_read_leave_no_file(tmp_path: Path) -> None:
    """What was interrupted, or could not be read at all, takes its file along."""
    gathered = Gathered(tmp_path)
    gathered.append(some_rows()[0], 0)
    del gathered
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_reads_the_file(tmp_path: Path) -> None:
    """It is not given a copy."""
    gathered = Gathered(tmp_path)
    gathered.append(some_rows()[0], 0)
    X, _ = gathered.rows()
    [(kind, total)] = Parallel(n_jobs=2)([delayed(seen)(X)])
    assert kind == "memmap"
    assert total == X.sum()


def seen(X: np.ndarray) -> tuple[str, np.floating]:
    """Type and sum of an array, as a worker has it."""
    return type(X).__name__, X.sum()


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """What another one still holds is not."""
    code = f"""
import os, sys
from pathlib import Path
from pipeline import mapped
from pipeline.mapped import Gathered
gathered = Gathered(Path({str(tmp_path)!r}))
print("held", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    [file] = tmp_path.iterdir()
    os.utime(file, (LONG_AGO, LONG_AGO))
    held = Gathered(tmp_path)
    assert file.exists()
    holder.kill()
    holder.communicate()
    mine = Gathered(tmp_path)
    assert not file.exists()
    assert len(list(tmp_path.iterdir())) == 2
    assert held is not mine


@pytest.mark.parametrize(
    "rows",
    [
        np.array([5, 0, 5]),
        np.array([True, False] * 3),
        slice(1, 4),
        np.arange(6),
        np.array([], int),
    ],
    ids=["numbers", "mask", "slice", "all", "none"],
)
def test_chosen_rows_are_those_of_memory(
    rows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are gathered beside the file, a row at a time, or copied."""
    rows = rows if isinstance(rows, slice) else np.array(rows)
    X = mapped_rows(tmp_path)
    wanted = np.concatenate(some_rows())[rows]
    np.testing.assert_array_equal(mapped.chosen(X, rows), wanted)
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 1)
    found = mapped.chosen(X, rows)
    np.testing.assert_array_equal(found, wanted)
    assert (len(wanted) == 0) or isinstance(found.base, np.memmap)
    np.testing.assert_array_equal(mapped.chosen(found, slice(1)), wanted[:1])


def test_what_is_in_memory_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is written for it, however large it is."""
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 1)
    X = np.concatenate(some_rows())
    assert mapped.chosen(X, np.array([1, 0])).base is None


def mapped_rows(folder: Path) -> np.ndarray:
    """Rows of four tracks in a file."""
    gathered = Gathered(folder)
    for track, X in enumerate(some_rows()):
        gathered.append(X, track)
    return gathered.rows()[0]


@pytest.mark.parametrize("shape", [(7, 3), (900, 57), (300, 13, 20)])
@pytest.mark.parametrize("size", [1, 2**14, 2**26])
def test_means_are_those_of_numpy(
    shape: tuple[int, ...], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit, however few rows are in memory."""
    monkeypatch.setattr(mapped, "BLOCK_BYTES", size)
    X = np.random.default_rng(1).normal(3, 2, shape).astype(np.float32)
    axes = tuple(range(X.ndim - 1))
    mean = mapped.column_means(X, lambda block: block)
    np.testing.assert_array_equal(mean, X.mean(axis=axes))
    variance = mapped.column_means(X, lambda block: np.square(block - mean))
    np.testing.assert_array_equal(variance, X.var(axis=axes))
