"""One model of a benchmark: chosen, asked, explained, robust or not, and saved."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pipeline import explain, persistence, space, train
from pipeline.registry import lookup
from pipeline.tables import complete
from pipeline.workers import keep_to_one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from pipeline.features import Array, Column
    from pipeline.models import Classifier, Examples, Model

UNUSED = -2  # in place of a fold's number: the row takes no part in the protocol
NOTE = "card.json"  # what is known of a finished model
EXPLAINED = 1000  # windows of a fold that importances are computed from
WHOLE = 100  # the same where each window passes through pretrained networks
Folds: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True)
class Lesson:
    """The part of a `_Bench` that one model needs."""

    examples: Examples
    heard: Examples  # the same windows in the form that its file answers to
    folds: dict[str, Folds]
    units: dict[str, Literal["track", "window"]]
    strictest: str
    tested: str
    classes: list[str]
    track_ids: list[str]
    distorted: dict[str, Examples]
    live: bool  # whether the model can be asked about recordings


def learn(model: Model, lesson: Lesson, folder: Path, key: str) -> None:
    """Answers, explanation and final model of one kind, in a folder of its own.

    Parameters
    ----------
    folder
        Gets the files that `pipeline.artifacts` lists for a model, and last of all a note with
        `key`, which tells whether the same has been done before.
    """
    keep_to_one_thread()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    params, predictions, importance, distorted = _ask(model, lesson)
    start = time.perf_counter()
    final, chosen = train.fit(model, lesson.examples, len(lesson.classes))
    seconds = time.perf_counter() - start
    facts = model.facts(final) if model.facts else {}
    history = getattr(final, "history", None)
    if lesson.live and model.family == "Keras":
        write(_places(model, final, lesson), folder / "places.parquet", ["track_id"])
    final = model.whole(final) if model.whole else final
    persistence.save(final, folder / model.filename)
    write(predictions, folder / "predictions.parquet", ["protocol", "track_id", "window", "fold"])
    importance.append(explain.impurity(final, _columns(model)))
    write(pd.concat(importance), folder / "importance.parquet", ["kind"])
    if distorted is not None:
        write(distorted, folder / "robustness.parquet", ["distortion", "track_id"])
    if history:
        write(_history(history), folder / "history.parquet", ["epoch"])
    params["all"] = [chosen]
    note = {"key": key, "params": params, "fit_seconds": round(seconds, 2), "facts": facts}
    write_note(note, folder)


def write_note(note: dict[str, Any], folder: Path) -> None:
    """Note what is known of a finished model; a killed run leaves no half of it."""
    with complete(folder / NOTE, "Free some room, or choose another --cache.") as passing:
        passing.write_text(json.dumps(note))


def _ask(
    model: Model, lesson: Lesson
) -> tuple[dict[str, Any], pd.DataFrame, list[pd.DataFrame | None], pd.DataFrame | None]:
    """Parameters, predictions, importances and answers about distorted clips, of all folds."""
    params: dict[str, Any] = {}
    predictions, importance, distorted = [], [], None
    for protocol, fold in lesson.folds.items():
        used, unit = fold != UNUSED, lesson.units[protocol]
        examples = lesson.examples[used]
        folds = list(train.out_of_fold(model, examples, fold[used], len(lesson.classes), unit))
        predictions.append(_predictions(folds, lesson, unit).assign(protocol=protocol))
        params[protocol] = [f.params for f in folds]
        if protocol == lesson.strictest:
            importance = _importance(model, folds, lesson)
        if protocol == lesson.tested and lesson.distorted:
            distorted = _distorted_answers(folds[0], lesson)
    return params, pd.concat(predictions), importance, distorted


def _places(model: Model, final: Classifier, lesson: Lesson) -> pd.DataFrame:
    """Where tracks stand in a network's space; a joined one has the space of its features."""
    X = lesson.examples.X
    track, places = train.by_track(
        lesson.examples.track, X if model.whole else space.answers(final, X)[1]
    )
    table = pd.DataFrame(places.astype(np.float16)).rename(columns=str)
    return table.assign(track_id=[lesson.track_ids[t] for t in track])


