"""Whether a model is right as often as it says: temperature, reliability, coverage, record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.evaluation.scores import (
    BINS,
    accuracy,
    class_indices,
    confidence_bins,
    has_probabilities,
    labelled_predictions,
)
from pipeline.evaluation.temperature import length_class, temperatures, tempered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.artifacts.reader import Artifacts

CALIBRATION_PARTS = 5  # into which artists are divided where a protocol has a single fold


def calibrated_predictions(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """Labelled predictions with calibrated probabilities.

    On a second collection with the temperature of this one, which is what a visitor's music gets;
    otherwise see `calibrated`.
    """
    table = labelled_predictions(artifacts, model, protocol)
    return calibrated_as_shown(artifacts, model, protocol, table)


def calibrated_as_shown(
    artifacts: Artifacts, model: str, protocol: str, table: pd.DataFrame
) -> pd.DataFrame:
    """The same of labelled predictions that are at hand; without probabilities they stay."""
    if not has_probabilities(table):
        return table
    if not artifacts.is_elsewhere(protocol):
        return calibrated(table, artifacts.classes)
    return with_learnt_temperatures(artifacts, model, table)


def with_learnt_temperatures(artifacts: Artifacts, model: str, table: pd.DataFrame) -> pd.DataFrame:
    """Predictions whose probabilities are `tempered` as a visitor's are."""
    before = table[artifacts.classes].to_numpy(dtype=np.float64)
    learnt = np.array(artifacts.model(model).temperatures)
    after = tempered(before, learnt[length_class(table["windows"])])
    return _with_probabilities(table, artifacts.classes, after)


def calibrated(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Predictions whose probabilities are `tempered`, with temperatures fitted on other tracks.

    Each fold's temperatures are those of the other folds, by length (see `temperatures`). Where
    there is one fold, five groups of artists take their place; one artist alone keeps T = 1.
    ``predicted`` stays, ``confidence`` follows the probabilities.
    """
    truth, parts = class_indices(table["genre"], classes), _parts(table)
    windows = table["windows"].to_numpy()
    before = table[list(classes)].to_numpy(dtype=np.float64)
    after = before.copy()  # (n_tracks, n_classes)
    for part in np.unique(parts):
        own = parts == part
        learnt = np.array(temperatures(before[~own], truth[~own], windows[~own]))
        after[own] = tempered(before[own], learnt[length_class(windows[own])])
    return _with_probabilities(table, classes, after)


def _with_probabilities(
    table: pd.DataFrame, classes: Sequence[str], probabilities: np.ndarray
) -> pd.DataFrame:
    columns = dict(zip(classes, probabilities.T, strict=True))
    return table.assign(**columns, confidence=probabilities.max(axis=1))


def _parts(table: pd.DataFrame) -> np.ndarray:
    """Which part each row belongs to, and is not calibrated by."""
    if table["fold"].nunique() > 1:
        return table["fold"].to_numpy()
    from sklearn.model_selection import GroupKFold

    parts = np.zeros(len(table), dtype=int)
    n = min(CALIBRATION_PARTS, table["artist"].nunique())
    if n > 1:
        artists, _ = pd.factorize(table["artist"], sort=True)  # numbers are quicker to group
        for part, (_, rows) in enumerate(GroupKFold(n).split(table, groups=artists)):
            parts[rows] = part
    return parts


def reliability(table: pd.DataFrame, bins: int = BINS) -> pd.DataFrame:
    """How often predictions of about the same confidence are right.

    Returns
    -------
    pd.DataFrame [shape=(bins, 7)]
        ``low, high``: the bin, without and with its end; ``count`` of tracks; their mean
        ``confidence``; their ``accuracy`` and its 95 % interval over artists, ``accuracy_low,
        accuracy_high``, as everywhere (`interval_over_artists`). NaN in empty bins.
    """
    edges = np.linspace(0, 1, bins + 1)
    by_bin = table.groupby(confidence_bins(table, bins))
    curve = by_bin.agg(count=("right", "size"), confidence=("confidence", "mean"))
    right = {n: accuracy(part) for n, part in by_bin}
    columns = ["accuracy", "accuracy_low", "accuracy_high"]
    curve = curve.join(pd.DataFrame.from_dict(right, orient="index", columns=columns))
    curve = curve.reindex(range(bins)).fillna({"count": 0}).astype({"count": int})
    curve.insert(0, "low", edges[:-1])
    curve.insert(1, "high", edges[1:])
    return curve


def coverage(table: pd.DataFrame) -> pd.DataFrame:
    """How accurate a model is if it may pass on tracks it is unsure of (El-Yaniv & Wiener 2010).

    Returns
    -------
    pd.DataFrame
        A row for each confidence that occurs, falling: ``threshold``; ``coverage``, the share of
        tracks with at least this confidence; ``accuracy`` on them.
    """
    best_first = table.groupby("confidence")["right"].agg(["sum", "size"]).iloc[::-1]
    right, answered = best_first["sum"].cumsum(), best_first["size"].cumsum()
    columns = {
        "threshold": best_first.index,
        "coverage": (answered / len(table)).to_numpy(),
        "accuracy": (right / answered).to_numpy(),
    }
    return pd.DataFrame(columns)
