"""Scores of hand-made tables against closed forms and scikit-learn."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from scipy.stats import bootstrap
from sklearn.metrics import (
    accuracy_score,
    adjusted_rand_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    normalized_mutual_info_score,
    recall_score,
    top_k_accuracy_score,
)
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from pipeline import evaluate
from pipeline.artifacts import Artifacts, Manifest, ModelCard, publish

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = ["blues", "jazz", "rock"]
TRUE = ["blues"] * 4 + ["jazz"] * 4 + ["rock"] * 2
SAID = ["blues", "blues", "blues", "jazz", "jazz", "jazz", "rock", "rock", "rock", "blues"]


def table_of(genre: list[str], predicted: list[str], artist: list[str] | None = None):
    """The columns of `evaluate.answers` that scores read."""
    table = pd.DataFrame({"genre": genre, "predicted": predicted})
    table["artist"] = artist or [f"artist {n}" for n in range(len(genre))]
    return table.assign(right=table["genre"] == table["predicted"])


def table_by_artist(right: np.ndarray) -> pd.DataFrame:
    """A table where ``right[i, j]`` says whether track j of artist i was told."""
    artists, tracks = right.shape
    said = np.where(right.ravel(), "blues", "jazz").tolist()
    names = [f"artist {n}" for n in np.repeat(np.arange(artists), tracks)]
    return table_of(["blues"] * right.size, said, names)


def answers_of(
    probabilities: np.ndarray, truth: np.ndarray, artist: np.ndarray, fold: np.ndarray | int = 0
) -> pd.DataFrame:
    """All columns of `evaluate.answers`; classes are named c00, c01, ..."""
    names = names_of(probabilities.shape[1])
    ids = [f"t{n}" for n in range(len(truth))]
    table = pd.DataFrame(probabilities, columns=names)
    table = table.assign(track_id=ids, title=ids, fold=fold, genre=np.array(names)[truth])
    table["artist"] = [f"artist {n:03}" for n in artist]
    said = np.array(names)[probabilities.argmax(axis=1)]
    table = table.assign(predicted=said, confidence=probabilities.max(axis=1))
    return table.assign(right=table["predicted"] == table["genre"])


def names_of(n_classes: int) -> list[str]:
    return [f"c{n:02}" for n in range(n_classes)]


def drawn(seed: int = 0, n: int = 200, n_classes: int = 4, artists: int = 40) -> pd.DataFrame:
    """A model that knows something: its logits are noise, with two more for the truth."""
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(99).integers(0, n_classes, n)  # of every seed the same tracks
    logits = rng.normal(size=(n, n_classes)) + 2 * np.eye(n_classes)[truth]
    return answers_of(softmax(logits, axis=1), truth, np.arange(n) % artists, np.arange(n) % 5)


def truth_of(table: pd.DataFrame, n_classes: int) -> np.ndarray:
    return pd.Index(names_of(n_classes)).get_indexer(table["genre"])


def card(title: str) -> ModelCard:
    """Facts of which the leaderboard shows the first three."""
    return ModelCard(
        title=title,
        family="scikit-learn",
        features="timbre",
        learnt_from="timbre",
        file="models/x/model.skops",
        params={},
        facts={},
        temperature=1.0,
        asked={},
        fit_seconds=1.0,
        clip_seconds=1.0,
        peak_bytes=1,
        file_bytes=1,
    )


@pytest.fixture
def hand_made(tmp_path: Path) -> Artifacts:
    """Two models over ten tracks: `good` says SAID, `bad` says blues to everything."""
    ids = [f"t{n}" for n in range(10)]
    said = {"bad": ["blues"] * 10, "good": SAID}
    for model, words in said.items():
        folder = tmp_path / "staged" / "models" / model
        folder.mkdir(parents=True)
        shares = np.where(np.array(CLASSES) == np.array(words)[:, None], 0.5, 0.25)
        table = pd.DataFrame(shares.astype(np.float32), columns=CLASSES)
        table = table.assign(protocol="hand", track_id=ids, window=-1, fold=0).iloc[::-1]
        other = table.assign(protocol="other").iloc[:3]
        pd.concat([table, other]).to_parquet(folder / "predictions.parquet", index=False)
    tracks = pd.DataFrame({"track_id": ids, "genre": TRUE, "artist": ids, "title": ids})
    tracks.to_parquet(tmp_path / "staged" / "tracks.parquet", index=False)
    facts = {"title": "Hand", "description": "", "folds": 1, "tracks": 10}
    manifest = Manifest(
        benchmark="hand",
        title="Hand",
        licence="",
        citation="",
        notes=[],
        classes=CLASSES,
        sample_rate=22_050,
        live=True,
        features={},
        protocols={"hand": facts, "other": facts | {"tracks": 3}},
        models={"bad": card("Bad"), "good": card("Good")},
        left_out={},
        versions={},
        commit="",
        created="",
    )
    return Artifacts(publish(tmp_path / "staged", manifest, tmp_path))


def test_answers_stand_beside_the_truth(hand_made: Artifacts) -> None:
    """Each track of the protocol once, with its own genre, whatever the order of the files."""
    table = evaluate.answers(hand_made, "good", "hand").set_index("track_id")
    table = table.loc[[f"t{n}" for n in range(10)]]
    assert table["genre"].tolist() == TRUE
    assert table["predicted"].tolist() == SAID
    assert table["right"].tolist() == [a == b for a, b in zip(TRUE, SAID, strict=True)]
    assert set(table["confidence"]) == {0.5}
    assert {"artist", "title", "fold", *CLASSES} <= set(table.columns)


def test_answers_of_another_protocol_are_not_mixed_in(hand_made: Artifacts) -> None:
    """A protocol that asks about three tracks gives three answers."""
    assert len(evaluate.answers(hand_made, "good", "other")) == 3


def test_accuracy_is_the_share_of_right_answers() -> None:
    """Six of ten tracks are right, whatever the sizes of the genres."""
    value = evaluate.accuracy(table_of(TRUE, SAID)).value
    assert value == pytest.approx(0.6)
    assert value == pytest.approx(accuracy_score(TRUE, SAID))


def test_accuracy_weighs_tracks_not_artists() -> None:
    """An artist with nine right tracks and one with a single wrong track make 90 %."""
    table = table_of(["jazz"] * 10, ["jazz"] * 9 + ["rock"], ["a"] * 9 + ["b"])
    interval = evaluate.accuracy(table)
    assert interval.value == pytest.approx(0.9)
    assert (interval.low, interval.high) == (0, 1)  # drawn: only b, or only a


def test_interval_of_faultless_answers_is_a_point() -> None:
    """Where no track is wrong, no resample has a wrong one."""
    assert evaluate.accuracy(table_of(TRUE, TRUE)) == (1, 1, 1)


def test_one_artist_gives_no_interval() -> None:
    """One artist says nothing of how artists differ: the ends are NaN, the value stays."""
    value, low, high = evaluate.accuracy(table_of(TRUE, SAID, ["same"] * 10))
    assert value == pytest.approx(0.6)
    assert np.isnan([low, high]).all()


def test_interval_is_repeatable() -> None:
    """Two visits to the page show the same interval."""
    table = table_of(TRUE, SAID)
    assert evaluate.accuracy(table) == evaluate.accuracy(table)


def test_interval_has_the_width_of_the_normal_approximation() -> None:
    """400 independent tracks, half of them right: ± 1.96 √(p (1 - p) / n)."""
    right = np.arange(400)[:, None] % 2 == 0
    value, low, high = evaluate.accuracy(table_by_artist(right))
    half = 1.96 * np.sqrt(0.25 / 400)
    assert value == 0.5
    assert value - low == pytest.approx(half, rel=0.1)
    assert high - value == pytest.approx(half, rel=0.1)


def test_interval_is_wider_where_tracks_of_an_artist_are_alike() -> None:
    """40 artists of nine tracks, all right or all wrong, are worth 40 tracks: three times wider."""
    right = np.repeat(np.arange(40)[:, None] % 2 == 0, 9, axis=1)
    _, low, high = evaluate.accuracy(table_by_artist(right))
    _, alone_low, alone_high = evaluate.accuracy(table_by_artist(right.reshape(-1, 1)))
    assert (high - low) / (alone_high - alone_low) == pytest.approx(3, rel=0.15)


def test_interval_covers_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 200 simulated evaluations of a model that knows 70 %, about 95 % of intervals hold 0.7."""
    monkeypatch.setattr(evaluate, "RESAMPLES", 300)
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        skill = rng.beta(1.4, 0.6, size=(50, 1))  # artists differ much; the mean is 0.7
        _, low, high = evaluate.accuracy(table_by_artist(rng.random((50, 4)) < skill))
        hits += low <= 0.7 <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_macro_f1_by_hand() -> None:
    """The mean of F1 = 2 tp / (2 tp + fp + fn): blues 3/4, jazz 2·2/7, rock 2·1/5."""
    by_hand = np.mean([2 * 3 / (2 * 3 + 1 + 1), 2 * 2 / (2 * 2 + 1 + 2), 2 * 1 / (2 * 1 + 2 + 1)])
    value = evaluate.macro_f1(table_of(TRUE, SAID), CLASSES)
    assert value == pytest.approx(by_hand)
    assert value == pytest.approx(f1_score(TRUE, SAID, average="macro"))


