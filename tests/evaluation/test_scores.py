"""Scores of hand-made tables against closed forms and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    recall_score,
    top_k_accuracy_score,
)
from support.predictions import (
    CLASSES,
    SAID,
    TRUE,
    answers_of,
    confident,
    drawn,
    names_of,
    table_of,
)

from pipeline.evaluation.scores import (
    accuracy,
    ece,
    genres_by_one_artist,
    interval,
    labelled_predictions,
    per_genre,
    scores,
    top_genres,
)

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

    pass


def test_answers_stand_beside_the_truth(hand_made: Artifacts) -> None:
    """Each track of the protocol once, with its own genre, whatever the order of the files."""
    table = labelled_predictions(hand_made, "good", "hand").set_index("track_id")
    table = table.loc[[f"t{n}" for n in range(10)]]
    assert table["genre"].tolist() == TRUE
    assert table["predicted"].tolist() == SAID
    assert table["right"].tolist() == [a == b for a, b in zip(TRUE, SAID, strict=True)]
    assert set(table["confidence"]) == {0.5}
    assert {"artist", "title", "fold", *CLASSES} <= set(table.columns)


def test_answers_of_another_protocol_are_not_mixed_in(hand_made: Artifacts) -> None:
    """A protocol that asks about three tracks gives three answers."""
    assert len(labelled_predictions(hand_made, "good", "other")) == 3


def test_accuracy_is_the_share_of_right_answers() -> None:
    """Six of ten tracks are right, whatever the sizes of the genres."""
    value = accuracy(table_of(TRUE, SAID)).value
    assert value == pytest.approx(0.6)
    assert value == pytest.approx(accuracy_score(TRUE, SAID))


def test_accuracy_weighs_tracks_not_artists() -> None:
    """An artist with nine right tracks and one with a single wrong track make 90 %."""
    table = table_of(["jazz"] * 10, ["jazz"] * 9 + ["rock"], ["a"] * 9 + ["b"])
    value, low, high = accuracy(table)
    assert value == pytest.approx(0.9)
    assert (low, high) == pytest.approx((0, 1), abs=0.1)  # without b all are right, without a none


def test_macro_f1_by_hand() -> None:
    """The mean of F1 = 2 tp / (2 tp + fp + fn): blues 3/4, jazz 2·2/7, rock 2·1/5."""
    by_hand = np.mean([2 * 3 / (2 * 3 + 1 + 1), 2 * 2 / (2 * 2 + 1 + 2), 2 * 1 / (2 * 1 + 2 + 1)])
    value = interval(table_of(TRUE, SAID), CLASSES, "macro_f1").value
    assert value == pytest.approx(by_hand)
    assert value == pytest.approx(f1_score(TRUE, SAID, average="macro"))


def test_genre_without_test_tracks_does_not_lower_macro_f1() -> None:
    """A genre that nobody asked about is left out of the mean, though it was answered."""
    table = table_of(["blues", "blues", "jazz", "jazz"], ["blues", "blues", "jazz", "rock"])
    assert interval(table, CLASSES, "macro_f1").value == pytest.approx(np.mean([1, 2 / 3]))


def test_per_genre_by_hand() -> None:
    """Precision, recall, support and the share that went wrong of each genre, in their order."""
    table = per_genre(table_of(TRUE, SAID), CLASSES)
    assert table.index.tolist() == CLASSES
    np.testing.assert_allclose(table["precision"], [3 / 4, 2 / 3, 1 / 3])
    np.testing.assert_allclose(table["recall"], [3 / 4, 2 / 4, 1 / 2])
    np.testing.assert_allclose(table["wrong"], [1 / 4, 2 / 4, 1 / 2])
    np.testing.assert_allclose(table["f1"], f1_score(TRUE, SAID, labels=CLASSES, average=None))
    assert table["support"].tolist() == [4, 4, 2]


def test_per_genre_keeps_the_order_of_the_classes() -> None:
    """Classes need not stand in alphabetical order."""
    classes = CLASSES[::-1]
    table = per_genre(table_of(TRUE, SAID), classes)
    recall = recall_score(TRUE, SAID, labels=classes, average=None)
    assert table.index.tolist() == classes
    np.testing.assert_allclose(table["recall"], recall)


def test_per_genre_without_test_tracks() -> None:
    """Zeros where a score is undefined, and no share of wrong tracks where there are none."""
    table = per_genre(table_of(["blues", "jazz"], ["blues", "blues"]), CLASSES)
    assert table.loc["rock", ["precision", "recall", "f1", "support"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(table.loc["rock", "wrong"])
    assert table.loc["jazz", "precision"] == 0
    assert table.loc["jazz", "wrong"] == 1


def test_answers_about_windows_stand_beside_the_truth_of_their_track(hand_made: Artifacts) -> None:
    """A track may be asked about twice; each answer keeps its window."""
    once = hand_made.predictions("good", "hand")
    hand_made.predictions = lambda *_: pd.concat(  # type: ignore[method-assign]
        [once.assign(window=0), once.assign(window=1)]
    )
    table = labelled_predictions(hand_made, "good", "hand")
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
    found = scores(table, names)
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    for k in range(2, min(n_classes, 4)):  # more guesses than classes are tested below
        top = top_k_accuracy_score(truth, probabilities, k=k, labels=names)
        assert found[f"top{k}"] == pytest.approx(top)
    assert found["ece"] == pytest.approx(ece(table))


def test_scores_do_not_depend_on_the_order_of_the_classes() -> None:
    """Classes need not stand in alphabetical order."""
    table = drawn()
    forward = scores(table, names_of(4))
    assert scores(table, names_of(4)[::-1]) == pytest.approx(forward)


def test_scores_of_stored_probabilities_clip_zeros_as_scikit_learn_does() -> None:
    """A forest's zero for the truth costs -log(eps) of 32-bit numbers, not infinity."""
    table = answers_of(np.eye(2, dtype=np.float32)[[0, 0]], np.array([0, 1]), np.arange(2))
    score = scores(table, names_of(2))["log_loss"]
    expected = log_loss(table["genre"], table[names_of(2)].to_numpy(), labels=names_of(2))
    assert score == pytest.approx(expected, rel=1e-6)
    assert score == pytest.approx(-np.log(np.finfo(np.float32).eps) / 2, rel=1e-6)


