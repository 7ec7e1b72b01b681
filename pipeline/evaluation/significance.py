"""Whether models differ: one test, and intervals that agree with it, for all pairs of models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FLIPS = 4000
LEVEL = 0.05
BLOCK = 1000  # artists whose signs are drawn together, to bound the memory


class PairedTest(NamedTuple):
    """What `paired_test` finds of each pair, arrays [shape=(n_pairs,)].

    Attributes
    ----------
    low, high
        Ends of simultaneous 95 % intervals of the difference in accuracy: all of them hold at once
        with this probability. An interval excludes 0 exactly if its pair is significant. NaN if
        there are too few artists for bounds.
    p
        Of the pair alone.
    p_adjusted
        Corrected for the number of pairs.
    significant
        p_adjusted is at most 0.05.
    """

    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    p_adjusted: np.ndarray
    significant: np.ndarray


def paired_test(ahead: np.ndarray, tracks: np.ndarray) -> PairedTest:
    """Sign-flip test of pairs of models over artists, with the max-T correction.

    If two models are equally good, an artist's difference might as well have the other sign. So
    the statistic |Σd| / √Σd², where d are the differences, is compared with what it is when the
    signs of whole artists are drawn at random. A draw holds for all pairs, and the largest
    statistic of each draw corrects for their number (Westfall & Young 1993, single-step). This
    stands in for Holm's correction: it controls the same error, the chance of any false verdict,
    and knows that pairs are alike.

    Parameters
    ----------
    ahead : np.ndarray [shape=(n_artists, n_pairs)]
        By how many tracks of the artist one model has more right than the other.
    tracks : np.ndarray [shape=(n_artists,)]
        Number of the artist's tracks.
    """
    sums, squares = ahead.sum(axis=0), (ahead**2).sum(axis=0)
    length = np.sqrt(np.where(squares > 0, squares, 1))  # of equal models, whose sums are 0
    t = np.abs(sums) / length
    drawn = np.abs(_flipped_sums(ahead)) / length  # (FLIPS, n_pairs)
    largest = np.sort(drawn.max(axis=1, initial=0))
    above = FLIPS - np.searchsorted(largest, t)
    critical = largest[-int(LEVEL * (FLIPS + 1))]
    low, high = _bounds(ahead, tracks, critical)
    return PairedTest(
        low,
        high,
        p=(1 + (drawn >= t).sum(axis=0)) / (1 + FLIPS),  # the data are a draw too
        p_adjusted=(1 + above) / (1 + FLIPS),
        significant=t > critical,
    )


def _flipped_sums(ahead: np.ndarray) -> np.ndarray:
    """Sums over artists whose signs are drawn [shape=(FLIPS, n_pairs)], the same in each call."""
    rng = np.random.default_rng(0)
    sums = np.zeros((FLIPS, ahead.shape[1]))
    for start in range(0, len(ahead), BLOCK):
        rows = ahead[start : start + BLOCK]
        sums += (2.0 * rng.integers(0, 2, (FLIPS, len(rows)), dtype=np.int8) - 1) @ rows
    return sums


def _bounds(ahead: np.ndarray, tracks: np.ndarray, critical: float) -> np.ndarray:
    """Least and greatest δ that the test does not reject [shape=(2, n_pairs)].

    The test of δ takes an artist's d less δ times the tracks: |Σd - δN| ≤ c √Σ(d - δn)² is a
    quadratic inequality.
    """
    sums, squares, n = ahead.sum(axis=0), (ahead**2).sum(axis=0), tracks.sum()
    leading = n**2 - critical**2 * (tracks**2).sum()
    if leading <= 1e-9 * n**2:
        return np.full((2, ahead.shape[1]), np.nan)
    length = np.sqrt(np.where(squares > 0, squares, 1))
    middle = n * sums - critical**2 * (tracks @ ahead)
    last = squares * ((sums / length) ** 2 - critical**2)  # exactly 0 where the test is undecided
    half = np.sqrt(np.maximum(middle**2 - leading * last, 0))
    return np.clip(np.array([middle - half, middle + half]) / leading, -1, 1)