def test_genre_without_test_tracks_does_not_lower_macro_f1() -> None:
    """A genre that nobody asked about is left out of the mean, though it was answered."""
    table = table_of(["blues", "blues", "jazz", "jazz"], ["blues", "blues", "jazz", "rock"])
    assert evaluate.macro_f1(table, CLASSES) == pytest.approx(np.mean([1, 2 / 3]))


def test_per_genre_by_hand() -> None:
    """Precision, recall, support and the share that went wrong of each genre, in their order."""
    table = evaluate.per_genre(table_of(TRUE, SAID), CLASSES)
    assert table.index.tolist() == CLASSES
    np.testing.assert_allclose(table["precision"], [3 / 4, 2 / 3, 1 / 3])
    np.testing.assert_allclose(table["recall"], [3 / 4, 2 / 4, 1 / 2])
    np.testing.assert_allclose(table["wrong"], [1 / 4, 2 / 4, 1 / 2])
    np.testing.assert_allclose(table["f1"], f1_score(TRUE, SAID, labels=CLASSES, average=None))
    assert table["support"].tolist() == [4, 4, 2]


def test_per_genre_keeps_the_order_of_the_classes() -> None:
    """Classes need not stand in alphabetical order."""
    classes = CLASSES[::-1]
    table = evaluate.per_genre(table_of(TRUE, SAID), classes)
    recall = recall_score(TRUE, SAID, labels=classes, average=None)
    assert table.index.tolist() == classes
    np.testing.assert_allclose(table["recall"], recall)


