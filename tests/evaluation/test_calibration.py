"""Temperatures, reliability, and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from scipy.stats import t
from sklearn.metrics import (
    log_loss,
)
from support.predictions import answers_of, confident, drawn, names_of, truth_of

from pipeline.evaluation.calibration import (
    calibrated,
    coverage,
    reliability,
)
from pipeline.evaluation.scores import (
    accuracy,
    ece,
    scores,
)
from pipeline.evaluation.temperature import length_class, temperature, temperatures, tempered


def test_tempering_by_one_changes_nothing_and_by_two_takes_roots() -> None:
    """p^(1/T) normalised: 0.8 and 0.2 become 2/3 and 1/3 with T = 2."""
    p = np.array([[0.8, 0.2], [0.5, 0.5]])
    np.testing.assert_allclose(tempered(p, 1), p)
    np.testing.assert_allclose(tempered(p, 2), [[2 / 3, 1 / 3], [0.5, 0.5]])
    np.testing.assert_allclose(tempered(p[0], 2), [2 / 3, 1 / 3])


def test_tempered_certainty_stays_finite() -> None:
    """A probability of 0 counts as 1e-6: with T = 2 it becomes 1e-3 to 1."""
    p = tempered(np.array([[1.0, 0.0]]), 2)
    np.testing.assert_allclose(p, [[1 / 1.001, 1e-3 / 1.001]])


@pytest.mark.parametrize("known", [0.5, 1, 2.5])
def test_temperature_of_known_data_comes_back(known: float) -> None:
    """Truths drawn from p, shown as p^T: the fit finds T."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 5))
    truth = (rng.gumbel(size=logits.shape) + logits).argmax(axis=1)  # drawn from softmax(logits)
    shown = softmax(known * logits, axis=1)
    assert temperature(shown, truth) == pytest.approx(known, rel=0.05)


def test_no_other_temperature_has_less_log_loss() -> None:
    """A fine grid over all allowed temperatures finds nothing better."""
    table = drawn()
    p, truth = table[names_of(4)].to_numpy(), truth_of(table, 4)
    grid = np.geomspace(0.05, 20, 200)
    losses = [log_loss(truth, tempered(p, t)) for t in grid]
    best = temperature(p, truth)
    assert log_loss(truth, tempered(p, best)) <= min(losses) + 1e-6
    assert best == pytest.approx(grid[np.argmin(losses)], rel=0.03)


def test_weight_of_two_is_a_track_twice() -> None:
    """Weights count tracks; a weight of zero leaves one out."""
    table = drawn()
    p, truth = table[names_of(4)].to_numpy(), truth_of(table, 4)
    weights = np.arange(len(truth)) % 3
    again = np.repeat(np.arange(len(truth)), weights)
    weighed = temperature(p, truth, weights)
    assert weighed == pytest.approx(temperature(p[again], truth[again]), rel=1e-3)
    assert weighed != pytest.approx(temperature(p, truth), rel=1e-3)


def test_temperature_where_there_is_nothing_to_learn_is_one() -> None:
    """Neither no tracks nor equal probabilities speak for a temperature."""
    assert temperature(np.empty((0, 3)), np.empty(0, dtype=int)) == 1
    assert temperature(np.full((4, 4), 0.25), np.arange(4)) == 1


@pytest.mark.parametrize(("said", "limit"), [([1, 2, 0], 20), ([0, 1, 2], 0.05)])
def test_temperature_keeps_to_its_limits(said: list[int], limit: float) -> None:
    """A model that is never right is as flat as allowed, one always right as steep."""
    p = np.where(np.eye(3)[said] == 1, 0.5, 0.25)
    assert temperature(p, np.arange(3)) == pytest.approx(limit, rel=0.01)


