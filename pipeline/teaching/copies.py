"""Copies of one recording in other formats: what is heard in them is alike, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.datasets import Rows
    from pipeline.models import Array

    Indices = np.ndarray

# Cosine distance of standardised embeddings, mean over windows at the same place. Set by hand: of
# 24 clips of GTZAN, copies in MP3 (128 kbit/s) and Ogg Vorbis (quality 3) are up to 0.099 apart,
# and different clips 0.35 or more.
NEAR = 0.1
SAME_SECONDS = 0.1  # by which lengths of copies may differ
LEAST_WINDOWS = 2  # one alone may be alike by chance
BLOCK = 1000  # tracks that are compared with all others at once


def recordings(rows: Rows, seconds: Array) -> Indices:
    """Number of the recording that each track is of; copies have the same one.

    Parameters
    ----------
    rows
        Embeddings of windows.
    seconds : np.ndarray [shape=(n_tracks,)]
        Length of each track.

    Returns
    -------
    np.ndarray [shape=(n_tracks,)]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    windows = _by_track(rows)
    pairs = [
        (a, b) for a, b in _alike(windows, seconds) if _distance(windows[a], windows[b]) < NEAR
    ]
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    n = len(seconds)
    found: Indices = connected_components(coo_array((np.ones(len(a)), (a, b)), (n, n)))[1]
    return found


def _by_track(rows: Rows) -> list[Array]:
    """Directions of the standardised embeddings of each track's windows."""
    X = (rows.X - rows.X.mean(axis=0)) / np.maximum(rows.X.std(axis=0), 1e-6)
    return np.split(_directions(X), np.flatnonzero(np.diff(rows.track)) + 1)


def _directions(X: Array) -> Array:
    found: Array = X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-6)
    return found


def _alike(windows: list[Array], seconds: Array) -> list[tuple[int, int]]:
    """Pairs of equal length and windows whose means are near, which is quick to see."""
    means = _directions(np.stack([each.mean(axis=0) for each in windows]))
    enough = np.array([len(each) >= LEAST_WINDOWS for each in windows])
    found = []
    for first in range(0, len(means), BLOCK):
        part = slice(first, first + BLOCK)
        near = 1 - means[part] @ means.T < NEAR
        near &= np.abs(seconds[part, None] - seconds) <= SAME_SECONDS
        near &= enough[part, None] & enough
        found += [(a + first, b) for a, b in np.argwhere(near).tolist() if a + first < b]
    return found


def _distance(a: Array, b: Array) -> float:
    """Mean over windows at the same place; one file may have a last one that is too short."""
    n = min(len(a), len(b))
    return float(1 - (a[:n] * b[:n]).sum(axis=1).mean())
