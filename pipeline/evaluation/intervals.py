"""Intervals of scores whose errors are counted over artists."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = 0.95
TINY = 1e-20  # an error that is rounding
LEAST_FREEDOM = 2  # else one wrong track among a hundred would make an interval nearly boundless


class Interval(NamedTuple):
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def interval_over_artists(
    by_artist: np.ndarray, tracks: np.ndarray, score: Callable[[np.ndarray], np.ndarray]
) -> Interval:
    """A score with its 95 % interval, which lies in [0, 1] and is never a point.

    Tracks of one artist are alike, so artists are what is independent. Each is left out in turn;
    how much the score moves gives its variance and its bias (jackknife; Efron & Tibshirani 1993,
    ch. 10 and 11). A share of how many independent tracks would have the same mean squared error?
    The interval is Wilson's for that effective number, as in surveys (Korn & Graubard 1998), with
    Student's t in place of the normal quantile: if few artists decide, it is wider.

    Parameters
    ----------
    by_artist : np.ndarray [shape=(n_artists, ...)]
        What adds up over artists.
    tracks : np.ndarray [shape=(n_artists,)]
        Number of the artist's tracks.
    score
        From such sums, [shape=(n, ...)] or one of them, to figures in [0, 1].

    Returns
    -------
    Interval
        From 0 to 1 for a single artist, who says nothing of how artists differ.
    """
    total, n = by_artist.sum(axis=0), len(by_artist)
    value = float(score(total))
    if n == 1:
        return Interval(value, 0.0, 1.0)
    moved = score(total - by_artist) - value  # (n_artists,)
    error = (n - 1) / n * (moved**2).sum() + ((n - 1) * moved.mean()) ** 2  # variance and bias²
    if error > TINY:
        size = min(value * (1 - value) / error, tracks.sum())
        return Interval(value, *_wilson(value, size, _effective_number(moved**2)))
    # All are right, or all wrong. The tracks of an artist might have been so together.
    alike = _effective_number(tracks)
    return Interval(value, *_wilson(value, alike, alike))


def difference_interval(
    by_artist: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]
) -> Interval:
    """A difference with its 95 % interval; for the parameters see `difference_bounds`."""
    low, high = difference_bounds(by_artist, statistic)
    return Interval(float(statistic(by_artist.sum(axis=0))), float(low), float(high))


def difference_bounds(
    by_artist: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Ends of the 95 % interval of figures that may be of either sign: a jackknife over artists.

    The quantile is Student's t, with as many degrees of freedom as artists decide.

    Parameters
    ----------
    by_artist : np.ndarray [shape=(n_artists, ...)]
        What adds up over artists.
    statistic
        From such sums, [shape=(n, ...)] or one of them, to figures.

    Returns
    -------
    np.ndarray [shape=(2, ...)]
        NaN for fewer than two artists: they say nothing of how artists differ.
    """
    from scipy.special import stdtrit  # quantiles of Student's t; scipy.stats is slow to import

    total, n = by_artist.sum(axis=0), len(by_artist)
    value = np.asarray(statistic(total))
    if n < 2:
        return np.full((2, *value.shape), np.nan)
    squares = (statistic(total - by_artist) - value) ** 2  # (n_artists, ...)
    uneven = np.maximum((squares**2).sum(axis=0), np.finfo(float).tiny)
    freedom = np.maximum(squares.sum(axis=0) ** 2 / uneven, LEAST_FREEDOM)
    half = stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt((n - 1) / n * squares.sum(axis=0))
    return np.stack([value - half, value + half])


def _effective_number(weights: np.ndarray) -> float:
    """How many equal weights are as uneven as these: (Σw)² / Σw² (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _wilson(share: float, n: float, degrees_of_freedom: float) -> tuple[float, float]:
    """Ends of the score interval of a share (Wilson 1927) with a quantile of Student's t."""
    from scipy.special import stdtrit

    z = stdtrit(max(degrees_of_freedom, LEAST_FREEDOM), (1 + LEVEL) / 2)
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = np.clip(np.array([middle - half, middle + half]) / (1 + z**2 / n), 0, 1)
    return float(low), float(high)
