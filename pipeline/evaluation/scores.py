"""Scores as pure functions of the stored predictions: a new metric needs no training.

Most functions take the table that `labelled_predictions` makes: one row a track with its true
``genre``, its ``artist``, the genre ``predicted`` with which ``confidence``, and the probability of
each class. Where a protocol divides windows, a row is a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from pipeline.evaluation.intervals import Interval, interval_over_artists

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.artifacts.reader import Artifacts

Score = Literal["accuracy", "balanced_accuracy", "macro_f1"]
# Columns other than those of the genres.
RESERVED = frozenset(
    {"protocol", "track_id", "window", "windows", "fold", "genre", "label", "artist", "title"}
    | {"predicted", "accepted", "collection"}
    | {"confidence", "right", "tracks", "most", "share", "distortion", "model"}
)
BINS = 10


def labelled_predictions(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """A model's predictions under a protocol, with the true genres.

    Returns
    -------
    pd.DataFrame
        ``track_id, window, windows, genre, artist, title, fold, predicted, confidence, right`` and
        one column a class. Empty if the model was not tested. Of a second collection, only tracks
        with a genre of this one; where a label stands for several genres, ``genre`` is the
        likeliest of them, and ``label`` what it was. ``confidence`` is missing where a model gave
        genres without probabilities.
    """
    predictions, tracks = artifacts.predictions(model, protocol), artifacts.tested_tracks(protocol)
    table = labelled(predictions, tracks, artifacts.classes)
    given = protocol not in artifacts.model(model).genres_only
    return table if given else table.assign(confidence=np.nan)


def labelled(
    predictions: pd.DataFrame, tracks: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """The same from predictions and tracks that are at hand.

    Parameters
    ----------
    predictions
        As `pipeline.artifacts.reader.Artifacts.predictions` gives them.
    tracks
        ``track_id, genre, artist, title``; of a second collection also ``accepted``: the genres
        that a label stands for, with | between.
    """
    probabilities = predictions[list(classes)]
    tracks = tracks.set_index("track_id")
    row = tracks.index.get_indexer(pd.Index(predictions["track_id"]))  # quicker than a join
    known = row >= 0
    table = predictions.assign(
        predicted=probabilities.idxmax(axis=1), confidence=probabilities.max(axis=1)
    )[known]
    facts = {name: tracks[name].array.take(row[known]) for name in ("genre", "artist", "title")}
    table = table.assign(**facts)
    if "accepted" in tracks:
        table = _accepted(table, tracks["accepted"], classes)
    return table.assign(right=table["predicted"] == table["genre"])


def stands_for(accepted: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """Which classes each label of a second collection stands for [shape=(n_tracks, n_classes)].

    Parameters
    ----------
    accepted
        Names of genres with | between.
    """
    stands = accepted.str.get_dummies("|").reindex(columns=list(classes), fill_value=0)
    return stands.to_numpy(dtype=bool)


def _accepted(table: pd.DataFrame, accepted: pd.Series, classes: Sequence[str]) -> pd.DataFrame:
    """Tracks whose label stands for a class, the likeliest of those that it stands for."""
    allowed = stands_for(accepted.loc[table["track_id"]], classes)
    likeliest = np.where(allowed, table[list(classes)], -1).argmax(axis=1)
    genre = np.array(classes)[likeliest]
    counted = table.assign(label=table["genre"], genre=genre).iloc[
        np.flatnonzero(allowed.any(axis=1))
    ]
    return counted.reset_index(drop=True)


def scores(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, float]:
    """Every score of a model under a protocol.

    Returns
    -------
    dict
        ``accuracy``, ``balanced_accuracy`` and ``macro_f1`` (means over the genres with test
        tracks; NaN if any is one of `genres_by_one_artist`), ``top2``, ``top3``: share of tracks
        whose genre is among the likeliest; all in [0, 1], more is better. ``log_loss`` (nats; a
        probability counts as no less than the
        rounding error of its type, as in scikit-learn), ``brier`` (Brier 1950: squared differences
        summed over classes, in [0, 2]) and ``ece`` (see `ece`); less is better. What takes
        probabilities is NaN if there are none.
    """
    counts = count_outcomes(table, classes)
    return {name: _value(counts, name) for name in COUNTED} | _of_probabilities(table, classes)


def has_probabilities(table: pd.DataFrame) -> bool:
    """Whether the model gave probabilities; if not, ``confidence`` is there and missing."""
    return "confidence" not in table or bool(table["confidence"].notna().any())


def _of_probabilities(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, float]:
    if not has_probabilities(table):
        return dict.fromkeys(("top2", "top3", "log_loss", "brier", "ece"), np.nan)
    probabilities, true = table[list(classes)].to_numpy(), class_indices(table["genre"], classes)
    order = np.argsort(-probabilities, axis=1, kind="stable")  # of equals the first, as `predicted`
    rank = (order == true[:, None]).argmax(axis=1)
    least = np.finfo(probabilities.dtype).eps
    of_truth = np.clip(probabilities[np.arange(len(true)), true], least, 1 - least)
    off = probabilities - np.eye(len(classes))[true]  # (n_tracks, n_classes)
    return {
        "top2": float((rank < 2).mean()),
        "top3": float((rank < 3).mean()),
        "log_loss": float(-np.log(of_truth, dtype=np.float64).mean()),
        "brier": float((off**2).sum(axis=1).mean()),
        "ece": ece(table),
    }


def accuracy(table: pd.DataFrame) -> Interval:
    """Share of tracks answered right, with its interval; see `interval_over_artists`."""
    artist, _ = pd.factorize(table["artist"])
    right = np.bincount(artist, table["right"])
    by_artist = np.column_stack([right, np.bincount(artist)])
    return interval_over_artists(
        by_artist, by_artist[:, 1], lambda sums: sums[..., 0] / sums[..., 1]
    )


def interval(table: pd.DataFrame, classes: Sequence[str], score: Score) -> Interval:
    """A score with its interval over artists, like that of `accuracy`.

    All is NaN for a mean over genres, if any is one of `genres_by_one_artist`.
    """
    return interval_of_counts(count_outcomes(table, classes), score)


def interval_of_counts(counts: np.ndarray, score: Score) -> Interval:
    """The same from what `count_outcomes` gives."""
    if np.isnan(_value(counts, score)):
        return Interval(np.nan, np.nan, np.nan)
    return interval_over_artists(counts, counts[:, 2].sum(axis=-1), COUNTED[score])


def _value(counts: np.ndarray, score: Score) -> float:
    artists = (counts[:, 2] > 0).sum(axis=0)  # (n_classes,)
    if score != "accuracy" and (artists == 1).any():
        return np.nan
    return float(COUNTED[score](counts.sum(axis=0)))


def genres_by_one_artist(table: pd.DataFrame) -> list[str]:
    """Genres whose test tracks are all by one artist.

    How well a genre is recognised cannot be told from one artist, and so no mean over genres.
    """
    artists = table.groupby("genre", sort=False)["artist"].nunique()
    return sorted(artists.index[artists == 1])


def _accuracy(counts: np.ndarray) -> np.ndarray:
    right, _, support = np.moveaxis(counts, -2, 0)
    return right.sum(axis=-1) / support.sum(axis=-1)


def _balanced_accuracy(counts: np.ndarray) -> np.ndarray:
    right, _, support = np.moveaxis(counts, -2, 0)
    return np.mean(right / np.maximum(support, 1), axis=-1, where=support > 0)


def _macro_f1(counts: np.ndarray) -> np.ndarray:
    return np.mean(f1_of_counts(counts), axis=-1, where=counts[..., 2, :] > 0)


def f1_of_counts(counts: np.ndarray) -> np.ndarray:
    """F1 of each genre [shape=(…, n_classes)], from `count_outcomes` [shape=(…, 3, n_classes)]."""
    right, predicted, support = np.moveaxis(counts, -2, 0)
    return 2 * right / np.maximum(predicted + support, 1)


COUNTED: Mapping[Score, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "macro_f1": _macro_f1,
}  # from counts [shape=(..., 3, n_classes)] to scores [shape=(...)]


def count_outcomes(table: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Tracks of each artist and genre: correctly predicted, predicted, and in truth.

    Returns
    -------
    np.ndarray [shape=(n_artists, 3, n_classes)]
        These three add up over artists, and they are all that `COUNTED` needs.
    """
    artist, names = pd.factorize(table["artist"], sort=True)
    predicted, true = (class_indices(table[name], classes) for name in ("predicted", "genre"))
    shape = len(names), len(classes)

    def count(genre: np.ndarray, weights: pd.Series | None = None) -> np.ndarray:
        cell = np.ravel_multi_index((artist, genre), shape)
        return np.bincount(cell, weights, len(names) * len(classes)).reshape(shape)

    counts = count(predicted, table["right"]), count(predicted), count(true)
    return np.stack(counts, axis=1, dtype=np.float64)


