"""Scores of hand-made tables against closed forms and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

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


def card(title: str) -> ModelCard:
    return ModelCard(title, "scikit-learn", "timbre", "models/x/model.skops", {}, 1.0)


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
        table = table.assign(protocol="hand", track_id=ids, fold=0).iloc[::-1]
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
        window_seconds=3.0,
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