def test_per_genre_without_test_tracks() -> None:
    """Zeros where a score is undefined, and no share of wrong tracks where there are none."""
    table = evaluate.per_genre(table_of(["blues", "jazz"], ["blues", "blues"]), CLASSES)
    assert table.loc["rock", ["precision", "recall", "f1", "support"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(table.loc["rock", "wrong"])
    assert table.loc["jazz", "precision"] == 0
    assert table.loc["jazz", "wrong"] == 1


def test_confusion_counts_by_hand() -> None:
    """Rows are the true genres, columns what was said."""
    matrix = evaluate.confusion(table_of(TRUE, SAID), CLASSES)
    assert matrix.index.tolist() == matrix.columns.tolist() == CLASSES
    assert (matrix.index.name, matrix.columns.name) == ("genre", "predicted")
    assert matrix.to_numpy().tolist() == [[3, 1, 0], [0, 2, 2], [1, 0, 1]]


@pytest.mark.parametrize("normalise", ["true", "pred", "all"])
def test_confusion_shares(normalise: evaluate.Normalise) -> None:
    """Shares of a row, of a column or of everything, as scikit-learn has them."""
    matrix = evaluate.confusion(table_of(TRUE, SAID), CLASSES, normalise).to_numpy()
    np.testing.assert_allclose(matrix, confusion_matrix(TRUE, SAID, normalize=normalise))
    axis = {"true": 1, "pred": 0, "all": None}[normalise]
    np.testing.assert_allclose(matrix.sum(axis=axis), 1)


def test_confusion_of_a_genre_without_test_tracks_is_empty() -> None:
    """Its row is zero, not NaN, also as shares."""
    matrix = evaluate.confusion(table_of(["blues", "jazz"], ["blues", "rock"]), CLASSES, "true")
    assert matrix.loc["rock"].tolist() == [0, 0, 0]


def test_leaderboard_puts_the_best_first(hand_made: Artifacts) -> None:
    """One row a model with the scores of its own answers."""
    board = evaluate.leaderboard(hand_made, "hand")
    assert board["model"].tolist() == ["good", "bad"]
    assert board["title"].tolist() == ["Good", "Bad"]
    assert board["n"].tolist() == [10, 10]
    np.testing.assert_allclose(board["accuracy"], [0.6, 0.4])
    f1 = [f1_score(TRUE, said, average="macro", zero_division=0) for said in (SAID, ["blues"] * 10)]
    np.testing.assert_allclose(board["macro_f1"], f1)
    assert board.loc[0, ["best_genre", "worst_genre"]].tolist() == ["blues", "rock"]
    assert ((board["low"] <= board["accuracy"]) & (board["accuracy"] <= board["high"])).all()


def test_leaderboard_does_not_call_an_unasked_genre_the_worst(hand_made: Artifacts) -> None:
    """Best and worst are chosen among the genres that the protocol asks about."""
    row = evaluate.leaderboard(hand_made, "other").set_index("model").loc["good"]
    assert row["n"] == 3  # jazz once, rock twice
    assert {row["best_genre"], row["worst_genre"]} <= {"jazz", "rock"}


def test_answers_about_windows_stand_beside_the_truth_of_their_track(hand_made: Artifacts) -> None:
    """A track may be asked about twice; each answer keeps its window."""
    once = hand_made.predictions("good", "hand")
    hand_made.predictions = lambda *_: pd.concat(  # type: ignore[method-assign]
        [once.assign(window=0), once.assign(window=1)]
    )
    table = evaluate.answers(hand_made, "good", "hand")
    assert len(table) == 20
    assert table["window"].value_counts().to_dict() == {0: 10, 1: 10}
    own = dict(zip(hand_made.tracks["track_id"], TRUE, strict=True))
    assert table["genre"].tolist() == [own[track] for track in table["track_id"]]


@pytest.mark.parametrize("n_classes", [2, 3, 30])
def test_scores_are_those_of_scikit_learn(n_classes: int) -> None:
    """Every figure is what scikit-learn computes of the same answers."""
    table, names = drawn(n=400, n_classes=n_classes), names_of(n_classes)
    probabilities = table[names].to_numpy()
    truth, said = table["genre"], table["predicted"]
    expected = {
        "accuracy": accuracy_score(truth, said),
        "balanced_accuracy": balanced_accuracy_score(truth, said),
        "macro_f1": f1_score(truth, said, average="macro"),
        "log_loss": log_loss(truth, probabilities, labels=names),
        "brier": brier_score_loss(truth, probabilities, labels=names, scale_by_half=False),
    }
    scores = evaluate.scores(table, names)
    assert {name: scores[name] for name in expected} == pytest.approx(expected)
    for k in range(2, min(n_classes, 4)):  # more guesses than classes are tested below
        top = top_k_accuracy_score(truth, probabilities, k=k, labels=names)
        assert scores[f"top{k}"] == pytest.approx(top)
    assert scores["ece"] == pytest.approx(evaluate.ece(table))


def test_scores_do_not_depend_on_the_order_of_the_classes() -> None:
    """Classes need not stand in alphabetical order."""
    table = drawn()
    forward = evaluate.scores(table, names_of(4))
    assert evaluate.scores(table, names_of(4)[::-1]) == pytest.approx(forward)


def test_scores_of_stored_probabilities_clip_zeros_as_scikit_learn_does() -> None:
    """A forest's zero for the truth costs -log(eps) of 32-bit numbers, not infinity."""
    table = answers_of(np.eye(2, dtype=np.float32)[[0, 0]], np.array([0, 1]), np.arange(2))
    score = evaluate.scores(table, names_of(2))["log_loss"]
    expected = log_loss(table["genre"], table[names_of(2)].to_numpy(), labels=names_of(2))
    assert score == pytest.approx(expected, rel=1e-6)
    assert score == pytest.approx(-np.log(np.finfo(np.float32).eps) / 2, rel=1e-6)


def test_two_classes_are_always_among_the_likeliest_two() -> None:
    """With as many guesses as classes every track is right."""
    scores = evaluate.scores(drawn(n_classes=2), names_of(2))
    assert scores["accuracy"] < scores["top2"] == scores["top3"] == 1


@pytest.mark.parametrize("n", [2, 5, 30])
def test_of_equally_likely_classes_the_first_count(n: int) -> None:
    """Uniform probabilities: said is class 0, and among the first k are the classes below k."""
    table = answers_of(np.full((n, n), 1 / n), np.arange(n), np.arange(n))
    scores = evaluate.scores(table, names_of(n))
    assert scores["accuracy"] == pytest.approx(1 / n)
    assert scores["top2"] == pytest.approx(2 / n)
    assert scores["top3"] == pytest.approx(min(3 / n, 1))
    assert scores["log_loss"] == pytest.approx(np.log(n))
    assert scores["brier"] == pytest.approx(1 - 1 / n)
    assert scores["ece"] == pytest.approx(0)
    assert evaluate.scores(table.iloc[:2], names_of(n))["top2"] == 1  # of c00 and c01


def test_genre_without_test_tracks_does_not_lower_the_means() -> None:
    """Only the two genres asked about count, though a third was answered."""
    table = answers_of(np.eye(3)[[0, 0, 1, 2]], np.array([0, 0, 1, 1]), np.arange(4))
    scores = evaluate.scores(table, names_of(3))
    assert scores["balanced_accuracy"] == pytest.approx((1 + 1 / 2) / 2)
    assert scores["macro_f1"] == pytest.approx((1 + 2 / 3) / 2)


def test_model_that_is_never_right() -> None:
    """Zeros with certainty: no score is undefined, and being sure costs most."""
    table = answers_of(np.eye(3)[[1, 2, 0]], np.arange(3), np.arange(3))
    scores = evaluate.scores(table, names_of(3))
    assert [scores[name] for name in ("accuracy", "balanced_accuracy", "macro_f1")] == [0, 0, 0]
    assert (scores["brier"], scores["ece"]) == (2, 1)
    assert evaluate.interval(table, names_of(3), "macro_f1") == (0, 0, 0)


def test_accuracy_interval_is_that_of_scipy() -> None:
    """Ends are those of `scipy.stats.bootstrap` on right answers and tracks by artist."""
    table = drawn(n=150, artists=37)
    by_artist = table.groupby("artist")["right"].agg(["sum", "size"])
    ends = bootstrap(
        (by_artist["sum"].to_numpy(), by_artist["size"].to_numpy()),
        lambda right, n, axis: right.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=evaluate.RESAMPLES,
        rng=0,
    ).confidence_interval
    interval = evaluate.accuracy(table)
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high))
    assert evaluate.interval(table, names_of(4), "accuracy") == pytest.approx(interval)


