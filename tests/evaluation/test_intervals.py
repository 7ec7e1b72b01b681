"""Bootstrap intervals against theory, SciPy and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import (
    f1_score,
    recall_score,
)
from support.predictions import SAID, TRUE, drawn, names_of, table_by_artist, table_of

from pipeline.evaluation import intervals
from pipeline.evaluation.intervals import RESAMPLES
from pipeline.evaluation.scores import (
    Score,
    accuracy,
    interval,
    scores,
)


def test_interval_of_faultless_answers_is_a_point() -> None:
    """Where no track is wrong, no resample has a wrong one."""
    assert accuracy(table_of(TRUE, TRUE)) == (1, 1, 1)


def test_one_artist_gives_no_interval() -> None:
    """One artist says nothing of how artists differ: the ends are NaN, the value stays."""
    value, low, high = accuracy(table_of(TRUE, SAID, ["same"] * 10))
    assert value == pytest.approx(0.6)
    assert np.isnan([low, high]).all()


def test_interval_is_repeatable() -> None:
    """Two visits to the page show the same interval."""
    table = table_of(TRUE, SAID)
    assert accuracy(table) == accuracy(table)


def test_interval_has_the_width_of_the_normal_approximation() -> None:
    """400 independent tracks, half of them right: ± 1.96 √(p (1 - p) / n)."""
    right = np.arange(400)[:, None] % 2 == 0
    value, low, high = accuracy(table_by_artist(right))
    half = 1.96 * np.sqrt(0.25 / 400)
    assert value == 0.5
    assert value - low == pytest.approx(half, rel=0.1)
    assert high - value == pytest.approx(half, rel=0.1)


def test_interval_is_wider_where_tracks_of_an_artist_are_alike() -> None:
    """40 artists of nine tracks, all right or all wrong, are worth 40 tracks: three times wider."""
    right = np.repeat(np.arange(40)[:, None] % 2 == 0, 9, axis=1)
    _, low, high = accuracy(table_by_artist(right))
    _, alone_low, alone_high = accuracy(table_by_artist(right.reshape(-1, 1)))
    assert (high - low) / (alone_high - alone_low) == pytest.approx(3, rel=0.15)


def test_interval_covers_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 200 simulated evaluations of a model that knows 70 %, about 95 % of intervals hold 0.7."""
    monkeypatch.setattr(intervals, "RESAMPLES", 300)
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        skill = rng.beta(1.4, 0.6, size=(50, 1))  # artists differ much; the mean is 0.7
        _, low, high = accuracy(table_by_artist(rng.random((50, 4)) < skill))
        hits += low <= 0.7 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_accuracy_interval_is_that_of_scipy() -> None:
    """Ends are those of `scipy.stats.bootstrap` on right answers and tracks by artist."""
    table = drawn(n=150, artists=37)
    by_artist = table.groupby("artist")["right"].agg(["sum", "size"])
    ends = bootstrap(
        (by_artist["sum"].to_numpy(), by_artist["size"].to_numpy()),
        lambda right, n, axis: right.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=RESAMPLES,
        rng=0,
    ).confidence_interval
    ours = accuracy(table)
    assert (ours.low, ours.high) == pytest.approx((ends.low, ends.high))
    assert interval(table, names_of(4), "accuracy") == pytest.approx(ours)


@pytest.mark.parametrize("score", ["balanced_accuracy", "macro_f1"])
def test_interval_is_that_of_scoring_resampled_tables(
    score: Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends are percentiles of scikit-learn's score of the tables of redrawn artists."""
    monkeypatch.setattr(intervals, "RESAMPLES", 100)
    table, artists = drawn(n=30, artists=6), 6
    tables = [part for _, part in table.groupby("artist")]
    scored = []
    for draw in np.random.default_rng(0).integers(0, artists, (100, artists)):
        again = pd.concat([tables[n] for n in draw])
        asked = sorted(again["genre"].unique())
        said, truth = again["predicted"], again["genre"]
        if score == "macro_f1":
            scored.append(f1_score(truth, said, labels=asked, average="macro", zero_division=0))
        else:
            scored.append(recall_score(truth, said, labels=asked, average="macro"))
    value, low, high = interval(table, names_of(4), score)
    assert value == pytest.approx(scores(table, names_of(4))[score])
    assert (low, high) == pytest.approx(tuple(np.percentile(scored, [2.5, 97.5])))


@pytest.mark.parametrize("score", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_one_artist_gives_no_interval_of_any_score(score: Score) -> None:
    """The ends are NaN, the value stays."""
    table = drawn(artists=1)
    value, low, high = interval(table, names_of(4), score)
    assert value == pytest.approx(scores(table, names_of(4))[score])
    assert np.isnan([low, high]).all()
