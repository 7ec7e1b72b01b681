"""Bootstrap intervals that resample artists."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


RESAMPLES = 2000


class Interval(NamedTuple):
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    by_artist: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]
) -> Interval:
    """A figure with its bootstrap interval; for the parameters see `bootstrap_bounds`."""
    low, high = bootstrap_bounds(by_artist, statistic)
    return Interval(float(statistic(by_artist.sum(axis=0))), float(low), float(high))


def bootstrap_bounds(
    by_artist: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Ends of the 95 % percentile interval (Efron & Tibshirani 1993, ch. 13).

    Parameters
    ----------
    by_artist : np.ndarray [shape=(n_artists, ...)]
        What adds up over artists.
    statistic
        From such sums, [shape=(n_resamples, ...)] or one of them, to figures.

    Returns
    -------
    np.ndarray [shape=(2, ...)]
        NaN for fewer than two artists: they say nothing of how artists differ.
    """
    if len(by_artist) < 2:
        return np.full((2, *np.shape(statistic(by_artist.sum(axis=0)))), np.nan)
    drawn = statistic(np.tensordot(_draws(len(by_artist), RESAMPLES), by_artist, axes=1))
    return np.percentile(drawn, [2.5, 97.5], axis=0)


@lru_cache(maxsize=2)  # all models of a protocol are tested on the same artists
def _draws(n: int, resamples: int) -> np.ndarray:
    """How often each resample draws each of n artists."""
    drawn = np.random.default_rng(0).integers(0, n, (resamples, n))
    cells = drawn + n * np.arange(resamples)[:, None]  # (resamples, n)
    times = np.bincount(cells.ravel(), minlength=cells.size).reshape(cells.shape)
    return times.astype(np.float64)  # integers are multiplied ten times more slowly