def test_two_classes_are_always_among_the_likeliest_two() -> None:
    """With as many guesses as classes every track is right."""
    found = scores(drawn(n_classes=2), names_of(2))
    assert found["accuracy"] < found["top2"] == found["top3"] == 1


@pytest.mark.parametrize("n", [2, 5, 30])
def test_of_equally_likely_classes_the_first_count(n: int) -> None:
    """Uniform probabilities: said is class 0, and among the first k are the classes below k."""
    table = answers_of(np.full((n, n), 1 / n), np.arange(n), np.arange(n))
    found = scores(table, names_of(n))
    assert found["accuracy"] == pytest.approx(1 / n)
    assert found["top2"] == pytest.approx(2 / n)
    assert found["top3"] == pytest.approx(min(3 / n, 1))
    assert found["log_loss"] == pytest.approx(np.log(n))
    assert found["brier"] == pytest.approx(1 - 1 / n)
    assert found["ece"] == pytest.approx(0)
    assert scores(table.iloc[:2], names_of(n))["top2"] == 1  # of c00 and c01


def test_genre_without_test_tracks_does_not_lower_the_means() -> None:
    """Only the two genres asked about count, though a third was answered."""
    table = answers_of(np.eye(3)[[0, 0, 1, 2]], np.array([0, 0, 1, 1]), np.arange(4))
    found = scores(table, names_of(3))
    assert found["balanced_accuracy"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["macro_f1"] == pytest.approx((1 + 2 / 3) / 2)


def test_genres_by_one_artist_are_named() -> None:
    """One artist with two tracks is one; an artist with tracks of two genres counts in both."""
    genres = ["jazz", "jazz", "rock", "rock", "blues", "blues"]
    table = table_of(genres, genres, ["a", "a", "a", "b", "c", "c"])
    assert genres_by_one_artist(table) == ["blues", "jazz"]
    assert genres_by_one_artist(table_of(TRUE, SAID)) == []


def test_model_that_is_never_right() -> None:
    """Zeros with certainty: no score is undefined, and being sure costs most."""
    truth = np.arange(6) % 3
    table = answers_of(np.eye(3)[(truth + 1) % 3], truth, np.arange(6))
    found = scores(table, names_of(3))
    assert [found[name] for name in ("accuracy", "balanced_accuracy", "macro_f1")] == [0, 0, 0]
    assert (found["brier"], found["ece"]) == (2, 1)
    value, low, high = interval(table, names_of(3), "macro_f1")
    assert value == low == 0 < high


def test_ece_by_hand() -> None:
    """Two of four tracks said with 0.9 are right, one said with 0.35 is: (4·0.4 + 0.65) / 5."""
    table = confident([0.9] * 4 + [0.35], [True, True, False, False, True])
    assert ece(table) == pytest.approx((4 * 0.4 + 0.65) / 5)


def test_likeliest_by_hand() -> None:
    """The three likeliest, falling, in percent; of equals the first class."""
    table = pd.DataFrame(
        [[0.52, 0.09, 0.2, 0.19], [0.25, 0.25, 0.25, 0.25], [0, 0, 1, 0]],
        index=[7, 3, 5],
        columns=["rock", "jazz", "blues", "pop"],
    )
    words = top_genres(table, ["rock", "jazz", "blues", "pop"])
    assert words.to_dict() == {
        7: "rock 52%, blues 20%, pop 19%",
        3: "rock 25%, jazz 25%, blues 25%",
        5: "blues 100%, rock 0%, jazz 0%",
    }


def test_likeliest_of_few_classes() -> None:
    """Never more than there are, and as many as are asked for; no answers give no words."""
    table = pd.DataFrame([[0.3, 0.7]], columns=["no", "yes"])
    assert top_genres(table, ["no", "yes"]).tolist() == ["yes 70%, no 30%"]
    assert top_genres(table, ["no", "yes"], k=1).tolist() == ["yes 70%"]
    assert top_genres(table.head(0), ["no", "yes"]).empty
