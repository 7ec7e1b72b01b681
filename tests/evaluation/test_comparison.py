"""Comparing models: pairs on the same tracks, agreement and shared errors."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from support.predictions import answers_of, drawn, truth_of

from pipeline.evaluation.comparison import agreement, compare, disagreements
from pipeline.evaluation.significance import paired_test


def pair(only_a: int, only_b: int, both: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two models' answers with so many tracks that only one, or both, have right."""
    n = only_a + only_b + both
    truth = np.zeros(n, dtype=int)
    said_a, said_b = truth.copy(), truth.copy()
    said_b[:only_a] = 1
    said_a[only_a : only_a + only_b] = 1
    one, other = (answers_of(np.eye(2)[said], truth, np.arange(n)) for said in (said_a, said_b))
    return one, other


def models() -> dict[str, pd.DataFrame]:
    """Answers of four models, `d` worse than the others, to the same tracks."""
    tables = {name: drawn(seed) for seed, name in enumerate("abc")}
    truth = truth_of(tables["a"], 4)
    guesses = np.random.default_rng(5).dirichlet(np.ones(4), len(truth))
    guessed = answers_of(guesses, truth, np.arange(200) % 40, np.arange(200) % 5)
    return tables | {"d": guessed.sample(frac=1, random_state=0)}


def test_compare_has_every_pair_once() -> None:
    """Each pair in the order of the models, with what only one of the two has right."""
    tables = models()
    table = compare(tables)
    pairs = list(zip(table["model_a"], table["model_b"], strict=True))
    assert pairs == list(combinations("abcd", 2))
    for row in table.itertuples():
        a, b = (tables[m].set_index("track_id")["right"] for m in (row.model_a, row.model_b))
        assert (row.only_a, row.only_b) == ((a & ~b).sum(), (b & ~a).sum())
        assert row.difference == pytest.approx(a.mean() - b.mean())
        assert row.low <= row.difference <= row.high


def test_compare_tests_differences_by_artist() -> None:
    """Intervals, p and verdicts are those of the test on sums over the tracks of artists."""
    tables = models()
    right = {m: t.groupby("artist")["right"].sum().to_numpy(dtype=float) for m, t in tables.items()}
    ahead = np.stack([right[a] - right[b] for a, b in combinations("abcd", 2)], axis=1)
    table, test = compare(tables), paired_test(ahead, np.full(40, 5))
    for name, expected in test._asdict().items():
        np.testing.assert_array_equal(table[name], expected)
    assert set(table["significant"]) == {True, False}


def test_compare_matches_tracks_and_windows_not_rows() -> None:
    """Answers in another order, and about windows, are compared with their like."""
    a, b = pair(3, 9)
    for copies in (1, 2):
        one, other = (pd.concat([t.assign(window=n) for n in range(copies)]) for t in (a, b))
        table = compare({"a": one, "b": other.sample(frac=1, random_state=0)})
        assert table[["only_a", "only_b"]].to_numpy().tolist() == [[3 * copies, 9 * copies]]


def test_windows_of_a_track_count_with_their_artist() -> None:
    """A hundred windows of each of eight artists' tracks do not make a difference significant."""
    a, b = (pd.concat([t.assign(window=n) for n in range(100)]) for t in pair(6, 1, both=1))
    row = compare({"a": a, "b": b}).iloc[0]
    assert row["p"] == pytest.approx(binomtest(6, 7).pvalue, abs=0.03)
    assert not row["significant"]


def test_models_are_compared_on_the_tracks_that_all_answered() -> None:
    """What one model was not asked is no disagreement and no error of its."""
    tables = {"a": drawn(0), "b": drawn(1).iloc[50:], "c": drawn(2).iloc[:150]}
    common = {name: drawn(seed).iloc[50:150] for seed, name in enumerate("abc")}
    for show in (compare, agreement, disagreements):
        pd.testing.assert_frame_equal(show(tables), show(common))


def test_compare_of_one_artist_has_no_interval_and_of_one_model_no_rows() -> None:
    """What cannot be said is NaN or absent; the columns stay."""
    tables = {"a": drawn(0, artists=1), "b": drawn(1, artists=1)}
    table = compare(tables)
    assert table[["low", "high"]].isna().all(axis=None)
    assert table[["difference", "p"]].notna().all(axis=None)
    alone = compare({"a": tables["a"]})
    assert len(alone) == 0
    assert alone.columns.tolist() == table.columns.tolist()


def test_agreement_counts_equal_answers() -> None:
    """Each cell is the share of tracks called the same, matched by track."""
    tables = models()
    matrix = agreement(tables)
    assert matrix.index.tolist() == matrix.columns.tolist() == list("abcd")
    for a, b in [("a", "a"), ("a", "b"), ("b", "a"), ("c", "d")]:
        one, other = (tables[name].set_index("track_id")["predicted"] for name in (a, b))
        same = sum(one[track] == other[track] for track in one.index) / len(one)
        assert matrix.loc[a, b] == pytest.approx(same)


def said_by_three() -> dict[str, pd.DataFrame]:
    """Truth is c00 throughout; track by track all right, 2, 1, 0 right, and all wrong alike."""
    said = {"a": [0, 0, 0, 1, 2], "b": [0, 0, 1, 2, 2], "c": [0, 1, 2, 1, 2]}
    truth, artist = np.zeros(5, dtype=int), np.arange(5)
    shares = {name: np.where(np.eye(3)[words] == 1, 0.5, 0.25) for name, words in said.items()}
    return {name: answers_of(p, truth, artist) for name, p in shares.items()}


def test_disagreements_put_what_divides_models_first() -> None:
    """Tracks that all call the same are absent; those that none knows come last."""
    table = disagreements(said_by_three())
    assert table.columns.tolist() == [
        *("track_id", "genre", "artist", "title", "a", "b", "c", "right"),
    ]
    assert table["track_id"].tolist() == ["t1", "t2", "t3"]
    assert table["right"].tolist() == [2, 1, 0]
    assert table.loc[1, ["a", "b", "c"]].tolist() == ["c00", "c01", "c02"]


def test_models_that_say_the_same_have_no_disagreements() -> None:
    """Empty tables keep their columns."""
    table = drawn()
    same = {"a": table, "b": table}
    assert disagreements(same).empty
    assert {"track_id", "a", "b", "right"} <= set(disagreements(same))
    assert (agreement(same) == 1).all(axis=None)
