"""Labels that may be wrong, by confident learning (Northcutt, Jiang & Chuang 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pipeline.evaluation.scores import class_indices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FACTS = ["genre", "artist", "title"]
ROUNDING = 1e-6  # a probability that equals a threshold must not fall below it


class Audit(NamedTuple):
    """How suspected labels compare with the faults that an audit of the dataset found.

    Attributes
    ----------
    tracks, faulty, suspected
        Numbers of tracks: tested, with a known fault, and with a suspected label.
    both
        Suspected tracks with a known fault: recall is ``both / faulty``, and precision
        ``both / suspected``.
    """

    tracks: int
    faulty: int
    suspected: int
    both: int


def suspected_labels(tables: Mapping[str, pd.DataFrame], classes: Sequence[str]) -> pd.DataFrame:
    """Tracks that are confidently of another genre than their label, the most suspect first.

    Parameters
    ----------
    tables
        `calibrated` predictions of models on tracks that they were not trained on. Probabilities
        are averaged over models, on the tracks on which all were tested.

    Returns
    -------
    pd.DataFrame
        ``track_id, window`` (if tables have one) ``, genre, artist, title``; ``instead``: the genre
        that it sounds like; ``margin``: how much likelier that is than the label, falling;
        ``models``: how many of them predict it.
    """
    keys = [name for name in ("track_id", "window") if name in next(iter(tables.values()))]
    rows = pd.concat(tables.values(), ignore_index=True)
    each = rows.groupby(keys, sort=False)
    tested = each.size() == len(tables)
    facts, mean = each[FACTS].first()[tested], each[list(classes)].mean()[tested]
    probabilities, label = mean.to_numpy(), class_indices(facts["genre"], classes)
    found = confident_classes(probabilities, label)
    row = np.arange(len(label))
    table = facts.assign(
        instead=np.array(classes, dtype=object)[found],
        margin=probabilities[row, found] - probabilities[row, label],
    )[found != label]
    asked = rows.join(table["instead"], on=keys, how="inner")
    agree = asked.assign(agree=asked["predicted"] == asked["instead"]).groupby(keys)["agree"]
    table = table.assign(models=agree.sum())
    return table.sort_values("margin", ascending=False, kind="stable").reset_index()


def confident_classes(probabilities: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The class that each track is confidently of; its label where there is no other.

    A track is confidently of a class if its probability reaches that class's threshold: the mean
    probability of the class over the tracks that bear its label. Of several classes the likeliest
    counts. A label that is itself the likeliest class stays.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n_tracks, n_classes)]
    label : np.ndarray [shape=(n_tracks,)]
        Class that each track is said to be of.

    Returns
    -------
    np.ndarray [shape=(n_tracks,)]
    """
    n_classes = probabilities.shape[1]
    support = np.bincount(label, minlength=n_classes)
    of_label = np.bincount(label, probabilities[np.arange(len(label)), label], n_classes)
    threshold = np.where(support > 0, of_label / np.maximum(support, 1), np.inf)
    reached = np.where(probabilities >= threshold - ROUNDING, probabilities, -np.inf)
    stays = np.isinf(reached).all(axis=1) | (probabilities.argmax(axis=1) == label)
    return np.where(stays, label, reached.argmax(axis=1))


def audit(suspects: pd.DataFrame, tested: pd.Series, fault: pd.Series) -> Audit:
    """Compare suspected labels with known faults.

    Parameters
    ----------
    suspects
        `suspected_labels`
    tested
        Ids of the tracks that were tested.
    fault
        Fault of each track, by id; empty if none is known.
    """
    faulty, ids = set(fault.index[fault.astype(bool)]), set(tested)
    suspected = set(suspects["track_id"])
    return Audit(len(ids), len(faulty & ids), len(suspected), len(faulty & suspected))
