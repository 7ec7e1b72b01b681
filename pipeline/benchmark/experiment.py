"""One model of a benchmark: tuned, tested, explained, distorted and saved."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.artifacts import model_files
from pipeline.benchmark import importance, train
from pipeline.benchmark.plan import UNUSED
from pipeline.extraction.workers import keep_workers_to_one_thread
from pipeline.files import atomic, write_parquet
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.benchmark.plan import BenchmarkPlan, Folds
    from pipeline.features import Array, Column
    from pipeline.models import Classifier, Examples, Model
    from pipeline.protocols import Unit

NOTE = "card.json"  # what is known of a finished model
MAX_WINDOWS_EXPLAINED = 1000  # of a fold, for importances
MAX_WINDOWS_OCCLUDED = 100  # the same where each window passes through pretrained networks


@dataclass(frozen=True)
class Experiment:
    """One model and the part of a `BenchmarkPlan` that it needs.

    Attributes
    ----------
    inputs
        The examples in the form that the model's file takes.
    folds
        By protocol: fold of each example.
    distorted
        By distortion: windows of the tracks in the first fold of `robustness_protocol`.
    elsewhere, elsewhere_ids, elsewhere_protocol
        Windows and track ids of a second collection, and the protocol that tests on it, if any.
    live
        Whether the model can classify recordings.
    """

    model: Model
    examples: Examples
    inputs: Examples
    folds: dict[str, Folds]
    units: dict[str, Unit]
    headline: str
    robustness_protocol: str
    classes: list[str]
    track_ids: list[str]
    distorted: dict[str, Examples]
    live: bool
    elsewhere: Examples | None = None
    elsewhere_ids: tuple[str, ...] = ()
    elsewhere_protocol: str | None = None

    @classmethod
    def of(
        cls, model: Model, plan: BenchmarkPlan, distorted: dict[str, dict[str, Examples]]
    ) -> Experiment:
        """The experiment of one model in a plan; `distorted` by feature set, by distortion."""
        return cls(
            model=model,
            examples=plan.examples[model.features],
            inputs=plan.examples[model.input_features],
            folds=plan.folds[model.features],
            units={name: protocol.unit for name, protocol in plan.protocols.items()},
            headline=plan.headline,
            robustness_protocol=plan.robustness_protocol,
            classes=plan.classes,
            track_ids=plan.tracks["track_id"].tolist(),
            distorted=distorted.get(model.features, {}),
            live=plan.live(model.input_features),
            elsewhere=plan.examples_elsewhere(model.features),
            elsewhere_ids=tuple(plan.elsewhere.tracks["track_id"]) if plan.elsewhere else (),
            elsewhere_protocol=plan.elsewhere_protocol,
        )

    @property
    def columns(self) -> Sequence[Column]:
        """Columns of the feature set that the model is trained on."""
        return lookup("pipeline.features", "FEATURES", self.model.features).columns


@dataclass(frozen=True)
class _Outcome:
    """What the folds of all protocols gave."""

    params: dict[str, Any]
    predictions: pd.DataFrame
    importance: list[pd.DataFrame]
    distorted: pd.DataFrame | None


def run(experiment: Experiment, folder: Path, key: str) -> None:
    """Test, explain and train one model, and leave everything in a folder of its own.

    Parameters
    ----------
    folder
        Gets the files that `pipeline.artifacts` lists for a model, and last of all a note with
        `key`, by which a repetition is recognised.
    """
    keep_workers_to_one_thread()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = experiment.model
    outcome = _test(experiment)
    start = time.perf_counter()
    trained, chosen = train.fit(model, experiment.examples, len(experiment.classes))
    seconds = time.perf_counter() - start
    final = model.join(trained) if model.join else trained
    model_files.save(final, folder / model.filename)
    _write_tables(experiment, outcome, trained, final, folder)
    note = {
        "key": key,
        "params": outcome.params | {"all": [chosen]},
        "fit_seconds": round(seconds, 2),
        "facts": model.facts(trained) if model.facts else {},
    }
    write_note(note, folder)


def _write_tables(
    experiment: Experiment,
    outcome: _Outcome,
    trained: Classifier,
    final: Classifier,
    folder: Path,
) -> None:
    keys = ["protocol", "track_id", "window", "windows", "fold"]
    predictions = [outcome.predictions, *_predictions_elsewhere(experiment, trained)]
    write_parquet(pd.concat(predictions), folder / "predictions.parquet", keys)
    kinds = [*outcome.importance, importance.impurity(final, experiment.columns)]
    write_parquet(pd.concat(kinds), folder / "importance.parquet", ["kind"])
    if experiment.live and experiment.model.embed:
        embeddings = _embeddings(experiment, trained)
        write_parquet(embeddings, folder / "embeddings.parquet", ["track_id"])
    if outcome.distorted is not None:
        first = ["distortion", "track_id"]
        write_parquet(outcome.distorted, folder / "robustness.parquet", first)
    if history := getattr(trained, "history", None):
        write_parquet(_history(history), folder / "history.parquet", ["epoch"])


def write_note(note: dict[str, Any], folder: Path) -> None:
    """Note what is known of a finished model; a killed run leaves no half of it."""
    with atomic(folder / NOTE) as path:
        path.write_text(json.dumps(note))


def _test(experiment: Experiment) -> _Outcome:
    """Train and test on the folds of every protocol."""
    params: dict[str, Any] = {}
    predictions: list[pd.DataFrame] = []
    explained: list[pd.DataFrame] = []
    distorted = None
    for protocol, fold in experiment.folds.items():
        used, unit = fold != UNUSED, experiment.units[protocol]
        examples = experiment.examples[used]
        n_classes = len(experiment.classes)
        folds = list(train.out_of_fold(experiment.model, examples, fold[used], n_classes, unit))
        predictions.append(_predictions(folds, experiment, unit).assign(protocol=protocol))
        params[protocol] = [f.params for f in folds]
        if protocol == experiment.headline:
            explained = _importance(folds, experiment)
        if protocol == experiment.robustness_protocol and experiment.distorted:
            distorted = _distorted_predictions(folds[0], experiment)
    return _Outcome(params, pd.concat(predictions), explained, distorted)


def _embeddings(experiment: Experiment, trained: Classifier) -> pd.DataFrame:
    """Embedding of each track; a joined model has the space of the features it was trained on."""
    X, embed = experiment.examples.X, experiment.model.embed
    if embed and not experiment.model.join:
        X = embed(trained, X)[1]
    track, embeddings = train.by_track(experiment.examples.track, X)
    table = pd.DataFrame(embeddings.astype(np.float16)).rename(columns=str)
    return table.assign(track_id=[experiment.track_ids[t] for t in track])


def _importance(folds: list[train.Fold], experiment: Experiment) -> list[pd.DataFrame]:
    """Importances of every kind that fits the model, on the test part of its folds."""
    columns, classes, model = experiment.columns, experiment.classes, experiment.model
    tests = [(f.classifier, f.test.at_most(MAX_WINDOWS_EXPLAINED)) for f in folds]
    if experiment.examples.X.ndim > 2:
        bands = importance.band_groups(columns)
        lost = [importance.occlusion(c, e, bands) for c, e in tests]
        return [importance.summarise("occlusion", lost, classes)]
    families = importance.families(columns)
    # Several folds spread by themselves.
    shuffles = importance.SHUFFLES if len(folds) == 1 else 2
    lost = [importance.permutation(c, e, families, shuffles) for c, e in tests]
    tables = [importance.summarise("permutation by family", lost, classes)]
    if len(columns) < importance.MAX_SINGLE_COLUMNS:
        single = {column.name: [i] for i, column in enumerate(columns)}
        lost = [importance.permutation(c, e, single, shuffles) for c, e in tests]
        tables.append(importance.summarise("permutation", lost, classes))
    if model.shap:
        shares = [importance.shap(model.shap(c, e.X), e, columns) for c, e in tests]
        tables.append(importance.summarise("shap", shares, classes))
    if model.join:
        tables.append(_occlusion_of_joined(model.join(folds[0].classifier), folds[0], experiment))
    return tables


def _occlusion_of_joined(
    joined: Classifier, fold: train.Fold, experiment: Experiment
) -> pd.DataFrame:
    """By mel band, of a model joined with the networks before it; a window of each track."""
    inputs = experiment.inputs
    first = np.unique(inputs.track, return_index=True)[1]
    test = inputs[first[np.isin(inputs.track[first], fold.tracks)]].at_most(MAX_WINDOWS_OCCLUDED)
    name = experiment.model.input_features
    columns = lookup("pipeline.features", "FEATURES", name).columns
    lost = importance.occlusion(joined, test, importance.band_groups(columns))
    return importance.summarise("occlusion", [lost], experiment.classes)


def _predictions_elsewhere(experiment: Experiment, trained: Classifier) -> Iterator[pd.DataFrame]:
    """Answers of the model that learnt from everything about a second collection."""
    if (test := experiment.elsewhere) is None:
        return
    tracks, probabilities = train.by_track(test.track, trained.predict_proba(test.X))
    table = pd.DataFrame(_shortened(probabilities), columns=experiment.classes)
    yield table.assign(
        protocol=experiment.elsewhere_protocol,
        track_id=[experiment.elsewhere_ids[t] for t in tracks],
        window=-1,
        windows=np.bincount(test.track)[tracks],
        fold=0,
    )


def _distorted_predictions(fold: train.Fold, experiment: Experiment) -> pd.DataFrame:
    """Predictions of a fold's model on its test tracks, distorted."""
    tables = []
    for distortion, test in experiment.distorted.items():
        tracks, probabilities = train.by_track(test.track, fold.classifier.predict_proba(test.X))
        ids = [experiment.track_ids[t] for t in tracks]
        table = pd.DataFrame(_shortened(probabilities), columns=experiment.classes)
        tables.append(table.assign(track_id=ids, distortion=distortion))
    return pd.concat(tables)


