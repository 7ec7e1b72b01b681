"""Answers of the head with fewer labels, and of shipped models, on the same tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.artifacts import places
from pipeline.artifacts.reader import open_benchmark
from pipeline.benchmark import train
from pipeline.benchmark.plan import UNUSED
from pipeline.datasets.common.spelling import key
from pipeline.evaluation import learning_curve
from pipeline.inference.neighbours import model_in_space_of, twins
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts
    from pipeline.benchmark.plan import BenchmarkPlan
    from pipeline.models import Examples, Model

TABLES = ("learning_curve.parquet", "shipped.parquet")


def tables(plan: BenchmarkPlan, model: Model, root: Path) -> dict[str, pd.DataFrame]:
    """The tables that `pipeline.evaluation.learning_curve` reads, by the name of their file.

    Parameters
    ----------
    model
        What is taught.
    root
        Folder of the shipped artifacts.
    """
    return dict(zip(TABLES, (answers(plan, model), shipped(plan, root)), strict=True))


def answers(plan: BenchmarkPlan, model: Model) -> pd.DataFrame:
    """Predictions of a model that learnt from fewer labels, under the headline protocol.

    Returns
    -------
    pd.DataFrame
        ``track_id, labels`` (at most so many a genre), ``labelled`` (how many that were on
        average), ``predicted``
    """
    fold = plan.folds[model.features][plan.headline]
    examples = plan.examples[model.features]
    numbers = np.unique(fold[fold >= 0])
    largest = max(_counts(examples[(fold != n) & (fold != UNUSED)]).max() for n in numbers)
    return pd.concat(
        _answer(plan, model, examples[(fold != n) & (fold != UNUSED)], examples[fold == n], labels)
        for n in numbers
        for labels in learning_curve.sizes(int(largest))
    )


def _answer(
    plan: BenchmarkPlan, model: Model, known: Examples, test: Examples, labels: int
) -> pd.DataFrame:
    tracks, first = np.unique(known.track, return_index=True)
    chosen = learning_curve.drawn(known.y[first], known.artist[first], labels, seed=labels)
    some = known[np.isin(known.track, tracks[chosen])]
    classifier, _ = train.fit(model, some, len(plan.classes))
    tested, probabilities = train.by_track(test.track, classifier.predict_proba(test.X))
    return pd.DataFrame(
        {
            "track_id": plan.tracks["track_id"].to_numpy()[tested],
            "labels": labels,
            "labelled": _counts(some).mean(),
            "predicted": np.array(plan.classes)[probabilities.argmax(axis=1)],
        }
    )


def _counts(examples: Examples) -> np.ndarray:
    """Tracks of each genre."""
    _, first = np.unique(examples.track, return_index=True)
    return np.unique(examples.y[first], return_counts=True)[1]


def shipped(plan: BenchmarkPlan, root: Path) -> pd.DataFrame:
    """Predictions of shipped models on the tracks of genres that they know.

    They choose among the genres that both know, in the spelling of this collection. Models whose
    features were not computed here are not asked.

    Returns
    -------
    pd.DataFrame
        ``track_id, benchmark, model, title, predicted``, and ``twin``: the track of that benchmark
        which is the same sound, or nothing.
    """
    opened = [open_benchmark(name, root, imports=False) for name in places.shipped(root)]
    found = [table for each in opened for table in _asked(plan, each)]
    columns = ["track_id", "benchmark", "model", "title", "predicted", "twin"]
    return pd.concat(found)[columns] if found else pd.DataFrame(columns=columns, dtype=str)


def _asked(plan: BenchmarkPlan, other: Artifacts) -> Iterator[pd.DataFrame]:
    """Answers of each model of a benchmark that can be asked."""
    here = {key(name): name for name in plan.classes}
    column = {n: here[key(c)] for n, c in enumerate(other.classes) if key(c) in here}
    if len(column) < 2 or not other.manifest.live:
        return
    common = plan.tracks["genre"].isin(column.values()).to_numpy()
    twin = _twins(plan, other)
    for name, card in other.models.items():
        if card.trained_on in plan.examples and not card.baseline:
            test = plan.examples[card.trained_on]
            test = test[common[test.track]]
            tracks, given = train.by_track(test.track, other.served(name).predict_proba(test.X))
            best = given[:, list(column)].argmax(axis=1)
            yield pd.DataFrame(
                {
                    "track_id": plan.tracks["track_id"].to_numpy()[tracks],
                    "benchmark": other.manifest.benchmark,
                    "model": name,
                    "title": card.title,
                    "predicted": np.array(list(column.values()))[best],
                    "twin": twin[tracks],
                }
            )


def _twins(plan: BenchmarkPlan, other: Artifacts) -> np.ndarray:
    """Of each track: that of another benchmark which is the same sound; empty if none is known."""
    found = np.full(len(plan.tracks), "", dtype=object)
    for features, examples in plan.examples.items():
        for model, columns in _spaces(other, _names(features)):
            tracks, means = train.by_track(examples.track, examples.X[:, columns])
            same = np.array(twins(other, model, means), dtype=object)
            found[tracks[same != ""]] = same[same != ""]
    return found


def _spaces(other: Artifacts, columns: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Models whose space has some of these columns, and which."""
    for features in sorted({card.trained_on for card in other.models.values()}):
        model = model_in_space_of(other, features)
        if model and set(names := _names(features)) <= set(columns):
            yield model, [columns.index(name) for name in names]


def _names(features: str) -> Sequence[str]:
    columns: Sequence[str] = lookup("pipeline.features", "FEATURES", features).names
    return columns