@pytest.mark.parametrize("score", ["balanced_accuracy", "macro_f1"])
def test_interval_is_that_of_scoring_resampled_tables(
    score: evaluate.Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends are percentiles of scikit-learn's score of the tables of redrawn artists."""
    monkeypatch.setattr(evaluate, "RESAMPLES", 100)
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
    value, low, high = evaluate.interval(table, names_of(4), score)
    assert value == pytest.approx(evaluate.scores(table, names_of(4))[score])
    assert (low, high) == pytest.approx(tuple(np.percentile(scored, [2.5, 97.5])))


@pytest.mark.parametrize("score", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_one_artist_gives_no_interval_of_any_score(score: evaluate.Score) -> None:
    """The ends are NaN, the value stays."""
    table = drawn(artists=1)
    value, low, high = evaluate.interval(table, names_of(4), score)
    assert value == pytest.approx(evaluate.scores(table, names_of(4))[score])
    assert np.isnan([low, high]).all()


def test_tempering_by_one_changes_nothing_and_by_two_takes_roots() -> None:
    """p^(1/T) normalised: 0.8 and 0.2 become 2/3 and 1/3 with T = 2."""
    p = np.array([[0.8, 0.2], [0.5, 0.5]])
    np.testing.assert_allclose(evaluate.tempered(p, 1), p)
    np.testing.assert_allclose(evaluate.tempered(p, 2), [[2 / 3, 1 / 3], [0.5, 0.5]])
    np.testing.assert_allclose(evaluate.tempered(p[0], 2), [2 / 3, 1 / 3])


def test_tempered_certainty_stays_finite() -> None:
    """A probability of 0 counts as 1e-6: with T = 2 it becomes 1e-3 to 1."""
    p = evaluate.tempered(np.array([[1.0, 0.0]]), 2)
    np.testing.assert_allclose(p, [[1 / 1.001, 1e-3 / 1.001]])


@pytest.mark.parametrize("known", [0.5, 1, 2.5])
def test_temperature_of_known_data_comes_back(known: float) -> None:
    """Truths drawn from p, shown as p^T: the fit finds T."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 5))
    truth = (rng.gumbel(size=logits.shape) + logits).argmax(axis=1)  # drawn from softmax(logits)
    shown = softmax(known * logits, axis=1)
    assert evaluate.temperature(shown, truth) == pytest.approx(known, rel=0.05)


def test_no_other_temperature_has_less_log_loss() -> None:
    """A fine grid over all allowed temperatures finds nothing better."""
    table = drawn()
    p, truth = table[names_of(4)].to_numpy(), truth_of(table, 4)
    grid = np.geomspace(0.05, 20, 200)
    losses = [log_loss(truth, evaluate.tempered(p, t)) for t in grid]
    best = evaluate.temperature(p, truth)
    assert log_loss(truth, evaluate.tempered(p, best)) <= min(losses) + 1e-6
    assert best == pytest.approx(grid[np.argmin(losses)], rel=0.03)


def test_weight_of_two_is_a_track_twice() -> None:
    """Weights count tracks; a weight of zero leaves one out."""
    table = drawn()
    p, truth = table[names_of(4)].to_numpy(), truth_of(table, 4)
    weights = np.arange(len(truth)) % 3
    again = np.repeat(np.arange(len(truth)), weights)
    weighed = evaluate.temperature(p, truth, weights)
    assert weighed == pytest.approx(evaluate.temperature(p[again], truth[again]), rel=1e-3)
    assert weighed != pytest.approx(evaluate.temperature(p, truth), rel=1e-3)


def test_temperature_where_there_is_nothing_to_learn_is_one() -> None:
    """Neither no tracks nor equal probabilities speak for a temperature."""
    assert evaluate.temperature(np.empty((0, 3)), np.empty(0, dtype=int)) == 1
    assert evaluate.temperature(np.full((4, 4), 0.25), np.arange(4)) == 1


@pytest.mark.parametrize(("said", "limit"), [([1, 2, 0], 20), ([0, 1, 2], 0.05)])
def test_temperature_keeps_to_its_limits(said: list[int], limit: float) -> None:
    """A model that is never right is as flat as allowed, one always right as steep."""
    p = np.where(np.eye(3)[said] == 1, 0.5, 0.25)
    assert evaluate.temperature(p, np.arange(3)) == pytest.approx(limit, rel=0.01)


@pytest.mark.parametrize("folds", [1, 5])
def test_calibrated_probabilities_are_honest_and_say_the_same(folds: int) -> None:
    """Of an overconfident model, calibration halves the ece, lowers the loss, keeps the answers."""
    table, names = drawn(n=2000, artists=200), names_of(4)
    sure = evaluate.tempered(table[names].to_numpy(), 0.3)
    table = answers_of(sure, truth_of(table, 4), np.arange(2000) % 200, np.arange(2000) % folds)
    after = evaluate.calibrated(table, names)
    pd.testing.assert_series_equal(after["predicted"], table["predicted"])
    np.testing.assert_array_equal(after[names].to_numpy().argmax(axis=1), sure.argmax(axis=1))
    np.testing.assert_allclose(after[names].sum(axis=1), 1)
    np.testing.assert_allclose(after["confidence"], after[names].max(axis=1))
    assert evaluate.ece(after) < evaluate.ece(table) / 2
    assert evaluate.scores(after, names)["log_loss"] < evaluate.scores(table, names)["log_loss"]


def test_calibration_of_a_fold_does_not_know_its_labels() -> None:
    """Other labels in fold 2 change the probabilities of the other folds, never its own."""
    table, names = drawn(), names_of(4)
    own = table["fold"] == 2
    other = table.assign(genre=table["genre"].where(~own, "c00"))
    before, after = evaluate.calibrated(table, names), evaluate.calibrated(other, names)
    pd.testing.assert_frame_equal(before.loc[own, names], after.loc[own, names])
    assert (before.loc[~own, "confidence"] != after.loc[~own, "confidence"]).all()


def test_calibration_of_a_single_fold_does_not_know_the_labels_of_an_artist() -> None:
    """Other labels for one artist leave the probabilities of all the artist's tracks alone."""
    table, names = drawn().assign(fold=0), names_of(4)
    own = table["artist"] == "artist 007"
    other = table.assign(genre=table["genre"].where(~own, "c00"))
    before, after = evaluate.calibrated(table, names), evaluate.calibrated(other, names)
    pd.testing.assert_frame_equal(before.loc[own, names], after.loc[own, names])
    changed = (before["confidence"] != after["confidence"]).mean()
    assert changed == pytest.approx(0.8)  # all but the artist's fifth


def test_calibration_of_two_artists_learns_each_from_the_other() -> None:
    """Fewer artists than parts: as many parts as artists."""
    table, names = drawn(artists=2).assign(fold=0), names_of(4)
    after = evaluate.calibrated(table, names)
    for own in (table["artist"] == name for name in table["artist"].unique()):
        learnt = evaluate.temperature(table.loc[~own, names].to_numpy(), truth_of(table[~own], 4))
        expected = evaluate.tempered(table.loc[own, names].to_numpy(), learnt)
        np.testing.assert_allclose(after.loc[own, names], expected)


def test_calibration_of_one_artist_changes_nothing() -> None:
    """There is nobody to learn from."""
    table = drawn(artists=1).assign(fold=0)
    after = evaluate.calibrated(table, names_of(4))
    np.testing.assert_allclose(after[names_of(4)], table[names_of(4)])


def confident(confidence: list[float], right: list[bool]) -> pd.DataFrame:
    return pd.DataFrame({"confidence": confidence, "right": right})


def test_ece_by_hand() -> None:
    """Two of four tracks said with 0.9 are right, one said with 0.35 is: (4·0.4 + 0.65) / 5."""
    table = confident([0.9] * 4 + [0.35], [True, True, False, False, True])
    assert evaluate.ece(table) == pytest.approx((4 * 0.4 + 0.65) / 5)


@pytest.mark.parametrize("bins", [1, 7, 10, 15])
def test_ece_is_the_mean_gap_of_the_reliability_curve(bins: int) -> None:
    """Weighed by tracks: the figure beside the curve is the curve's."""
    table = drawn()
    low = np.arange(bins) / bins
    gaps = []
    for start in low:
        part = table[(table["confidence"] > start) & (table["confidence"] <= start + 1 / bins)]
        gaps.append(abs(part["confidence"].sum() - part["right"].sum()) / len(table))
    assert evaluate.ece(table, bins) == pytest.approx(sum(gaps))
    curve = evaluate.reliability(table, bins)
    off = (curve["confidence"] - curve["accuracy"]).abs() * curve["count"] / len(table)
    assert off.sum() == pytest.approx(sum(gaps))


def test_reliability_by_hand() -> None:
    """Each bin has its upper end; no confidence is lost, also where rounding passes 1."""
    table = confident([0.0, 0.2, 0.25, 0.5, 1.0000001], [False, True, False, True, True])
    curve = evaluate.reliability(table, 4)
    assert curve["low"].tolist() == [0, 0.25, 0.5, 0.75]
    assert curve["high"].tolist() == [0.25, 0.5, 0.75, 1]
    assert curve["count"].tolist() == [3, 1, 0, 1]
    np.testing.assert_allclose(curve["confidence"], [0.15, 0.5, np.nan, 1], rtol=1e-6)
    np.testing.assert_allclose(curve["accuracy"], [1 / 3, 1, np.nan, 1])


def test_reliability_intervals_are_wilsons() -> None:
    """Ends are those of statsmodels; an empty bin has none."""
    curve = evaluate.reliability(drawn(), 10)
    full = curve[curve["count"] > 0]
    right = (full["accuracy"] * full["count"]).round()
    low, high = proportion_confint(right, full["count"], method="wilson")
    np.testing.assert_allclose(full["accuracy_low"], low, atol=1e-12)
    np.testing.assert_allclose(full["accuracy_high"], high, atol=1e-12)
    assert curve.loc[curve["count"] == 0, ["accuracy_low", "accuracy_high"]].isna().all(axis=None)
    assert (curve["count"] == 0).any()


def test_coverage_by_hand() -> None:
    """Equally sure answers are taken together; in the end all are, at the plain accuracy."""
    table = confident([0.5, 0.9, 0.5, 0.7], [False, True, True, False])
    curve = evaluate.coverage(table)
    np.testing.assert_allclose(curve["threshold"], [0.9, 0.7, 0.5])
    np.testing.assert_allclose(curve["coverage"], [1 / 4, 2 / 4, 1])
    np.testing.assert_allclose(curve["accuracy"], [1, 1 / 2, 2 / 4])


def test_coverage_is_what_each_threshold_lets_through() -> None:
    """A row tells what a user gets who refuses answers below its threshold."""
    table = drawn(n=60)
    for row in evaluate.coverage(table).itertuples():
        taken = table[table["confidence"] >= row.threshold]
        assert row.coverage == pytest.approx(len(taken) / 60)
        assert row.accuracy == pytest.approx(taken["right"].mean())


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
    result = evaluate.mcnemar(a, b)
    assert result[:2] == (only_a, only_b)
    assert result.p == pytest.approx(exact - seen)


def test_mcnemar_of_the_published_example() -> None:
    """Fagerland et al. 2013, table 1 (Bentur et al.): 1 against 7 gives mid-p 0.0391."""
    assert evaluate.mcnemar(*pair(1, 7)).p == pytest.approx(0.0391, abs=5e-5)


def test_mcnemar_of_equal_models_is_one() -> None:
    """A model is not better than itself, nor one that is alone right as often."""
    table = drawn()
    assert evaluate.mcnemar(table, table) == (0, 0, 1)
    assert evaluate.mcnemar(*pair(4, 4)).p == pytest.approx(1)


def test_mcnemar_matches_tracks_and_windows_not_rows() -> None:
    """Answers in another order, and about windows, are compared with their like."""
    a, b = pair(3, 9)
    shuffled = evaluate.mcnemar(a, b.sample(frac=1, random_state=0))
    assert shuffled == evaluate.mcnemar(a, b)
    a, b = (pd.concat([table.assign(window=n) for n in range(2)]) for table in (a, b))
    assert evaluate.mcnemar(a, b.sample(frac=1, random_state=0))[:2] == (6, 18)


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
    table = evaluate.compare(tables)
    assert list(zip(table["model_a"], table["model_b"], strict=True)) == list(
        combinations("abcd", 2)
    )
    for row in table.itertuples():
        a, b = tables[row.model_a], tables[row.model_b]
        assert (row.only_a, row.only_b, row.p) == pytest.approx(tuple(evaluate.mcnemar(a, b)))
        assert row.difference == pytest.approx(a["right"].mean() - b["right"].mean())


def test_compare_corrects_for_the_number_of_pairs_by_holm() -> None:
    """Corrected p are those of statsmodels, and some but not all pairs differ."""
    table = evaluate.compare(models())
    significant, corrected, *_ = multipletests(table["p"], alpha=0.05, method="holm")
    np.testing.assert_allclose(table["p_holm"], corrected)
    assert table["significant"].tolist() == significant.tolist()
    assert set(significant) == {True, False}


def test_compare_never_corrects_p_beyond_one() -> None:
    """Models that hardly differ have p of 1 after correction, as in statsmodels."""
    one, other = pair(2, 3)
    table = evaluate.compare({"a": one, "b": other, "c": one, "d": other})
    np.testing.assert_allclose(table["p_holm"], multipletests(table["p"], method="holm")[1])
    assert table["p_holm"].tolist() == [1] * 6


def test_models_are_compared_on_the_tracks_that_all_answered() -> None:
    """What one model was not asked is no disagreement and no error of its."""
    tables = {"a": drawn(0), "b": drawn(1).iloc[50:], "c": drawn(2).iloc[:150]}
    common = {name: drawn(seed).iloc[50:150] for seed, name in enumerate("abc")}
    for show in (evaluate.compare, evaluate.agreement, evaluate.disagreements):
        pd.testing.assert_frame_equal(show(tables), show(common))


def test_compare_resamples_artists_in_pairs() -> None:
    """The interval is that of `scipy.stats.bootstrap` on both models' right answers by artist."""
    tables = models()
    row = evaluate.compare(tables).set_index(["model_a", "model_b"]).loc[("a", "d")]
    sums = [tables[name].groupby("artist")["right"].sum().to_numpy() for name in "ad"]
    size = tables["a"].groupby("artist").size().to_numpy()
    ends = bootstrap(
        (*sums, size),
        lambda a, b, n, axis: (a.sum(axis=axis) - b.sum(axis=axis)) / n.sum(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=evaluate.RESAMPLES,
        rng=0,
    ).confidence_interval
    assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high))


def test_compare_of_one_artist_has_no_interval_and_of_one_model_no_rows() -> None:
    """What cannot be said is NaN or absent; the columns stay."""
    tables = {"a": drawn(0, artists=1), "b": drawn(1, artists=1)}
    table = evaluate.compare(tables)
    assert table[["low", "high"]].isna().all(axis=None)
    assert table[["difference", "p"]].notna().all(axis=None)
    alone = evaluate.compare({"a": tables["a"]})
    assert len(alone) == 0
    assert alone.columns.tolist() == table.columns.tolist()


def test_agreement_counts_equal_answers() -> None:
    """Each cell is the share of tracks called the same, matched by track."""
    tables = models()
    matrix = evaluate.agreement(tables)
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
    table = evaluate.disagreements(said_by_three())
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
    (row,) = evaluate.unanimous_errors(tables).to_dict("records")
    assert (row["track_id"], row["genre"], row["predicted"]) == ("t4", "c00", "c02")
    assert row["confidence"] == pytest.approx((0.8 + 0.5 + 0.5) / 3)


def test_unanimous_errors_come_with_the_surest_first() -> None:
    """A label is the more suspect, the surer the models."""
    table = evaluate.unanimous_errors({"a": drawn()})
    wrong = drawn().query("not right").sort_values("confidence", ascending=False)
    assert table["track_id"].tolist() == wrong["track_id"].tolist()


def test_models_that_say_the_same_have_no_disagreements() -> None:
    """Empty tables keep their columns."""
    table = drawn()
    same = {"a": table, "b": table}
    assert evaluate.disagreements(same).empty
    assert {"track_id", "a", "b", "right"} <= set(evaluate.disagreements(same))
    assert (evaluate.agreement(same) == 1).all(axis=None)


def test_pareto_by_hand() -> None:
    """Cheap, middling and dear but good remain; dearer and worse, or unknown, go."""
    board = pd.DataFrame(
        {"seconds": [1, 2, 3, 4, 2, np.nan], "accuracy": [0.5, 0.6, 0.55, 0.9, 0.6, 1]},
        index=list("abcdef"),
    )
    front = evaluate.pareto(board, "seconds")
    assert front[front].index.tolist() == ["a", "b", "d", "e"]  # e equals b


def test_pareto_is_what_nothing_beats() -> None:
    """Against the definition, pair by pair, also with ties."""
    rng = np.random.default_rng(0)
    board = pd.DataFrame({"cost": rng.integers(0, 8, 40), "gain": rng.integers(0, 8, 40)})
    points = board.to_numpy().tolist()
    front = [
        not any(c <= cost and g >= gain and (c, g) != (cost, gain) for c, g in points)
        for cost, gain in points
    ]
    assert evaluate.pareto(board, "cost", "gain").tolist() == front


def test_leaderboard_holds_the_scores_of_each_model(hand_made: Artifacts) -> None:
    """Its figures are those of the functions that the other pages use."""
    board = evaluate.leaderboard(hand_made, "hand").set_index("model")
    for name, row in board.iterrows():
        table = evaluate.answers(hand_made, str(name), "hand")
        scores = evaluate.scores(table, CLASSES)
        assert row[list(scores)].to_dict() == pytest.approx(scores)
        assert tuple(row[["accuracy", "low", "high"]]) == pytest.approx(evaluate.accuracy(table))
        assert tuple(row[["macro_f1", "macro_f1_low", "macro_f1_high"]]) == pytest.approx(
            evaluate.interval(table, CLASSES, "macro_f1")
        )
        after = evaluate.calibrated(table, CLASSES)
        assert row["ece_calibrated"] == pytest.approx(evaluate.ece(after))


def test_leaderboard_leaves_out_models_that_were_not_asked(hand_made: Artifacts) -> None:
    """A model without answers under a protocol has no row there, and keeps its others."""
    path = hand_made.folder / "models" / "bad" / "predictions.parquet"
    pd.read_parquet(path).query("protocol != 'hand'").to_parquet(path, index=False)
    assert evaluate.answers(hand_made, "bad", "hand").empty
    assert evaluate.leaderboard(hand_made, "hand")["model"].tolist() == ["good"]
    assert set(evaluate.leaderboard(hand_made, "other")["model"]) == {"good", "bad"}


def counts_of(values: list[list[int]], genres: str = "bdac") -> pd.DataFrame:
    """A confusion matrix whose genres are letters, not in the order of the alphabet."""
    return pd.DataFrame(values, index=list(genres), columns=list(genres))


COUNTS = counts_of([[6, 0, 0, 4], [1, 9, 0, 0], [0, 1, 7, 2], [5, 0, 0, 5]])


def test_arrange_by_error_puts_the_worst_told_first() -> None:
    """Recalls of 0.6, 0.9, 0.7 and 0.5: by hand c, b, a, d."""
    assert evaluate.arrange(COUNTS, "error") == ["c", "b", "a", "d"]


def test_arrange_by_error_looks_at_shares_not_counts() -> None:
    """One of two wrong is worse than ten of a hundred."""
    assert evaluate.arrange(counts_of([[90, 10], [1, 1]], "xy"), "error") == ["y", "x"]


def test_arrange_by_error_puts_equals_in_their_order() -> None:
    """Genres that are told equally well stay as they were."""
    assert evaluate.arrange(counts_of(np.eye(4, dtype=int).tolist()), "error") == list("bdac")


def test_arrange_by_similarity_puts_what_is_confused_side_by_side() -> None:
    """Genres b and c are taken for each other half the time, and stand apart in the matrix."""
    order = evaluate.arrange(COUNTS, "similarity")
    assert abs(order.index("b") - order.index("c")) == 1


def test_arrange_by_similarity_keeps_two_pairs_together() -> None:
    """Of two pairs that are never confused with each other, each stays whole."""
    order = evaluate.arrange(
        counts_of([[5, 0, 5, 0], [0, 5, 0, 5], [5, 0, 5, 0], [0, 5, 0, 5]]), "similarity"
    )
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("ba"), frozenset("dc")}


