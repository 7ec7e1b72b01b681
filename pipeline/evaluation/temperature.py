"""Temperature scaling: probabilities as sure as they are right, by length of the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

MIN_PROBABILITY = 1e-6  # a probability of 0 has no logarithm
TEMPERATURE_RANGE = (0.05, 20.0)
LENGTHS = (1, 2, 5)  # windows, from which on an answer is of the next class
MIN_ANSWERS = 50  # of a class, to have a temperature of its own


def tempered(probabilities: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """Probabilities p^(1/T), normalised: flatter for T > 1, in the same order (Guo et al. 2017).

    Parameters
    ----------
    probabilities : np.ndarray [shape=(..., n_classes)]
        What is below 1e-6 is taken for 1e-6.
    temperature
        One for all, or one each [shape=(...)].
    """
    from scipy.special import softmax

    return softmax(_logs(probabilities) / np.asarray(temperature)[..., None], axis=-1)


def length_class(windows: npt.ArrayLike) -> np.ndarray:
    """Which of `LENGTHS` answers from so many windows belong to."""
    return np.searchsorted(LENGTHS, windows, side="right") - 1


def temperatures(probabilities: np.ndarray, truth: np.ndarray, windows: np.ndarray) -> list[float]:
    """The `temperature` of answers of each of `LENGTHS`; of few, that of all answers.

    Parameters
    ----------
    windows : np.ndarray [shape=(n_tracks,)]
        How many windows are behind each answer: a mean of many is flatter, and oftener right.
    """
    length = length_class(windows)
    parts = [length == n for n in range(len(LENGTHS))]
    alone = [MIN_ANSWERS <= own.sum() < len(truth) for own in parts]
    of_all = np.nan if all(alone) else temperature(probabilities, truth)
    return [
        temperature(probabilities[own], truth[own], _mix(truth, own)) if fitted else of_all
        for own, fitted in zip(parts, alone, strict=True)
    ]


def _mix(truth: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Weights that give some of the answers the mix of genres of all answers.

    A genre of long recordings that is easy to tell would otherwise make all long ones look sure.
    """
    every, some = (np.bincount(part, minlength=truth.max() + 1) for part in (truth, truth[own]))
    return every[truth[own]] / some[truth[own]]


def temperature(
    probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """The T in [0.05, 20] whose `tempered` probabilities have the least log loss.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n_tracks, n_classes)]
    truth : np.ndarray [shape=(n_tracks,)]
        Column of each track's genre.
    weights : np.ndarray [shape=(n_tracks,)]
        How much each track counts; None: all the same.

    Returns
    -------
    float
        1 where no other does better: without tracks, or if all probabilities are equal.
    """
    from scipy.optimize import minimize_scalar

    if not len(truth):
        return 1.0
    logs = _logs(np.ascontiguousarray(probabilities.T))
    # At most log(1e6) / 0.05 = 276 goes into exp: no need for the slower logsumexp.
    ahead = logs - logs[truth, np.arange(len(truth))]  # of the truth (n_classes, n_tracks)
    weights = np.ones(len(truth)) if weights is None else weights
    share = weights / weights.sum()

    def log_loss(log_t: float) -> float:
        return float(np.log(np.exp(ahead * np.exp(-log_t)).sum(axis=0)) @ share)

    best = minimize_scalar(
        log_loss, bounds=np.log(TEMPERATURE_RANGE), method="bounded", options={"xatol": 1e-3}
    )
    return float(np.exp(best.x)) if best.fun < log_loss(0) else 1.0


def _logs(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, MIN_PROBABILITY, dtype=np.float64))
