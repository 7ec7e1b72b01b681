"""Slices on which a model is weak, found by trees and measured on artists that they did not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.evaluation.scores import accuracy
from pipeline.evaluation.slices import Slice, bins, columns, facts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

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
        leaf = np.all([holds[:, i] == answer for i, answer in path], axis=0)
        own, part = leaf[unseen], table.iloc[unseen]
        n_artists = part["artist"][own].nunique()
        if n_artists > 1 and not own.all():
            missing = facts.columns[facts[leaf].isna().any()]
            words = in_words([(questions[i], answer) for i, answer in path], missing)
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


def in_words(path: Sequence[tuple[Slice, bool]], missing: Collection[str] = ()) -> str:
    """What tracks have in common that answer so, as in "genre rock and length below 3 s".

    Parameters
    ----------
    path
        Slices, and whether the tracks are in them. A range must have no lower end.
    missing
        Columns in which some of these tracks have no value.
    """
    held = {part.column: part.words for part, answer in path if answer and _is_text(part)}
    ranges = _ranges([each for each in path if each[0].column not in held])
    others: dict[str, list[str]] = {}
    for part, _ in path:
        if _is_text(part) and part.column not in {*held, *ranges}:
            others.setdefault(part.column, []).append(part.words)
    said = [*held.values(), *(f"not {' or '.join(words)}" for words in others.values())]
    for column, ends in ranges.items():
        words = Slice(column, ends).words
        said.append(f"{words} or unknown" if column in missing else words)
    return " and ".join(said)


def _ranges(path: Sequence[tuple[Slice, bool]]) -> dict[str, tuple[float, float]]:
    """Range of each column of numbers that answers leave."""
    ranges: dict[str, tuple[float, float]] = {}
    for part, answer in path:
        if isinstance(part.value, tuple):
            (low, high), edge = ranges.get(part.column, (-np.inf, np.inf)), part.value[1]
            ranges[part.column] = (low, min(high, edge)) if answer else (max(low, edge), high)
    return ranges


def _is_text(part: Slice) -> bool:
    return isinstance(part.value, str)


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