def test_arrange_by_name_follows_the_alphabet() -> None:
    """Whatever is confused with what."""
    assert evaluate.arrange(COUNTS, "name") == list("abcd")


@pytest.mark.parametrize("by", ["name", "similarity", "error"])
@pytest.mark.parametrize("n", [1, 2, 3, 30])
def test_arrange_loses_no_genre(by: evaluate.Order, n: int) -> None:
    """Any order holds each genre once, also where nothing was asked about some."""
    counts = np.random.default_rng(0).integers(0, 9, (n, n))
    counts[: n // 3] = 0
    matrix = pd.DataFrame(counts, names_of(n), names_of(n))
    assert sorted(evaluate.arrange(matrix, by)) == names_of(n)


def test_likeliest_by_hand() -> None:
    """The three likeliest, falling, in percent; of equals the first class."""
    table = pd.DataFrame(
        [[0.52, 0.09, 0.2, 0.19], [0.25, 0.25, 0.25, 0.25], [0, 0, 1, 0]],
        index=[7, 3, 5],
        columns=["rock", "jazz", "blues", "pop"],
    )
    words = evaluate.likeliest(table, ["rock", "jazz", "blues", "pop"])
    assert words.to_dict() == {
        7: "rock 52%, blues 20%, pop 19%",
        3: "rock 25%, jazz 25%, blues 25%",
        5: "blues 100%, rock 0%, jazz 0%",
    }


def test_likeliest_of_few_classes() -> None:
    """Never more than there are, and as many as are asked for; no answers give no words."""
    table = pd.DataFrame([[0.3, 0.7]], columns=["no", "yes"])
    assert evaluate.likeliest(table, ["no", "yes"]).tolist() == ["yes 70%, no 30%"]
    assert evaluate.likeliest(table, ["no", "yes"], k=1).tolist() == ["yes 70%"]
    assert evaluate.likeliest(table.head(0), ["no", "yes"]).empty


def test_groups_by_hand_and_as_scikit_learn_has_them() -> None:
    """The adjusted Rand index from its definition, over the 15 pairs of six tracks."""
    cluster, genre = pd.Series([0, 0, 0, 1, 1, 1]), pd.Series(list("aabbbb"))
    # Pairs together in both: 1 + 3; in clusters: 6; in genres: 7; by chance 6 * 7 / 15.
    expected = (4 - 6 * 7 / 15) / ((6 + 7) / 2 - 6 * 7 / 15)
    ari, nmi = evaluate.groups(cluster, genre)
    assert ari == pytest.approx(expected) == pytest.approx(adjusted_rand_score(genre, cluster))
    assert nmi == pytest.approx(normalized_mutual_info_score(genre, cluster))


def test_groups_that_are_the_genres_under_other_names() -> None:
    """The same groups, relabelled: 1."""
    genre = pd.Series(list("aabbccab"))
    cluster = genre.map({"a": 2, "b": 0, "c": 1})
    assert evaluate.groups(cluster, genre) == pytest.approx((1.0, 1.0))


def test_groups_at_random_are_no_better_than_chance() -> None:
    """Groups that know nothing have an adjusted index of about 0."""
    rng = np.random.default_rng(0)
    cluster, genre = (pd.Series(rng.integers(0, 5, 4000)) for _ in range(2))
    assert evaluate.groups(cluster, genre)[0] == pytest.approx(0, abs=0.01)


def judged(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    """Answers as ``genre, predicted, confidence``."""
    table = table_of([row[0] for row in rows], [row[1] for row in rows])
    return table.assign(confidence=[row[2] for row in rows])


# Thirty answers "jazz", surer and surer: the first ten wrong, the other twenty right.
SURER = [
    *[("rock", "jazz", 0.30 + n / 100) for n in range(6)],
    *[("blues", "jazz", 0.36 + n / 100) for n in range(4)],
    *[("jazz", "jazz", 0.40 + n / 100) for n in range(20)],
]


def test_record_of_the_closest_answers() -> None:
    """By hand: of the twenty closest to 0.3 half are wrong, most of these rock; to 0.6 none."""
    table = judged(SURER).sample(frac=1, random_state=0)
    assert evaluate.record(table, 0.30, "jazz") == (10, 20, "rock")
    assert evaluate.record(table, 0.60, "jazz") == (20, 20, "")
    # From 0.39 to 0.58.
    assert evaluate.record(table, 0.486, "jazz") == (19, 20, "blues")


def test_record_counts_answers_of_the_genre_only() -> None:
    """Others are as sure, and are passed over; asked about all, they count."""
    table = judged(SURER + [("jazz", "rock", 0.5)] * 40)
    assert evaluate.record(table, 0.486, "jazz") == (19, 20, "blues")
    assert evaluate.record(table, 0.486, "rock") == (0, 40, "jazz")  # all are as sure
    assert evaluate.record(table, 0.486) == (10, 50, "jazz")


def test_record_of_few_answers() -> None:
    """Fewer than are asked for are all that there are."""
    table = judged(SURER[8:12])
    assert evaluate.record(table, 0.9, "jazz") == (2, 4, "blues")
    assert evaluate.record(table, 0.9) == (2, 4, "blues")


def test_record_of_a_genre_that_was_never_named() -> None:
    """Nothing is known."""
    assert evaluate.record(judged(SURER), 0.5, "metal") == (0, 0, "")
    assert evaluate.record(judged([]).astype({"right": bool}), 0.5) == (0, 0, "")


def test_record_of_equals() -> None:
    """Answers that are equally close all count, or those that come first would decide."""
    table = judged([("rock", "jazz", 0.5)] * 60 + [("jazz", "jazz", 0.5)] * 30)
    assert evaluate.record(table, 0.7, "jazz") == (30, 90, "rock")
    assert evaluate.record(table, 0.7) == (30, 90, "rock")
