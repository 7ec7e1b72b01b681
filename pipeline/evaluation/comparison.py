"""Models against each other, on the tracks that all of them were tested on."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pipeline.evaluation.intervals import bootstrap_bounds

if TYPE_CHECKING:
    from collections.abc import Mapping


class McNemar(NamedTuple):
    """On how many tracks only one of two models is right, and how likely chance does as much."""

    only_a: int
    only_b: int
    p: float


def mcnemar(a: pd.DataFrame, b: pd.DataFrame) -> McNemar:
    """McNemar's test whether two models are equally often right (mid-p; Fagerland et al. 2013).

    It takes tracks for independent; the interval of `compare` does not. Where each is equally
    often right alone, p is 1.
    """
    right = _side_by_side({"a": a, "b": b}, "right")
    only_a, only_b = (right["a"] & ~right["b"]).sum(), (right["b"] & ~right["a"]).sum()
    return McNemar(int(only_a), int(only_b), float(_mid_p(np.array(only_a), np.array(only_b))))


def _mid_p(only_a: np.ndarray, only_b: np.ndarray) -> np.ndarray:
    """Twice the probability of fewer, plus that of as many, heads in fair throws."""
    from scipy.stats import binom

    fewer, n = np.minimum(only_a, only_b), only_a + only_b
    return 2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5)


def compare(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every pair of models on the same tracks.

    Returns
    -------
    pd.DataFrame
        ``model_a, model_b``; ``only_a, only_b``: tracks that only one has right; ``difference`` of
        their accuracies (a less b) with its 95 % interval ``low, high`` by resampling artists
        (NaN for one artist); ``p`` as `mcnemar` has it, ``p_holm`` corrected for the number of
        pairs (Holm 1979), and ``significant``: p_holm < 0.05.
    """
    right = _side_by_side(tables, "right")
    a, b = np.triu_indices(len(tables), 1)
    ahead = right.to_numpy(dtype=int)[:, a] - right.to_numpy(dtype=int)[:, b]  # (n_tracks, n_pairs)
    only_a, only_b = (ahead > 0).sum(axis=0), (ahead < 0).sum(axis=0)
    low, high = bootstrap_bounds(_sums(ahead, _facts(tables, right)["artist"]), _shares)
    p = _mid_p(only_a, only_b)
    p_holm = _holm(p)
    pairs = pd.DataFrame(combinations(tables, 2), columns=["model_a", "model_b"])
    return pairs.assign(
        only_a=only_a,
        only_b=only_b,
        difference=ahead.mean(axis=0),
        low=low,
        high=high,
        p=p,
        p_holm=p_holm,
        significant=p_holm < 0.05,
    )


def _sums(values: np.ndarray, artist: pd.Series) -> np.ndarray:
    """Sum of each column and, last, the tracks, by artist."""
    by_artist = pd.DataFrame(values).assign(tracks=1).groupby(artist.to_numpy())
    return by_artist.sum().to_numpy(dtype=np.float64)  # (n_artists, n_columns + 1)


def _shares(sums: np.ndarray) -> np.ndarray:
    return sums[..., :-1] / sums[..., -1:]


def _holm(p: np.ndarray) -> np.ndarray:
    """P-values corrected for their number, step by step from the least (Holm 1979)."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1)
    return corrected


def agreement(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Share of tracks for which each two models predict the same genre.

    Returns
    -------
    pd.DataFrame [shape=(n_models, n_models)]
        Symmetric, with ones on the diagonal.
    """
    predicted = _side_by_side(tables, "predicted")
    words = predicted.to_numpy()
    same = (words[:, :, None] == words[:, None, :]).mean(axis=0)
    return pd.DataFrame(same, index=predicted.columns, columns=predicted.columns)


def disagreements(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tracks for which models disagree, first those where about half of the models are right.

    Returns
    -------
    pd.DataFrame
        ``track_id, window`` (if tables have one) ``, genre, artist, title``, a column a model with
        its predicted genre, and ``right``: how many models are.
    """
    predicted = _side_by_side(tables, "predicted")
    facts = _facts(tables, predicted)
    right = predicted.eq(facts["genre"], axis=0).sum(axis=1)
    differ = predicted.ne(predicted.iloc[:, 0], axis=0).any(axis=1)
    uneven = (right[differ] - len(tables) / 2).abs().to_numpy()
    table = facts.join(predicted).assign(right=right)[differ]
    return table.iloc[np.argsort(uneven, kind="stable")].reset_index()


def unanimous_errors(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tracks for which all models predict the same wrong genre: perhaps the label is wrong.

    Returns
    -------
    pd.DataFrame
        Columns of `disagreements` up to the title, ``predicted`` and ``confidence``: the mean over
        models, falling.
    """
    predicted = _side_by_side(tables, "predicted")
    facts, first = _facts(tables, predicted), predicted.iloc[:, 0]
    wrong = predicted.eq(first, axis=0).all(axis=1) & (first != facts["genre"])
    confidence = _side_by_side(tables, "confidence").mean(axis=1)
    table = facts.assign(predicted=first, confidence=confidence)[wrong]
    return table.sort_values("confidence", ascending=False, kind="stable").reset_index()


def _side_by_side(tables: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """A column of each model's table; index: the tracks on which every model was tested."""
    columns = {name: table.set_index(_keys(table))[column] for name, table in tables.items()}
    return pd.concat(columns, axis=1, join="inner")


def _facts(tables: Mapping[str, pd.DataFrame], tracks: pd.DataFrame) -> pd.DataFrame:
    """Genre, artist and title of the rows of a `_side_by_side`."""
    table = next(iter(tables.values()))
    return table.set_index(_keys(table))[["genre", "artist", "title"]].loc[tracks.index]


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in ("track_id", "window") if name in table]