def _predictions(folds: list[train.Fold], experiment: Experiment, unit: Unit) -> pd.DataFrame:
    """Predictions as a table.

    ``window`` counts a track's windows, -1: all of them together; ``windows``: how many are behind
    the answer.
    """
    tables = []
    for f in folds:
        table = pd.DataFrame(_shortened(f.probabilities), columns=experiment.classes)
        ids = pd.Series([experiment.track_ids[t] for t in f.tracks])
        by_window = unit == "window"
        window = ids.groupby(ids).cumcount() if by_window else -1
        windows = 1 if by_window else np.bincount(f.test.track)[f.tracks]
        tables.append(table.assign(track_id=ids, fold=f.number, window=window, windows=windows))
    return pd.concat(tables)


def _shortened(probabilities: Array) -> Array:
    """Rounded to 12 bits, an eighth of a thousandth: digits beyond mean nothing and fill files."""
    mantissa, exponent = np.frexp(probabilities)
    return np.ldexp(np.round(mantissa * 2**12), exponent - 12).astype(np.float32)


def _history(history: dict[str, list[float]]) -> pd.DataFrame:
    """Keras' history as rows ``epoch, split, metric, value``."""
    table = pd.DataFrame(history).rename_axis("epoch").reset_index().melt("epoch", var_name="name")
    held_out = table["name"].str.startswith("val_")
    return table.assign(
        split=np.where(held_out, "held out", "training"),
        metric=table["name"].str.removeprefix("val_"),
    ).drop(columns="name")
