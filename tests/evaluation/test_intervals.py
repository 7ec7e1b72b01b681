"""Intervals over artists against closed forms, surveys' formulas and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint
from support.committed import SHAPES, tables_of
from support.predictions import SAID, TRUE, drawn, names_of, table_by_artist, table_of

from pipeline.evaluation.scores import (
    Score,
    accuracy,
    count_outcomes,
    interval,
    interval_of_counts,
    scores,
)

DRAWS = 3000  # over all models: the standard error of a coverage of 93 % is 0.47 points
LEAST = 0.93 - 2 * 0.0047
# In the test of gtzan's fault-filtered split, two genres are by one artist each.
WITH_F1 = [(*shape, "macro_f1") for shape in SHAPES if shape != ("gtzan", "fault_filtered")]
C = names_of(4)
EVERY = ("accuracy", "balanced_accuracy", "macro_f1")


def test_interval_of_independent_tracks_is_wilsons() -> None:
    """One track an artist: nearly the interval of statsmodels, which takes the variance as known.

    The jackknife divides by n - 1, and Student's t has 400 degrees of freedom.
    """
    right = np.arange(400)[:, None] % 4 == 0
    ours = accuracy(table_by_artist(right))
    assert ours.value == 0.25
    expected = proportion_confint(100, 400, method="wilson")
    np.testing.assert_allclose(ours[1:], expected, atol=0.002)


def test_interval_of_artists_who_are_all_right_or_all_wrong_is_that_of_so_many_tracks() -> None:
    """40 artists of nine tracks each are worth 40 tracks, and the ends are Wilson's of 39."""
    right = np.repeat(np.arange(40)[:, None] % 2 == 0, 9, axis=1)
    _, low, high = accuracy(table_by_artist(right))
    z2 = t.ppf(0.975, 40) ** 2  # 40 artists who count the same
    half = np.sqrt(z2 * 0.25 / 39 + z2**2 / 4 / 39**2) / (1 + z2 / 39)
    assert (low, high) == pytest.approx((0.5 - half, 0.5 + half))


def test_interval_by_hand() -> None:
    """Three artists of two tracks, of which 2, 1 and 0 are right: left out, 1/4, 1/2 and 3/4.

    They move by 1/4, 0 and 1/4, so the variance is 2/3 · 1/8 = 1/12, the effective number is
    (1/4) / (1/12) = 3, and two artists decide: two degrees of freedom.
    """
    value, low, high = accuracy(table_by_artist(np.array([[1, 1], [1, 0], [0, 0]]) == 1))
    z2 = t.ppf(0.975, 2) ** 2
    half = np.sqrt(z2 * 0.25 / 3 + z2**2 / 4 / 9) / (1 + z2 / 3)
    assert (value, low, high) == pytest.approx((0.5, 0.5 - half, 0.5 + half))


def test_interval_is_wider_where_tracks_of_an_artist_are_alike() -> None:
    """Nine tracks all right or all wrong say as much as one: the interval is three times wider."""
    right = np.repeat(np.arange(40)[:, None] % 2 == 0, 9, axis=1)
    _, low, high = accuracy(table_by_artist(right))
    _, alone_low, alone_high = accuracy(table_by_artist(right.reshape(-1, 1)))
    assert (high - low) / (alone_high - alone_low) == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize("right", [True, False])
def test_interval_of_faultless_answers_is_no_point(right: bool) -> None:
    """Twenty artists all right, or all wrong: as Wilson has it for twenty tracks, with t."""
    value, low, high = accuracy(table_by_artist(np.full((20, 3), right)))
    z2 = t.ppf(0.975, 20) ** 2
    width = z2 / (20 + z2)
    expected = (1, 1 - width, 1) if right else (0, 0, width)
    assert (value, low, high) == pytest.approx(expected)


