"""Rows that are gathered in a file: the same numbers, and nothing left behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed

from pipeline.extraction.mapped import Gathered

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
from pipeline.extraction.mapped import Gathered
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
