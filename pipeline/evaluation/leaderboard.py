"""All models of a protocol, best first, and what to compare them with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.evaluation.calibration import calibrated_as_shown
from pipeline.evaluation.scores import (
    count_outcomes,
    ece,
    f1_of_counts,
    interval_of_counts,
    labelled_predictions,
    scores,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.artifacts.reader import Artifacts


def majority_share(table: pd.DataFrame) -> float:
    """Accuracy of always answering the commonest genre: what any model must beat."""
    return float(table["genre"].value_counts(normalize=True).iloc[0])


def references(artifacts: Artifacts, table: pd.DataFrame, protocol: str) -> dict[str, float]:
    """Accuracies to compare with, by what they are: the baseline, then published results.

    Parameters
    ----------
    table
        Predictions of any model under the protocol.
    """
    published = (r for r in artifacts.manifest.published if r["protocol"] == protocol)
    return {"always the commonest genre": majority_share(table)} | {
        f"{result['name']} ({result['source']})": result["accuracy"] for result in published
    }


def accuracy_distorted(artifacts: Artifacts, model: str) -> pd.Series | None:
    """Accuracy on the same tracks under each distortion; None where there are no recordings.

    Returns
    -------
    pd.Series or None
        Shares in [0, 1] by the name of the distortion, in the order of
        `pipeline.benchmark.robustness.DISTORTIONS`.
    """
    table = artifacts.robustness(model)
    if table is None:
        return None
    genre = artifacts.tracks.set_index("track_id")["genre"].loc[table["track_id"]].to_numpy()
    right = table[artifacts.classes].idxmax(axis=1) == genre
    return right.groupby(table["distortion"], sort=False).mean()


def pareto(board: pd.DataFrame, cost: str, gain: str = "accuracy") -> pd.Series:
    """Whether no other row has both less `cost` and more `gain`, or one of them and as much else.

    Returns
    -------
    pd.Series of bool [shape=(n_rows,)]
        With the index of `board`. Equal rows do not exclude each other; unknown figures are False.
    """
    costs, gains = board[cost].to_numpy(), board[gain].to_numpy()
    as_good = (costs <= costs[:, None]) & (gains >= gains[:, None])  # [i, j]: j is to i
    better = (costs < costs[:, None]) | (gains > gains[:, None])
    beaten = pd.Series((as_good & better).any(axis=1), board.index, name="pareto")
    return ~beaten & board[[cost, gain]].notna().all(axis=1)


def leaderboard(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """All models that were tested under a protocol, best first.

    Returns
    -------
    pd.DataFrame
        ``model, title, library, features, n, accuracy, low, high, macro_f1, best_genre,
        worst_genre`` (genres by F1; the title says where folds are unknown), ``macro_f1_low,
        macro_f1_high``, the other `scores`, ``ece_calibrated``: the ece of
        `calibrated_predictions`, and ``verified``: whether the model was tested here.
    """
    tables = {name: labelled_predictions(artifacts, name, protocol) for name in artifacts.models}
    calibrated = {
        name: calibrated_as_shown(artifacts, name, protocol, tables[name])
        for name in ranked(tables)
    }
    return leaderboard_of(artifacts, tables, calibrated)


def ranked(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Names of the models that were tested, by accuracy, the best first."""
    accuracies = {name: table["right"].mean() for name, table in tables.items() if len(table)}
    return sorted(accuracies, key=accuracies.__getitem__, reverse=True)


def leaderboard_of(
    artifacts: Artifacts, tables: Mapping[str, pd.DataFrame], calibrated: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The `leaderboard` of predictions that are at hand.

    Parameters
    ----------
    tables, calibrated
        By model: `labelled_predictions`, and the same as `calibrated_predictions`.
    """
    rows = [_board_row(artifacts, n, tables[n], calibrated[n]) for n in ranked(tables)]
    return pd.DataFrame(rows)


def _board_row(
    artifacts: Artifacts, name: str, table: pd.DataFrame, calibrated: pd.DataFrame
) -> dict[str, Any]:
    card, classes = artifacts.models[name], artifacts.classes
    counts = count_outcomes(table, classes)
    right, macro_f1 = interval_of_counts(counts, "accuracy"), interval_of_counts(counts, "macro_f1")
    tested = counts.sum(axis=0)[2] > 0
    f1 = pd.Series(f1_of_counts(counts.sum(axis=0)), classes)[tested]
    return {
        "model": name,
        "title": card.title if table["fold"].notna().all() else f"{card.title}, folds unknown",
        "library": card.library,
        "features": card.features,
        "n": len(table),
        "accuracy": right.value,
        "low": right.low,
        "high": right.high,
        "macro_f1": macro_f1.value,
        "best_genre": f1.idxmax(),
        "worst_genre": f1.idxmin(),
        "macro_f1_low": macro_f1.low,
        "macro_f1_high": macro_f1.high,
        **scores(table, classes),
        "ece_calibrated": ece(calibrated),
        "verified": card.verified,
    }