def test_artists_who_are_all_equally_often_right_do_not_make_a_point() -> None:
    """No artist moves the score, but they are only thirty."""
    value, low, high = accuracy(table_by_artist(np.tile([True, False], (30, 1))))
    assert value == 0.5
    assert 0.25 < low < 0.35
    assert 0.65 < high < 0.75


def test_one_artist_may_mean_anything() -> None:
    """One artist says nothing of how artists differ: from 0 to 1, the value stays."""
    assert accuracy(table_of(TRUE, SAID, ["same"] * 10)) == pytest.approx((0.6, 0, 1))


@pytest.mark.parametrize("score", EVERY)
def test_intervals_lie_between_0_and_1_around_their_value(score: Score) -> None:
    """For good models and bad ones, with few artists or many, and the ends differ."""
    for artists in (3, 6, 40):
        for seed in range(10):
            value, low, high = interval(drawn(seed, 30 + 60 * seed, artists=artists), C, score)
            assert 0 <= low < value < high <= 1


def test_accuracy_is_the_same_from_either_table() -> None:
    """The quick way and the general one give one interval."""
    table = drawn(n=150, artists=37)
    assert interval(table, C, "accuracy") == pytest.approx(accuracy(table))


@pytest.mark.parametrize("score", EVERY)
def test_error_is_that_of_scores_without_an_artist(score: Score) -> None:
    """The effective number follows from scikit-learn's scores of tables without each artist."""
    table = drawn(n=120, artists=30)
    value = scores(table, C)[score]
    names = table["artist"].unique()
    left = [scores(table[table["artist"] != name], C)[score] for name in names]
    moved = np.array(left) - value
    bias = 29 * (np.mean(left) - value)
    error = 29 / 30 * (moved**2).sum() + bias**2
    n = min(value * (1 - value) / error, 120)
    z = t.ppf(0.975, (moved**2).sum() ** 2 / (moved**4).sum())
    # An end is where the value is z standard errors away (Wilson 1927).
    for end in interval(table, C, score)[1:]:
        assert abs(value - end) == pytest.approx(z * np.sqrt(end * (1 - end) / n))


@pytest.mark.parametrize("score", ["balanced_accuracy", "macro_f1"])
def test_mean_over_genres_is_not_given_if_one_has_a_single_artist(score: Score) -> None:
    """How well a genre is recognised cannot be told from one artist."""
    table = drawn().assign(artist=lambda t: t["artist"].where(t["genre"] != "c02", "one"))
    assert np.isnan(interval(table, C, score)).all()
    assert np.isnan(scores(table, C)[score])
    assert not np.isnan(interval(table, C, "accuracy")).any()


def counts_of(name: str, protocol: str) -> dict[str, np.ndarray]:
    """What `count_outcomes` gives for each model of a committed benchmark."""
    artifacts, tables = tables_of(name, protocol)
    return {model: count_outcomes(table, artifacts.classes) for model, table in tables.items()}


@pytest.mark.parametrize(
    ("name", "protocol", "score"), [(*s, "accuracy") for s in SHAPES] + WITH_F1
)
def test_intervals_hold_the_truth(name: str, protocol: str, score: Score) -> None:
    """At least 93 % of intervals hold the figure of the artists from whom others are drawn.

    Artists of a committed benchmark, with their tracks and a model's answers, are the population.
    As many are drawn with replacement, again and again. Draws that miss a genre, or have it from
    one artist, do not count, and there must be enough others.
    """
    hits, rng = [], np.random.default_rng(0)
    models = counts_of(name, protocol)
    for counts in models.values():
        truth, tested = interval_of_counts(counts, score).value, counts[:, 2].any(axis=0)
        for _ in range(DRAWS // len(models)):
            again = counts[rng.integers(0, len(counts), len(counts))]
            if score == "accuracy" or ((again[:, 2] > 0).sum(axis=0)[tested] > 1).all():
                _, low, high = interval_of_counts(again, score)
                hits.append(low <= truth <= high)
    assert len(hits) > DRAWS / 2
    assert np.mean(hits) >= LEAST