@pytest.mark.parametrize("folds", [1, 5])
def test_calibrated_probabilities_are_honest_and_say_the_same(folds: int) -> None:
    """Of an overconfident model, calibration halves the ece, lowers the loss, keeps the answers."""
    table, names = drawn(n=2000, artists=200), names_of(4)
    sure = tempered(table[names].to_numpy(), 0.3)
    table = answers_of(sure, truth_of(table, 4), np.arange(2000) % 200, np.arange(2000) % folds)
    after = calibrated(table, names)
    pd.testing.assert_series_equal(after["predicted"], table["predicted"])
    np.testing.assert_array_equal(after[names].to_numpy().argmax(axis=1), sure.argmax(axis=1))
    np.testing.assert_allclose(after[names].sum(axis=1), 1)
    np.testing.assert_allclose(after["confidence"], after[names].max(axis=1))
    assert ece(after) < ece(table) / 2
    assert scores(after, names)["log_loss"] < scores(table, names)["log_loss"]


def test_calibration_of_a_fold_does_not_know_its_labels() -> None:
    """Other labels in fold 2 change the probabilities of the other folds, never its own."""
    table, names = drawn(), names_of(4)
    own = table["fold"] == 2
    other = table.assign(genre=table["genre"].where(~own, "c00"))
    before, after = calibrated(table, names), calibrated(other, names)
    pd.testing.assert_frame_equal(before.loc[own, names], after.loc[own, names])
    assert (before.loc[~own, "confidence"] != after.loc[~own, "confidence"]).all()


def test_long_recordings_have_a_temperature_of_their_own() -> None:
    """Answers from many windows are too flat, and those from one are not: each is mended."""
    table, names = drawn(n=2000, artists=200), names_of(4)
    honest, long = table[names].to_numpy(), np.arange(2000) % 2 == 1
    shown = np.where(long[:, None], tempered(honest, 3.0), honest)
    windows = np.where(long, 9, 1)
    one, some, many = temperatures(shown, truth_of(table, 4), windows)
    expected = temperature(honest[~long], truth_of(table, 4)[~long])
    assert one == pytest.approx(expected, rel=0.02)
    assert many == pytest.approx(temperature(honest[long], truth_of(table, 4)[long]) / 3, rel=0.02)
    # Of recordings of two to four windows there are none: they get what fits all.
    assert some == temperature(shown, truth_of(table, 4))
    assert length_class([1, 2, 4, 5, 60]).tolist() == [0, 1, 1, 2, 2]


def test_a_genre_of_long_recordings_does_not_make_all_of_them_sure() -> None:
    """Lengths are compared as if each had the genres in the same proportions."""
    table, names = drawn(n=4000, artists=400), names_of(4)
    honest, truth = table[names].to_numpy(), truth_of(table, 4)
    easy = truth == 0
    shown = np.where(easy[:, None], np.eye(4)[truth] * 0.5 + 0.125, honest)  # always right, unsure
    long = np.where(easy, np.arange(4000) % 10 != 0, np.arange(4000) % 10 == 0)
    one, _, many = temperatures(shown, truth, np.where(long, 9, 1))
    assert many == pytest.approx(one, rel=0.1)
    assert temperature(shown[long], truth[long]) < 0.7 * temperature(shown[~long], truth[~long])


def test_calibration_of_a_single_fold_does_not_know_the_labels_of_an_artist() -> None:
    """Other labels for one artist leave the probabilities of all the artist's tracks alone."""
    table, names = drawn().assign(fold=0), names_of(4)
    own = table["artist"] == "artist 007"
    other = table.assign(genre=table["genre"].where(~own, "c00"))
    before, after = calibrated(table, names), calibrated(other, names)
    pd.testing.assert_frame_equal(before.loc[own, names], after.loc[own, names])
    changed = (before["confidence"] != after["confidence"]).mean()
    assert changed == pytest.approx(0.8)  # all but the artist's fifth


def test_calibration_of_two_artists_learns_each_from_the_other() -> None:
    """Fewer artists than parts: as many parts as artists."""
    table, names = drawn(artists=2).assign(fold=0), names_of(4)
    after = calibrated(table, names)
    for own in (table["artist"] == name for name in table["artist"].unique()):
        learnt = temperature(table.loc[~own, names].to_numpy(), truth_of(table[~own], 4))
        expected = tempered(table.loc[own, names].to_numpy(), learnt)
        np.testing.assert_allclose(after.loc[own, names], expected)


