"""Files of predictions that others made: read, and checked before anything is kept."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.artifacts.imported import KEYS, Imported
from pipeline.artifacts.splits import split
from pipeline.errors import PredictionsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.artifacts.reader import Artifacts

TOLERANCE = 0.01  # by which a sum of probabilities may miss 1: they may be rounded
KNOWN = ("track_id", "fold", "predicted", "genre", "artist", "title")  # columns that are no genres
SHOWN = 3  # examples in a sentence


def checked(
    table: pd.DataFrame, artifacts: Artifacts, protocol: str, title: str, held: bool = False
) -> Imported:
    """Predictions that fit a protocol of a benchmark.

    Parameters
    ----------
    table
        ``track_id``; a column of probabilities for each class, or the genre that is ``predicted``
        (or ``genre``); ``fold`` if it is known. ``genre``, ``artist`` and ``title`` may be there as
        they come from `split`.
    held
        See `Imported`.

    Raises
    ------
    PredictionsError
        If columns, ids, probabilities or folds are wrong.
    """
    table = table.rename(columns=str).reset_index(drop=True)
    used, classes = split(artifacts, protocol), artifacts.classes
    column = _check_columns(table, artifacts)
    due = used[used["fold"] >= 0].set_index("track_id")
    table = table.assign(track_id=table["track_id"].astype(str)).set_index("track_id")
    _check_ids(table.index, due.index, artifacts, protocol)
    table = table.loc[due.index]  # in one order
    values = (
        _one_hot(table[column], due["genre"], classes) if column else _probabilities(table[classes])
    )
    fold = _folds(table, due["fold"], protocol)
    predictions = _as_stored(artifacts, protocol, fold, values)
    return Imported(
        title=title,
        predictions=predictions,
        genres_only=[protocol] if column else [],
        folds_unknown=[protocol] if fold.isna().any() else [],
        digest=sha256(f"{title}\n{predictions.to_csv(index=False)}".encode()).hexdigest(),
        held=held,
    )


def _as_stored(
    artifacts: Artifacts, protocol: str, fold: pd.Series, values: np.ndarray
) -> pd.DataFrame:
    """Probabilities in the form of those of models that were built; `fold` by track."""
    windows = artifacts.tracks.set_index("track_id").get("windows")  # none of published tables
    facts = {
        "protocol": protocol,
        "track_id": fold.index,
        "window": -1,
        "windows": 1 if windows is None else windows.loc[fold.index].to_numpy(),
        "fold": fold.array,
    }
    return pd.DataFrame(facts)[KEYS].join(pd.DataFrame(values, columns=artifacts.classes))


def _check_columns(table: pd.DataFrame, artifacts: Artifacts) -> str:
    """The column that holds the predicted genres; empty if there are probabilities."""
    classes, columns = artifacts.classes, list(table.columns)
    double = _few(name for name in dict.fromkeys(columns) if columns.count(name) > 1)
    if double:
        raise PredictionsError(f"The column {double} stands there twice. Remove one of them.")
    if "track_id" not in columns:
        raise PredictionsError(f"There is no column track_id, only {_few(columns)}. Add it.")
    strange = [name for name in columns if name not in (*KNOWN, *classes)]
    if strange:
        raise PredictionsError(
            f"The column {_few(strange)} is no genre of {artifacts.manifest.benchmark}, which has"
            f" {', '.join(classes)}. Rename it, or leave it out."
        )
    missing = [name for name in classes if name not in columns]
    if len(missing) == len(classes):
        return _genre_column(columns)
    if missing:
        raise PredictionsError(
            f"There are probabilities, but none of {_few(missing)}. Add a column for each genre,"
            " with 0 where it is never predicted."
        )
    return ""


def _genre_column(columns: Sequence[str]) -> str:
    for name in ("predicted", "genre"):
        if name in columns:
            return name
    raise PredictionsError(
        "There are neither probabilities, a column for each genre, nor a column predicted. Add one"
        " or the other."
    )


def _check_ids(given: pd.Index, due: pd.Index, artifacts: Artifacts, protocol: str) -> None:
    benchmark = artifacts.manifest.benchmark
    cure = (
        "Give one prediction for each tested track of: python -m pipeline export-split"
        f" {benchmark} --protocol {protocol}"
    )
    every = pd.Index(artifacts.tracks["track_id"])
    faults = {
        "there more than once": given[given.duplicated()].unique(),
        f"no tracks of {benchmark}": given.difference(every),
        f"not tested under {protocol}": given.intersection(every).difference(due),
        "missing": due.difference(given),
    }
    for words, ids in faults.items():
        if len(ids):
            raise PredictionsError(f"{len(ids):,} of the ids are {words}: {_few(ids)}. {cure}")


def _probabilities(table: pd.DataFrame) -> np.ndarray:
    """Probabilities whose rows sum to 1 [shape=(n_tracks, n_classes)]."""
    values = table.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    _refuse(table, ~np.isfinite(values), "is no number", "Write numbers with a decimal point.")
    _refuse(table, values < 0, "is negative", "Give probabilities; softmax makes them of scores.")
    sums = values.sum(axis=1)
    off = np.flatnonzero(np.abs(sums - 1) > TOLERANCE)
    if len(off):
        raise PredictionsError(
            f"The probabilities of {table.index[off[0]]} sum to {sums[off[0]]:.4g}, and those of"
            f" {len(off):,} tracks in all do not sum to 1 (within {TOLERANCE}). Divide each row by"
            " its sum, or give probabilities in place of scores."
        )
    return (values / sums[:, None]).astype(np.float32)


def _refuse(table: pd.DataFrame, wrong: np.ndarray, words: str, cure: str) -> None:
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        value, genre = table.iat[row, column], table.columns[column]
        raise PredictionsError(
            f"The probability {str(value)!r} of {genre} for {table.index[row]} {words}. {cure}"
        )


def _one_hot(given: pd.Series, truth: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """1 for the predicted genre, else 0 [shape=(n_tracks, n_classes)]."""
    strange = given[~given.isin(list(classes))]
    if len(strange):
        raise PredictionsError(
            f"{strange.iloc[0]!r}, predicted for {strange.index[0]}, is no genre. Use one of:"
            f" {', '.join(classes)}."
        )
    if given.name == truth.name and (given == truth).all():
        raise PredictionsError(
            "The column genre holds the true genre of every track, as export-split writes it. Put"
            " what the model predicted into a column predicted."
        )
    return (given.to_numpy()[:, None] == np.array(classes, dtype=object)).astype(np.float32)


def _folds(table: pd.DataFrame, due: pd.Series, protocol: str) -> pd.Series:
    """Fold of each track; missing if the file says nothing and there are several."""
    due = due.astype("Int64")
    text = table["fold"].astype(str) if "fold" in table else pd.Series("", table.index)
    blank = text.str.strip().str.lower().isin({"", "nan", "none", "<na>"})
    if blank.all():
        return due if due.nunique() == 1 else due.where(due.isna())
    other = text[pd.to_numeric(text, errors="coerce") != due.astype(float)]
    if len(other):
        track = other.index[0]
        raise PredictionsError(
            f"The fold of {track} is {other.iloc[0]!r}, but under {protocol} it is {due[track]};"
            f" {len(other):,} tracks differ. Train for the folds that export-split writes, or leave"
            " the column out: the folds then count as unknown."
        )
    return due


def _few(values: Iterable[object]) -> str:
    """The first values, and how many more there are."""
    every = [repr(value) for value in values]
    rest = f" and {len(every) - SHOWN:,} more" if len(every) > SHOWN else ""
    return f"{', '.join(every[:SHOWN])}{rest}"
