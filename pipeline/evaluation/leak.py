"""What leaks are worth: gains on the same tracks, and tracks that networks may have heard."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pipeline.evaluation.intervals import Interval, difference_interval

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.artifacts.manifest import ProtocolCard
    from pipeline.artifacts.reader import Artifacts


class Gains(NamedTuple):
    """What models gain under a lenient protocol, on tracks that a strict one tests as well.

    Attributes
    ----------
    models
        A row a model: ``gain`` of accuracy, in [-1, 1], with its 95 % interval ``low, high``.
        Index: the model's name.
    mean
        Mean of the models' gains.
    tracks, artists
        How many tracks the models were compared on, and by how many artists.
    """

    models: pd.DataFrame
    mean: Interval
    tracks: int
    artists: int


def steps(protocols: Mapping[str, ProtocolCard]) -> list[tuple[str, str]]:
    """Each protocol and the next stricter one, the most lenient first.

    A published split and a test on another collection are in none: they are no leaks, but test
    other tracks.
    """
    own = [n for n, facts in protocols.items() if facts.role not in ("published", "elsewhere")]
    return list(pairwise(sorted(own, key=lambda name: protocols[name].strictness)))


def gains(lenient: Mapping[str, pd.DataFrame], strict: Mapping[str, pd.DataFrame]) -> Gains | None:
    """What each model gains, track by track; all tracks count the same.

    Of a track that a protocol tests in windows, the share of correct windows counts.

    Parameters
    ----------
    lenient, strict
        Tables of `labelled_predictions` by model.

    Returns
    -------
    Gains or None
        With intervals over artists, on the tracks of which all models were asked twice. None if
        there are none.
    """
    both = [name for name in lenient if len(lenient[name]) and name in strict and len(strict[name])]
    pairs = [_paired(lenient[name], strict[name]).assign(model=name) for name in both]
    if not pairs:
        return None
    rows = pd.concat(pairs)
    common = set.intersection(*(set(pair.index) for pair in pairs))
    rows = rows[rows.index.isin(common)]
    if rows.empty:
        return None
    sums, (names,) = _sums(rows, ["model"], "gain")
    intervals = [difference_interval(sums[:, i], _means) for i in range(len(names))]
    models = pd.DataFrame(intervals, names).set_axis(["gain", "low", "high"], axis=1)
    return Gains(
        models.loc[rows["model"].unique()],
        difference_interval(sums, _mean_of_models),
        rows.index.nunique(),
        rows["artist"].nunique(),
    )


def _paired(lenient: pd.DataFrame, strict: pd.DataFrame) -> pd.DataFrame:
    """``artist`` and ``gain`` of each track that both protocols test; index: track_id."""
    right = [table.groupby("track_id", sort=False)["right"].mean() for table in (lenient, strict)]
    artist = strict.drop_duplicates("track_id").set_index("track_id")["artist"]
    both = pd.concat([artist, *right], axis=1, join="inner", keys=["artist", "lenient", "strict"])
    return both.assign(gain=both["lenient"] - both["strict"])[["artist", "gain"]]


def _sums(
    rows: pd.DataFrame, by: Sequence[str], column: str
) -> tuple[np.ndarray, tuple[pd.Index, ...]]:
    """Sum of a column and number of rows, by artist and further columns.

    Returns
    -------
    sums : np.ndarray [shape=(n_artists, ..., 2)]
        One axis for each column of `by`.
    values : tuple of pd.Index
        What these columns hold, sorted.
    """
    keys = [pd.factorize(rows[name], sort=True) for name in ("artist", *by)]
    sums = np.zeros((*(len(values) for _, values in keys), 2))
    places = tuple(codes for codes, _ in keys)
    np.add.at(sums, places, np.column_stack([rows[column], np.ones(len(rows))]))
    return sums, tuple(pd.Index(values) for _, values in keys[1:])


def _means(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / np.maximum(sums[..., 1], 1)


def _mean_of_models(sums: np.ndarray) -> np.ndarray:
    """Mean over the models with tracks, from sums [shape=(..., n_models, 2)]."""
    return np.mean(_means(sums), axis=-1, where=sums[..., 1] > 0)


def through_networks(artifacts: Artifacts) -> set[str]:
    """Names of the models that were trained on what a pretrained network makes of the sound.

    The columns of their features say so: some are probabilities of a network's tags.
    """
    columns = {name: facts["columns"] for name, facts in artifacts.manifest.features.items()}
    tagged = {
        name
        for name, own in columns.items()
        if any('gives the tag "' in artifacts.meaning(name, column) for column in own)
    }
    return {name for name, card in artifacts.models.items() if card.trained_on in tagged}


def heard_before(tables: Mapping[str, pd.DataFrame], tracks: pd.DataFrame) -> pd.DataFrame:
    """Predictions on tracks of which it is known whether a pretrained network may have heard them.

    Parameters
    ----------
    tables
        Tables of `labelled_predictions` by model.
    tracks
        ``heard`` says of a track whether a network may have been trained on it; missing: unknown.

    Returns
    -------
    pd.DataFrame
        ``model, track_id, artist, genre, right, heard``. Empty if no genre has tracks of both
        kinds, so that they cannot be compared.
    """
    columns = ["model", "track_id", "artist", "genre", "right"]
    rows = pd.concat(tables, names=["model"]).reset_index("model")[columns]
    if "heard" not in tracks:
        return rows.head(0).assign(heard=False)
    heard = tracks.set_index("track_id")["heard"].dropna().astype(bool)
    rows = rows.join(heard, on="track_id", how="inner")
    return rows if (rows.groupby("genre")["heard"].nunique() == 2).any() else rows.head(0)


def within_genres(
    rows: pd.DataFrame, models: Collection[str], others: Collection[str] = ()
) -> Interval:
    """How much more accurate models are on tracks that may have been heard before.

    The two kinds of tracks are of other genres, so they are compared within each genre. A genre
    counts as much as it has tracks of the rarer kind, since its difference is known no better than
    the accuracy on those.

    Parameters
    ----------
    rows
        `heard_before`
    models
        Their mean is taken.
    others
        Models whose mean is subtracted, if there are any: what they gain is not due to a network.
    """
    rows = rows[rows["model"].isin([*models, *others])]
    sums, (names, _, _) = _sums(rows, ["model", "genre", "heard"], "right")
    share = np.where(names.isin(list(models)), 1 / len(models), -1 / max(len(others), 1))
    return difference_interval(sums, lambda sums: _within(sums) @ share)


def _within(sums: np.ndarray) -> np.ndarray:
    """Differences of each model, from sums [shape=(..., n_models, n_genres, 2, 2)]."""
    accuracy, weight = _means(sums), sums[..., 1].min(axis=-1)
    difference = accuracy[..., 1] - accuracy[..., 0]  # (..., n_models, n_genres)
    return (difference * weight).sum(axis=-1) / np.maximum(weight.sum(axis=-1), 1)


def may_be_chance(interval: Interval) -> bool:
    """Whether an interval holds 0, or is not known because there is one artist only."""
    return not (interval.low > 0 or interval.high < 0)