def test_calibration_of_one_artist_changes_nothing() -> None:
    """There is nobody to learn from."""
    table = drawn(artists=1).assign(fold=0)
    after = calibrated(table, names_of(4))
    np.testing.assert_allclose(after[names_of(4)], table[names_of(4)])


@pytest.mark.parametrize("bins", [1, 7, 10, 15])
def test_ece_is_the_mean_gap_of_the_reliability_curve(bins: int) -> None:
    """Weighed by tracks: the figure beside the curve is the curve's."""
    table = drawn()
    low = np.arange(bins) / bins
    gaps = []
    for start in low:
        part = table[(table["confidence"] > start) & (table["confidence"] <= start + 1 / bins)]
        gaps.append(abs(part["confidence"].sum() - part["right"].sum()) / len(table))
    assert ece(table, bins) == pytest.approx(sum(gaps))
    curve = reliability(table, bins)
    off = (curve["confidence"] - curve["accuracy"]).abs() * curve["count"] / len(table)
    assert off.sum() == pytest.approx(sum(gaps))


def test_reliability_by_hand() -> None:
    """Each bin has its upper end; no confidence is lost, also where rounding passes 1."""
    table = confident([0.0, 0.2, 0.25, 0.5, 1.0000001], [False, True, False, True, True])
    curve = reliability(table, 4)
    assert curve["low"].tolist() == [0, 0.25, 0.5, 0.75]
    assert curve["high"].tolist() == [0.25, 0.5, 0.75, 1]
    assert curve["count"].tolist() == [3, 1, 0, 1]
    np.testing.assert_allclose(curve["confidence"], [0.15, 0.5, np.nan, 1], rtol=1e-6)
    np.testing.assert_allclose(curve["accuracy"], [1 / 3, 1, np.nan, 1])


def test_reliability_intervals_are_those_of_accuracy() -> None:
    """Each bin's ends are over the artists in it; an empty bin has none."""
    table = drawn()
    curve = reliability(table, 10)
    for row in curve[curve["count"] > 0].itertuples():
        part = table[(table["confidence"] > row.low) & (table["confidence"] <= row.high)]
        found = (row.accuracy, row.accuracy_low, row.accuracy_high)
        assert found == pytest.approx(accuracy(part))
    assert curve.loc[curve["count"] == 0, ["accuracy_low", "accuracy_high"]].isna().all(axis=None)
    assert (curve["count"] == 0).any()


def test_reliability_is_less_certain_where_tracks_are_by_few_artists() -> None:
    """Thirty tracks that are all right: by thirty artists, by five, by one. No whisker is a point.

    By hand: z² / (n + z²) below 1, with as many artists for n; of one, nothing is known.
    """
    low = {}
    for artists in (30, 5, 1):
        table = confident([0.9] * 30, [True] * 30).assign(artist=np.arange(30) % artists)
        row = reliability(table, 4).iloc[-1]
        assert row["accuracy"] == row["accuracy_high"] == 1
        low[artists] = row["accuracy_low"]
    expected = {n: n / (n + t.ppf(0.975, n) ** 2) for n in (30, 5)} | {1: 0}
    assert low == pytest.approx(expected)


def test_coverage_by_hand() -> None:
    """Equally sure answers are taken together; in the end all are, at the plain accuracy."""
    table = confident([0.5, 0.9, 0.5, 0.7], [False, True, True, False])
    curve = coverage(table)
    np.testing.assert_allclose(curve["threshold"], [0.9, 0.7, 0.5])
    np.testing.assert_allclose(curve["coverage"], [1 / 4, 2 / 4, 1])
    np.testing.assert_allclose(curve["accuracy"], [1, 1 / 2, 2 / 4])


def test_coverage_is_what_each_threshold_lets_through() -> None:
    """A row tells what a user gets who refuses answers below its threshold."""
    table = drawn(n=60)
    for row in coverage(table).itertuples():
        taken = table[table["confidence"] >= row.threshold]
        assert row.coverage == pytest.approx(len(taken) / 60)
        assert row.accuracy == pytest.approx(taken["right"].mean())