def class_indices(genres: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """Index of each genre among the classes [shape=(n,)]."""
    column = {genre: n for n, genre in enumerate(classes)}
    codes, found = pd.factorize(genres, use_na_sentinel=False)
    return np.array([column[genre] for genre in found], dtype=int)[codes]


def per_genre(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Scores of each genre.

    Returns
    -------
    pd.DataFrame
        Index: genre. ``precision, recall, f1`` in [0, 1] (0 where undefined), ``support`` (tracks),
        and ``wrong``: the share of the genre's tracks that were misclassified (1 - recall;
        NA without tracks).
    """
    from sklearn.metrics import precision_recall_fscore_support

    true, predicted = (class_indices(table[name], classes) for name in ("genre", "predicted"))
    precision, recall, f1, support = precision_recall_fscore_support(
        true, predicted, labels=range(len(classes)), zero_division=0
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


def top_genres(table: pd.DataFrame, classes: Sequence[str], k: int = 3) -> pd.Series:
    """The likeliest genres of each prediction in words, as "rock 52 %, blues 20 %, jazz 9 %".

    Of a model that gave no probabilities, the predicted genre alone.
    """
    if not has_probabilities(table):
        return table["predicted"]
    probabilities = table[list(classes)].to_numpy()
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    words = [
        ", ".join(f"{classes[i]} {row[i]:.0%}" for i in first)
        for row, first in zip(probabilities, order, strict=True)
    ]
    return pd.Series(words, table.index, dtype=str)


def ece(table: pd.DataFrame, bins: int = BINS) -> float:
    """Expected calibration error of the predicted genre, in [0, 1] (Guo et al. 2017), or NaN.

    The mean distance of confidence and accuracy over `bins` equally wide bins of confidence, each
    weighed by its tracks.
    """
    off = np.bincount(confidence_bins(table, bins), table["right"] - table["confidence"])
    return float(np.abs(off).sum() / len(table))


def confidence_bins(table: pd.DataFrame, bins: int) -> np.ndarray:
    """Which of equally wide bins, each with its upper end, the confidences lie in."""
    # The outer edges are left out: rounding may carry a confidence beyond 1.
    return np.digitize(table["confidence"], np.linspace(0, 1, bins + 1)[1:-1], right=True)
