"""Models trained on one collection and asked about another, without a benchmark of either."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.benchmark import train
from pipeline.benchmark.elsewhere import same_sounds
from pipeline.benchmark.plan import suited, wanted
from pipeline.benchmark.provenance import key_of, versions
from pipeline.code_hash import code_hash
from pipeline.errors import DatasetError
from pipeline.evaluation.asked import Answers
from pipeline.evaluation.scores import class_indices
from pipeline.extraction.extract import extract
from pipeline.extraction.workers import in_order
from pipeline.files import atomic
from pipeline.models import Examples
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from pipeline.datasets import Table, Track
    from pipeline.models import Array, Model

    Task = tuple[Model, Examples, Array, str]


def train_and_ask(
    models: Sequence[Model],
    own: Sequence[Track],
    others: Sequence[Track],
    cache: Path,
    jobs: int = -1,
    progress: Progress = silent,
) -> Answers:
    """What models say about recordings after they learnt from all of another collection.

    Parameters
    ----------
    own, others
        To learn from, and to be asked about.
    cache
        Features and answers are kept below: the same call goes on where it was interrupted.
    jobs
        Number of processes; -1: one for each core.

    Raises
    ------
    DatasetError
        If there are too few genres or artists to learn from.
    """
    _check(own)
    table, asked = (extract(t, wanted(models), cache, progress, jobs) for t in (own, others))
    chosen, classes = suited(models, table), sorted(table.tracks["genre"].unique())
    work = partial(_kept_answers, folder=cache / "across")
    tasks = (
        _task(model, _examples(model, table, classes), asked.rows[model.features].X)
        for model in chosen
    )
    found = tracked(in_order(work, tasks, jobs), "Train and ask", len(chosen), progress)
    tables = {
        model.name: _by_track(answers, model, asked, classes)
        for model, answers in zip(chosen, found, strict=True)
    }
    return Answers(classes, tables, same_sounds(table, asked), {**table.left_out, **asked.left_out})


def _check(own: Sequence[Track]) -> None:
    genres, artists = ({getattr(t, name) for t in own} for name in ("genre", "artist"))
    if len(genres) < 2 or len(artists) < train.TUNING_FOLDS:
        raise DatasetError(
            f"There are {len(genres)} genres and {len(artists)} artists to learn from. Models need"
            f" 2 genres and {train.TUNING_FOLDS} artists or more."
        )


def _examples(model: Model, table: Table, classes: Sequence[str]) -> Examples:
    rows = table.rows[model.features]
    genre = class_indices(table.tracks["genre"], classes)
    artist = pd.factorize(table.tracks["artist"])[0]
    return Examples(rows.X, genre[rows.track], rows.track, artist[rows.track])


def _task(model: Model, examples: Examples, X: Array) -> Task:
    """A model, what it learns from and is asked about, and a hash of all of it."""
    code = code_hash("pipeline.benchmark.train", model.fit.__module__)
    facts = (model.name, model.plugin, model.features, model.grid, model.max_gap, versions(), code)
    arrays = (examples.X, examples.y, examples.track, examples.artist, X)
    return model, examples, X, key_of(facts, arrays)


def _kept_answers(task: Task, folder: Path) -> Array:
    """Probabilities of each window, from the cache or a newly trained model."""
    model, examples, X, key = task
    path = folder / f"{model.name}-{key}.npy"
    if not path.is_file():
        classifier, _ = train.fit(model, examples, len(np.unique(examples.y)))
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as temporary:
            np.save(temporary, classifier.predict_proba(X))
    return np.load(path, allow_pickle=False)


def _by_track(
    probabilities: Array, model: Model, asked: Table, classes: Sequence[str]
) -> pd.DataFrame:
    windows: npt.NDArray[np.int64] = asked.rows[model.features].track
    tracks, means = train.by_track(windows, probabilities)
    ids = asked.tracks["track_id"].to_numpy()[tracks]
    table = pd.DataFrame(means, columns=list(classes))
    return table.assign(track_id=ids, window=-1, windows=np.bincount(windows)[tracks], fold=0)
