"""Why a model says what it says about one recording: what happens when parts of it are missing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.artifacts.manifest import ALL_GENRES, N_QUANTILES
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.features import Array
    from pipeline.models import Classifier


MAX_WINDOWS = 30  # windows: more change nothing but the time it takes
QUANTILE_SHARES = np.linspace(0, 1, N_QUANTILES)
TIME_PARTS, BAND_PARTS = 6, 8  # parts of a window that are covered in turn: half seconds, mel bands


def contributions(
    classifier: Classifier, X: Array, columns: Sequence[str], typical: pd.Series, genre: int
) -> pd.Series:
    """What each feature adds to a genre's probability: how much is lost without it.

    A feature's values are replaced by its median over all tracks, one feature at a time. Features
    that say the same hide each other: each seems to add little.

    Parameters
    ----------
    X : np.ndarray [shape=(n, n_features)]
        Windows of the recording.
    typical
        Median of each feature, by name.
    genre
        Index among the classes.

    Returns
    -------
    pd.Series
        By feature, in points of probability from -1 to 1; negative ones speak against the genre.
    """
    X = X[_spread(len(X))]
    changed = np.repeat(X[None], len(columns), axis=0)  # (n_features, n, n_features)
    each = np.arange(len(columns))
    changed[each, :, each] = typical[list(columns)].to_numpy(X.dtype)[:, None]
    after = classifier.predict_proba(changed.reshape(-1, X.shape[1]))[:, genre]
    without = after.reshape(len(columns), len(X)).mean(axis=1)
    return pd.Series(classifier.predict_proba(X)[:, genre].mean() - without, index=list(columns))


def _spread(n: int) -> np.ndarray:
    """Indices of at most `MAX_WINDOWS` of n windows, spread evenly."""
    return np.unique(np.linspace(0, n - 1, MAX_WINDOWS).round().astype(int))


def percentiles(values: pd.Series, distributions: pd.DataFrame) -> pd.DataFrame:
    """Where a recording stands among the tracks of each genre.

    Parameters
    ----------
    values
        Mean of each feature over the recording, by name.
    distributions
        See `pipeline.benchmark.summary.distributions`.

    Returns
    -------
    pd.DataFrame
        ``feature, genre`` (`ALL_GENRES`: all tracks), ``value``, ``percentile``: share of the
        tracks that have less, in [0, 1], where half of those count that have as much;
        ``outside``: no track has as little or as much.
    """
    rows = distributions[distributions["feature"].isin(values.index)]
    quantiles = rows.filter(regex=r"^q\d{4}$").to_numpy()  # (n_rows, N_QUANTILES)
    value = values[rows["feature"]].to_numpy()
    below = [_rank(v, q) for v, q in zip(value, quantiles, strict=True)]
    outside = (value < quantiles[:, 0]) | (value > quantiles[:, -1])
    table = rows[["feature", "genre"]].assign(value=value, percentile=below, outside=outside)
    return table.reset_index(drop=True)


def _rank(value: float, quantiles: np.ndarray) -> float:
    # Many tracks have the same tempo, and `interp` takes all of them for less.
    less = 1 - np.interp(-value, -quantiles[::-1], QUANTILE_SHARES)
    return float(less + np.interp(value, quantiles, QUANTILE_SHARES)) / 2


def medians(distributions: pd.DataFrame) -> pd.Series:
    """Median of each feature over all tracks, by name."""
    rows = distributions[distributions["genre"] == ALL_GENRES]
    return rows.set_index("feature")["q0500"]


def occlusion(
    classifier: Classifier,
    window: Array,
    genre: int,
    bands: int = BAND_PARTS,
    progress: Progress = silent,
) -> Array:
    """What each part of a window adds to a genre's probability: how much is lost without it.

    Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2. A
    part is replaced by the mean of its columns over the window.

    Parameters
    ----------
    window : np.ndarray [shape=(1, frames, columns)]
    bands
        Number of groups of neighbouring columns; 1: whole frames are covered.

    Returns
    -------
    np.ndarray [shape=(bands, TIME_PARTS)]
        In points of probability from -1 to 1; negative ones speak against the genre.
    """
    _, frames, columns = window.shape
    mean = window[0].mean(axis=0)  # (columns,)
    before = classifier.predict_proba(window)[0, genre]
    lost = []
    for band in tracked(_parts(columns, bands), "Occlusion", bands, progress):
        covered = np.repeat(window, TIME_PARTS, axis=0)
        for one, time in zip(covered, _parts(frames, TIME_PARTS), strict=True):
            one[time, band] = mean[band]
        lost.append(before - classifier.predict_proba(covered)[:, genre])
    return np.stack(lost)


def _parts(n: int, count: int) -> list[slice]:
    """Neighbouring parts of about equal size."""
    edges = np.linspace(0, n, count + 1).round().astype(int)
    return [slice(a, b) for a, b in pairwise(edges)]