def _columns(model: Model) -> Sequence[Column]:
    return lookup("pipeline.features", "FEATURES", model.features).columns


def _importance(model: Model, folds: list[train.Fold], lesson: Lesson) -> list[pd.DataFrame | None]:
    """Importances of every kind that fits the model, from what its folds were asked about."""
    columns, classes = _columns(model), lesson.classes
    asked = [(f.classifier, f.asked.at_most(EXPLAINED)) for f in folds]
    if lesson.examples.X.ndim > 2:
        bands = explain.bands(columns)
        lost = [explain.occlusion(c, e, bands) for c, e in asked]
        return [explain.summarise("occlusion", lost, classes)]
    families = explain.families(columns)
    # Several folds spread by themselves.
    repeats = explain.REPEATS if len(folds) == 1 else 2
    lost = [explain.permutation(c, e, families, repeats) for c, e in asked]
    tables = [explain.summarise("permutation by family", lost, classes)]
    if len(columns) < explain.MANY:
        single = {column.name: [i] for i, column in enumerate(columns)}
        lost = [explain.permutation(c, e, single, repeats) for c, e in asked]
        tables.append(explain.summarise("permutation", lost, classes))
    if model.family == "XGBoost":
        shares = [explain.shap(c, e, columns) for c, e in asked]
        tables.append(explain.summarise("shap", shares, classes))
    if model.whole:
        whole = model.whole(folds[0].classifier)
        tables.append(_occlusion_of_whole(model, whole, folds[0], lesson))
    return [*tables]


def _occlusion_of_whole(
    model: Model, whole: Classifier, fold: train.Fold, lesson: Lesson
) -> pd.DataFrame:
    """By mel band, of a model joined with the networks before it; a window of each track."""
    first = np.unique(lesson.heard.track, return_index=True)[1]
    asked = lesson.heard[first[np.isin(lesson.heard.track[first], fold.tracks)]].at_most(WHOLE)
    columns = lookup("pipeline.features", "FEATURES", model.listens).columns
    lost = explain.occlusion(whole, asked, explain.bands(columns))
    return explain.summarise("occlusion", [lost], lesson.classes)


def _distorted_answers(fold: train.Fold, lesson: Lesson) -> pd.DataFrame:
    """What a fold's model says of the tracks that it was asked about, distorted."""
    tables = []
    for distortion, asked in lesson.distorted.items():
        tracks, said = train.by_track(asked.track, fold.classifier.predict_proba(asked.X))
        ids = [lesson.track_ids[t] for t in tracks]
        table = pd.DataFrame(_shortened(said), columns=lesson.classes)
        tables.append(table.assign(track_id=ids, distortion=distortion))
    return pd.concat(tables)


def _predictions(
    folds: list[train.Fold], lesson: Lesson, unit: Literal["track", "window"]
) -> pd.DataFrame:
    """Answers as a table; ``window`` counts a track's windows, -1: all of them together."""
    tables = []
    for f in folds:
        table = pd.DataFrame(_shortened(f.probabilities), columns=lesson.classes)
        ids = pd.Series([lesson.track_ids[t] for t in f.tracks])
        window = ids.groupby(ids).cumcount() if unit == "window" else -1
        tables.append(table.assign(track_id=ids, fold=f.number, window=window))
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
        split=np.where(held_out, "held out", "learnt"),
        metric=table["name"].str.removeprefix("val_"),
    ).drop(columns="name")


def write(table: pd.DataFrame, path: Path, first: list[str]) -> None:
    """Write a table with some columns in front; numbers byte by byte, since the first are alike."""
    rest = [column for column in table.columns if column not in first]
    split = [column for column in table if pd.api.types.is_float_dtype(table[column])]
    whole = [column for column in table if column not in split]
    table[first + rest].to_parquet(
        path, index=False, compression="zstd", use_byte_stream_split=split, use_dictionary=whole
    )
