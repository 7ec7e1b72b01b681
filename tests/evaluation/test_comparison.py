"""Comparing models: McNemar, intervals of differences, agreement and shared errors."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from support.predictions import answers_of, drawn, truth_of

from pipeline.evaluation import comparison
from pipeline.evaluation.comparison import agreement, compare, disagreements, unanimous_errors
from pipeline.evaluation.intervals import RESAMPLES


def pair(only_a: int, only_b: int, both: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two models' answers with so many tracks that only one, or both, have right."""
    n = only_a + only_b + both
    truth = np.zeros(n, dtype=int)
    said_a, said_b = truth.copy(), truth.copy()
    said_b[:only_a] = 1
    said_a[only_a : only_a + only_b] = 1
    one, other = (answers_of(np.eye(2)[said], truth, np.arange(n)) for said in (said_a, said_b))
    return one, other


@pytest.mark.parametrize(("only_a", "only_b"), [(1, 7), (12, 3), (0, 1), (30, 41)])
def test_mcnemar_is_the_exact_test_less_the_observed(only_a: int, only_b: int) -> None:
    """Mid-p is the exact p of statsmodels less the probability of what was seen."""
    a, b = pair(only_a, only_b)
    exact = mcnemar([[5, only_a], [only_b, 0]], exact=True).pvalue
    seen = comb(only_a + only_b, only_a) / 2 ** (only_a + only_b)
    result = comparison.mcnemar(a, b)
    assert result[:2] == (only_a, only_b)
    assert result.p == pytest.approx(exact - seen)


def test_mcnemar_of_the_published_example() -> None:
    """Fagerland et al. 2013, table 1 (Bentur et al.): 1 against 7 gives mid-p 0.0391."""
    assert comparison.mcnemar(*pair(1, 7)).p == pytest.approx(0.0391, abs=5e-5)


def test_mcnemar_of_equal_models_is_one() -> None:
    """A model is not better than itself, nor one that is alone right as often."""
    table = drawn()
    assert comparison.mcnemar(table, table) == (0, 0, 1)
    assert comparison.mcnemar(*pair(4, 4)).p == pytest.approx(1)


def test_mcnemar_matches_tracks_and_windows_not_rows() -> None:
    """Answers in another order, and about windows, are compared with their like."""
    a, b = pair(3, 9)
    shuffled = comparison.mcnemar(a, b.sample(frac=1, random_state=0))
    assert shuffled == comparison.mcnemar(a, b)
    a, b = (pd.concat([table.assign(window=n) for n in range(2)]) for table in (a, b))
    assert comparison.mcnemar(a, b.sample(frac=1, random_state=0))[:2] == (6, 18)


def models() -> dict[str, pd.DataFrame]:
    """Answers of four models, `d` worse than the others, to the same tracks."""
    tables = {name: drawn(seed) for seed, name in enumerate("abc")}
    truth = truth_of(tables["a"], 4)
    guesses = np.random.default_rng(5).dirichlet(np.ones(4), len(truth))
    guessed = answers_of(guesses, truth, np.arange(200) % 40, np.arange(200) % 5)
    return tables | {"d": guessed.sample(frac=1, random_state=0)}


def test_compare_has_every_pair_once() -> None:
    """Each pair in the order of the models, with McNemar's test of the two."""
    tables = models()
    table = compare(tables)
    assert list(zip(table["model_a"], table["model_b"], strict=True)) == list(
        combinations("abcd", 2)
    )
    for row in table.itertuples():
        a, b = tables[row.model_a], tables[row.model_b]
        assert (row.only_a, row.only_b, row.p) == pytest.approx(tuple(comparison.mcnemar(a, b)))
        assert row.difference == pytest.approx(a["right"].mean() - b["right"].mean())


def test_compare_corrects_for_the_number_of_pairs_by_holm() -> None:
    """Corrected p are those of statsmodels, and some but not all pairs differ."""
    table = compare(models())
    significant, corrected, *_ = multipletests(table["p"], alpha=0.05, method="holm")
    np.testing.assert_allclose(table["p_holm"], corrected)
    assert table["significant"].tolist() == significant.tolist()
    assert set(significant) == {True, False}


def test_compare_never_corrects_p_beyond_one() -> None:
    """Models that hardly differ have p of 1 after correction, as in statsmodels."""
    one, other = pair(2, 3)
    table = compare({"a": one, "b": other, "c": one, "d": other})
    np.testing.assert_allclose(table["p_holm"], multipletests(table["p"], method="holm")[1])
    assert table["p_holm"].tolist() == [1] * 6


def test_models_are_compared_on_the_tracks_that_all_answered() -> None:
    """What one model was not asked is no disagreement and no error of its."""
    tables = {"a": drawn(0), "b": drawn(1).iloc[50:], "c": drawn(2).iloc[:150]}
    common = {name: drawn(seed).iloc[50:150] for seed, name in enumerate("abc")}
    for show in (compare, agreement, disagreements):
        pd.testing.assert_frame_equal(show(tables), show(common))


def test_compare_resamples_artists_in_pairs() -> None:
    """The interval is that of `scipy.stats.bootstrap` on both models' right answers by artist."""
    tables = models()
    row = compare(tables).set_index(["model_a", "model_b"]).loc[("a", "d")]
    sums = [tables[name].groupby("artist")["right"].sum().to_numpy() for name in "ad"]
    size = tables["a"].groupby("artist").size().to_numpy()
    ends = bootstrap(
        (*sums, size),
        lambda a, b, n, axis: (a.sum(axis=axis) - b.sum(axis=axis)) / n.sum(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=RESAMPLES,
        rng=0,
    ).confidence_interval
    assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high))


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


def test_unanimous_errors_are_what_all_call_the_same_and_wrong() -> None:
    """Not what is right, nor what models get wrong in different ways."""
    tables = said_by_three()
    tables["a"]["confidence"] = 0.8
    (row,) = unanimous_errors(tables).to_dict("records")
    assert (row["track_id"], row["genre"], row["predicted"]) == ("t4", "c00", "c02")
    assert row["confidence"] == pytest.approx((0.8 + 0.5 + 0.5) / 3)


def test_unanimous_errors_come_with_the_surest_first() -> None:
    """A label is the more suspect, the surer the models."""
    table = unanimous_errors({"a": drawn()})
    wrong = drawn().query("not right").sort_values("confidence", ascending=False)
    assert table["track_id"].tolist() == wrong["track_id"].tolist()


def test_models_that_say_the_same_have_no_disagreements() -> None:
    """Empty tables keep their columns."""
    table = drawn()
    same = {"a": table, "b": table}
    assert disagreements(same).empty
    assert {"track_id", "a", "b", "right"} <= set(disagreements(same))
    assert (agreement(same) == 1).all(axis=None)
