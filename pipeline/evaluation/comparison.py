"""Models against each other, on the tracks that all of them were tested on."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.evaluation.significance import paired_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.artifacts.reader import Artifacts


def comparable(artifacts: Artifacts, models: Iterable[str], protocol: str) -> list[str]:
    """Models that were tested in the folds of a protocol, so that a difference means something."""
    return [m for m in models if protocol not in artifacts.models[m].folds_unknown]


def compare(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every pair of models on the same tracks.

    Returns
    -------
    pd.DataFrame
        ``model_a, model_b``; ``only_a, only_b``: tracks that only one has right; ``difference`` of
        their accuracies (a less b); and of the `paired_test` over artists: the simultaneous 95 %
        interval ``low, high``, ``p`` of the pair alone, ``p_adjusted`` for all pairs, and
        ``significant``.
    """
    right = _side_by_side(tables, "right")
    a, b = np.triu_indices(len(tables), 1)
    ahead = right.to_numpy(dtype=int)[:, a] - right.to_numpy(dtype=int)[:, b]  # (n_tracks, n_pairs)
    by_artist = pd.DataFrame(ahead).groupby(_facts(tables, right)["artist"].to_numpy())
    test = paired_test(by_artist.sum().to_numpy(dtype=float), by_artist.size().to_numpy())
    pairs = pd.DataFrame(combinations(tables, 2), columns=["model_a", "model_b"])
    return pairs.assign(
        only_a=(ahead > 0).sum(axis=0),
        only_b=(ahead < 0).sum(axis=0),
        difference=ahead.mean(axis=0),
        **test._asdict(),
    )


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
    right = _side_by_side(tables, "right").sum(axis=1)
    differ = predicted.ne(predicted.iloc[:, 0], axis=0).any(axis=1)
    uneven = (right[differ] - len(tables) / 2).abs().to_numpy()
    table = facts.join(predicted).assign(right=right)[differ]
    return table.iloc[np.argsort(uneven, kind="stable")].reset_index()


def _side_by_side(tables: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """A column of each model's table; index: the tracks on which every model was tested."""
    first = next(iter(tables.values()))
    keys = _keys(first)
    index = first.set_index(keys).index  # shared where tracks are the same: it is slow to make
    columns = {
        name: table[column].set_axis(index)
        if table[keys].equals(first[keys])
        else table.set_index(keys)[column]
        for name, table in tables.items()
    }
    return pd.concat(columns, axis=1, join="inner")


def _facts(tables: Mapping[str, pd.DataFrame], tracks: pd.DataFrame) -> pd.DataFrame:
    """Genre (or label), artist and title of the rows of a `_side_by_side`."""
    table = next(iter(tables.values()))
    table = table.assign(genre=table.get("label", table["genre"]))
    return table.set_index(_keys(table))[["genre", "artist", "title"]].loc[tracks.index]


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in ("track_id", "window") if name in table]
