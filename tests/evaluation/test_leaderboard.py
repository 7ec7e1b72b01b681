"""The leaderboard and its Pareto front."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    f1_score,
)
from support.damage import rewrite_table
from support.predictions import CLASSES, SAID, TRUE

from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.calibration import (
    calibrated,
)
from pipeline.evaluation.leaderboard import leaderboard, pareto
from pipeline.evaluation.scores import (
    accuracy,
    ece,
    interval,
    labelled_predictions,
    scores,
)


def test_leaderboard_puts_the_best_first(hand_made: Artifacts) -> None:
    """One row a model with the scores of its own answers."""
    board = leaderboard(hand_made, "hand")
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
    row = leaderboard(hand_made, "other").set_index("model").loc["good"]
    assert row["n"] == 3  # jazz once, rock twice
    assert {row["best_genre"], row["worst_genre"]} <= {"jazz", "rock"}


def test_leaderboard_gives_no_mean_over_genres_where_one_is_by_one_artist(
    hand_made: Artifacts,
) -> None:
    """Jazz is asked once: macro-F1 and balanced accuracy are NaN, accuracy stands."""
    board = leaderboard(hand_made, "other")
    means = ["macro_f1", "macro_f1_low", "macro_f1_high", "balanced_accuracy"]
    assert board[means].isna().all(axis=None)
    assert board[["accuracy", "low", "high"]].notna().all(axis=None)


def test_pareto_by_hand() -> None:
    """Cheap, middling and dear but good remain; dearer and worse, or unknown, go."""
    board = pd.DataFrame(
        {"seconds": [1, 2, 3, 4, 2, np.nan], "accuracy": [0.5, 0.6, 0.55, 0.9, 0.6, 1]},
        index=list("abcdef"),
    )
    front = pareto(board, "seconds")
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
    assert pareto(board, "cost", "gain").tolist() == front


def test_leaderboard_holds_the_scores_of_each_model(hand_made: Artifacts) -> None:
    """Its figures are those of the functions that the other pages use."""
    board = leaderboard(hand_made, "hand").set_index("model")
    for name, row in board.iterrows():
        table = labelled_predictions(hand_made, str(name), "hand")
        found = scores(table, CLASSES)
        assert row[list(found)].to_dict() == pytest.approx(found)
        assert tuple(row[["accuracy", "low", "high"]]) == pytest.approx(accuracy(table))
        assert tuple(row[["macro_f1", "macro_f1_low", "macro_f1_high"]]) == pytest.approx(
            interval(table, CLASSES, "macro_f1")
        )
        after = calibrated(table, CLASSES)
        assert row["ece_calibrated"] == pytest.approx(ece(after))


def test_leaderboard_leaves_out_models_that_were_not_asked(hand_made: Artifacts) -> None:
    """A model without answers under a protocol has no row there, and keeps its others."""
    table = "models/bad/predictions.parquet"
    rewrite_table(hand_made.folder, table, lambda rows: rows.query("protocol != 'hand'"))
    fewer = Artifacts(hand_made.folder)
    assert labelled_predictions(fewer, "bad", "hand").empty
    assert leaderboard(fewer, "hand")["model"].tolist() == ["good"]
    assert set(leaderboard(fewer, "other")["model"]) == {"good", "bad"}
