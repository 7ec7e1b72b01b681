"""Scores as pure functions of the stored predictions: a new metric needs no training.

Most functions take *answers*, the table that `answers` makes: one row a track with its ``genre``,
its ``artist``, what was ``predicted`` with which ``confidence``, and the probability of each class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.artifacts import Artifacts

Normalise = Literal["true", "pred", "all"] | None
RESAMPLES = 2000


class Interval(NamedTuple):
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def answers(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """What a model said of each track that a protocol asks about, beside the truth.

    Returns
    -------
    pd.DataFrame
        ``track_id, genre, artist, title, fold, predicted, confidence, right`` and one column a
        class.
    """
    predictions = artifacts.predictions(model, protocol)
    probabilities = predictions[artifacts.classes]
    table = predictions.assign(
        predicted=probabilities.idxmax(axis=1), confidence=probabilities.max(axis=1)
    ).merge(
        artifacts.tracks[["track_id", "genre", "artist", "title"]], on="track_id", validate="1:1"
    )
    return table.assign(right=table["predicted"] == table["genre"])


def accuracy(table: pd.DataFrame) -> Interval:
    """Share of tracks answered right, with a bootstrap interval that resamples artists.

    Tracks of one artist are alike, so resampling tracks would give too narrow an interval (Efron &
    Tibshirani 1993, ch. 8: resample the independent units).
    """
    from scipy.stats import bootstrap

    by_artist = table.groupby("artist")["right"].agg(["sum", "size"])
    value = float(table["right"].mean())
    if len(by_artist) < 2:
        return Interval(value, np.nan, np.nan)
    interval = bootstrap(
        (by_artist["sum"].to_numpy(), by_artist["size"].to_numpy()),
        lambda right, n, axis: right.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=RESAMPLES,
        rng=0,
    ).confidence_interval
    return Interval(value, float(interval.low), float(interval.high))


def commonest(table: pd.DataFrame) -> float:
    """Accuracy of always answering the commonest genre: what any model must beat."""
    return float(table["genre"].value_counts(normalize=True).iloc[0])


def macro_f1(table: pd.DataFrame, classes: Sequence[str]) -> float:
    """Mean of the genres' F1; genres without test tracks are left out."""
    scores = per_genre(table, classes)
    return float(scores.loc[scores["support"] > 0, "f1"].mean())


def per_genre(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """How well each genre is told.

    Returns
    -------
    pd.DataFrame
        Index: genre. ``precision, recall, f1`` in [0, 1] (0 where undefined), ``support`` (tracks),
        and ``wrong``: the share of the genre's tracks that were called something else (1 - recall;
        NA without tracks).
    """
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, f1, support = precision_recall_fscore_support(
        table["genre"], table["predicted"], labels=list(classes), zero_division=0
    )
    wrong = np.where(support > 0, 1 - recall, np.nan)
    columns = {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "wrong": wrong,
    }
    return pd.DataFrame(columns, index=pd.Index(classes, name="genre"))


def confusion(
    table: pd.DataFrame, classes: Sequence[str], normalise: Normalise = None
) -> pd.DataFrame:
    """Confusion matrix.

    Parameters
    ----------
    normalise
        None: counts; ``"true"``: shares of each row; ``"pred"``: of each column; ``"all"``: of all
        tracks.

    Returns
    -------
    pd.DataFrame [shape=(n_classes, n_classes)]
        Rows: true genre; columns: predicted genre.
    """
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(
        table["genre"], table["predicted"], labels=list(classes), normalize=normalise
    )
    index = pd.Index(classes, name="genre")
    return pd.DataFrame(matrix, index=index, columns=index.rename("predicted"))


def leaderboard(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """All models under one protocol, best first.

    Returns
    -------
    pd.DataFrame
        ``model, title, family, features, n, accuracy, low, high, macro_f1, best_genre,
        worst_genre``; genres by F1.
    """
    rows = []
    for name, card in artifacts.models.items():
        table = answers(artifacts, name, protocol)
        scores = per_genre(table, artifacts.classes).query("support > 0")["f1"]
        value, low, high = accuracy(table)
        rows.append(
            {
                "model": name,
                "title": card.title,
                "family": card.family,
                "features": card.features,
                "n": len(table),
                "accuracy": value,
                "low": low,
                "high": high,
                "macro_f1": float(scores.mean()),
                "best_genre": scores.idxmax(),
                "worst_genre": scores.idxmin(),
            }
        )
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False, ignore_index=True)
