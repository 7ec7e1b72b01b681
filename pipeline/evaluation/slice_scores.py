"""Scores on slices of the tracks, and what scores on few tracks cannot tell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.evaluation.intervals import difference_bounds
from pipeline.evaluation.scores import accuracy
from pipeline.evaluation.slices import bins, facts_of

FEW_ARTISTS = 10


def cautions(table: pd.DataFrame) -> list[str]:
    """Sentences on what predictions on a part of the tracks cannot tell.

    Parameters
    ----------
    table
        ``genre, artist`` of each track.
    """
    n_artists, genres = table["artist"].nunique(), table["genre"].unique()
    found = []
    if n_artists == 1:
        found.append(
            "They are by one artist, who does not say how a model does on others: there are no"
            " intervals."
        )
    elif n_artists < FEW_ARTISTS:
        found.append(f"They are by {n_artists} artists only: intervals are rough.")
    if len(genres) == 1:
        found.append(
            f"They are all {genres[0]}: accuracy is the recall of that genre. Precision, F1 and"
            " the commonest genre say nothing."
        )
    return found


def meaningful(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of genres on a part of the tracks, NaN where they say nothing.

    These are all of a genre without tracks, and precision and F1 where one genre alone has some.

    Parameters
    ----------
    scores
        `pipeline.evaluation.scores.per_genre`
    """
    tested = scores["support"] > 0
    known = scores.where(tested).assign(support=scores["support"])
    return known.assign(precision=np.nan, f1=np.nan) if tested.sum() == 1 else known


def by_bin(table: pd.DataFrame, tracks: pd.DataFrame, column: str) -> pd.DataFrame:
    """Accuracy in each of the `bins` of a column.

    Returns
    -------
    pd.DataFrame
        ``slice``, as text; ``words``; ``n`` predictions; ``artists``; ``accuracy`` with its 95 %
        interval ``low, high``; ``within``: the mean of what remains of each prediction (1 if
        right, else 0) after the accuracy of its genre is taken away, with ``within_low,
        within_high``. Intervals are over artists; that of ``within`` is NaN for one artist.
        ``within`` is NaN where the column is the genre.
    """
    facts = facts_of(table, tracks)
    found = [(part, part.holds(facts)) for part in bins(facts, column)]
    rows = [
        {"slice": str(part), "words": part.words, "n": int(own.sum())}
        | {"artists": table["artist"][own].nunique()}
        | dict(zip(("accuracy", "low", "high"), accuracy(table[own]), strict=True))
        for part, own in found
        if own.any()
    ]
    frame = pd.DataFrame(rows)
    within = _within(table, np.array([own for _, own in found if own.any()]))
    frame[["within", "within_low", "within_high"]] = within if column != "genre" else np.nan
    return frame


def _within(table: pd.DataFrame, holds: np.ndarray) -> np.ndarray:
    """Each bin's accuracy less that of its genres, and its interval [shape=(n_bins, 3)]."""
    artist, names = pd.factorize(table["artist"])
    genre, genres = pd.factorize(table["genre"])
    shape = len(names), len(holds), len(genres)
    cell = np.ravel_multi_index((artist, holds.argmax(axis=0), genre), shape)
    sums = [np.bincount(cell, weights, np.prod(shape)) for weights in (table["right"], None)]
    counts = np.stack(sums, axis=-1).reshape(*shape, 2)
    ends = difference_bounds(counts, _beyond_genre)
    alone = (counts[..., 1].sum(axis=2) > 0).sum(axis=0) < 2  # bins of one artist
    return np.stack([_beyond_genre(counts.sum(axis=0)), *np.where(alone, np.nan, ends)], axis=-1)


def _beyond_genre(counts: np.ndarray) -> np.ndarray:
    """From counts [shape=(..., n_bins, n_genres, 2)] to differences [shape=(..., n_bins)]."""
    right, n = counts[..., 0], counts[..., 1]
    of_genre = right.sum(axis=-2) / np.maximum(n.sum(axis=-2), 1)  # (..., n_genres)
    expected = (n * of_genre[..., None, :]).sum(axis=-1)
    return (right.sum(axis=-1) - expected) / np.maximum(n.sum(axis=-1), 1)
