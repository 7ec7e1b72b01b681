"""Slices on which a model is weak, found by trees and measured on artists that they did not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.evaluation.scores import accuracy
from pipeline.evaluation.slices import Slice, bins, columns, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARTS = 5  # into which artists are divided
DEPTH = 2
MIN_LEAF = 15  # predictions
RESAMPLES = 1999
TOGETHER = "all of these"


def weak_slices(table: pd.DataFrame, tracks: pd.DataFrame) -> pd.DataFrame:
    """The slice that each of five trees expects to be hardest, on artists that it did not see.

    A tree is fitted to predict, from the facts of a track, whether the model is wrong on it. It
    sees four fifths of the artists; its leaf with most mistakes is measured on the other fifth.

    Returns
    -------
    pd.DataFrame
        A row a tree, the weakest first: ``words``, what its leaf is; ``n`` predictions in it and
        their ``artists``; ``accuracy`` with its 95 % interval ``low, high``; ``rest``, the accuracy
        on the other tracks of this fifth; ``p``, see `p_of_difference`; ``p_corrected`` for the
        number of trees (Benjamini & Hochberg 1995). The last row, `TOGETHER`, is of all leaves. No
        prediction is in it because of itself, but it has no p, since the trees saw each other's
        artists. Empty where nothing was found.
    """
    from scipy.stats import false_discovery_control

    found = list(_found(table, facts_of(table, tracks)))
    if not found:
        return pd.DataFrame()
    rows = np.concatenate([row.pop("rows") for row in found])
    frame = pd.DataFrame(found)
    frame["p_corrected"] = false_discovery_control(frame["p"])
    every = {"words": TOGETHER, **_measured(table, np.isin(np.arange(len(table)), rows))}
    frame = frame.sort_values(["p", "accuracy"], ignore_index=True)
    return pd.concat([frame, pd.DataFrame([every])], ignore_index=True)


def _found(table: pd.DataFrame, facts: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """What each tree found; left out where its leaf has all unseen tracks, or one artist's."""
    from sklearn.model_selection import GroupKFold

    questions = list(_questions(facts))
    parts = min(PARTS, table["artist"].nunique())
    if not questions or parts < 2:
        return
    holds = np.column_stack([question.holds(facts) for question in questions])
    wrong = ~table["right"].to_numpy(dtype=bool)
    for seen, unseen in GroupKFold(parts).split(holds, groups=table["artist"]):
        path = _weakest_leaf(holds[seen], wrong[seen])
        if not path:
            continue
        own = np.all([holds[unseen, i] == answer for i, answer in path], axis=0)
        part = table.iloc[unseen]
        n_artists = part["artist"][own].nunique()
        if n_artists > 1 and not own.all():
            words = in_words([(questions[i], answer) for i, answer in path])
            p = p_of_difference(part, own)
            yield {"words": words, **_measured(part, own), "p": p, "rows": unseen[own]}


def _questions(facts: pd.DataFrame) -> Iterator[Slice]:
    """What a tree may ask: whether a text is a given one, whether a number is below one."""
    for column in columns(facts):
        for part in bins(facts, column):
            if isinstance(part.value, str):
                yield part
            elif np.isfinite(part.value[1]):
                yield Slice(column, (-np.inf, part.value[1]))


def _weakest_leaf(holds: np.ndarray, wrong: np.ndarray) -> list[tuple[int, bool]]:
    """Questions and answers that lead to the leaf with most mistakes; none if nothing divides."""
    from sklearn.tree import DecisionTreeRegressor

    grower = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=MIN_LEAF, random_state=0)
    grown = grower.fit(holds, wrong)
    leaves = grown.apply(holds)
    share = grown.tree_.value[:, 0, 0]
    row = holds[share[leaves].argmax()]  # any track of the leaf
    asked = grown.tree_.feature[grown.decision_path(row[None]).indices]
    return [(int(i), bool(row[i])) for i in asked if i >= 0]


def in_words(path: Sequence[tuple[Slice, bool]]) -> str:
    """What tracks have in common that answer so, as in "genre rock and length below 3 s".

    Parameters
    ----------
    path
        Slices, and whether the tracks are in them. A range must have no lower end.
    """
    ranges: dict[str, tuple[float, float]] = {}
    texts = [(part, held) for part, held in path if isinstance(part.value, str)]
    for part, held in path:
        if isinstance(part.value, tuple):
            (low, high), edge = ranges.get(part.column, (-np.inf, np.inf)), part.value[1]
            ends = (low, min(high, edge)) if held else (max(low, edge), high)
            ranges[part.column] = ends
    known = {part.column: part.words for part, held in texts if held}
    others: dict[str, list[str]] = {}
    for part, held in texts:
        if not held and part.column not in known:
            others.setdefault(part.column, []).append(part.words)
    said = [*known.values(), *(f"not {' or '.join(words)}" for words in others.values())]
    return " and ".join([*said, *(Slice(*each).words for each in ranges.items())])


def _measured(table: pd.DataFrame, own: np.ndarray) -> dict[str, Any]:
    inside = accuracy(table[own])
    return {
        "n": int(own.sum()),
        "artists": table["artist"][own].nunique(),
        "accuracy": inside.value,
        "low": inside.low,
        "high": inside.high,
        "rest": float(table["right"][~own].mean()),
    }


def p_of_difference(table: pd.DataFrame, own: np.ndarray) -> float:
    """How likely chance alone makes a slice as much weaker than the rest.

    The difference is a sum over artists. Under the null hypothesis each artist's part of it is as
    likely to be positive as negative, so their signs are exchanged at random. Tracks of one artist
    are not taken for independent.
    """
    from scipy.stats import permutation_test

    beyond = table["right"].to_numpy(dtype=float) - table["right"].mean()
    weight = np.where(own, 1 / own.sum(), -1 / (~own).sum())
    by_artist = np.bincount(pd.factorize(table["artist"])[0], beyond * weight)
    test = permutation_test(
        (by_artist,),
        np.sum,
        permutation_type="samples",
        alternative="less",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=1000,
        random_state=0,
    )
    return float(test.pvalue)
