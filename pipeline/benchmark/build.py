"""From a folder of music to ``artifacts/<benchmark>``: the whole story. Start reading here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pipeline.artifacts import music
from pipeline.artifacts.model_files import served
from pipeline.benchmark import robustness
from pipeline.benchmark.cost import Cost, Job, measure
from pipeline.benchmark.elsewhere import asked_about, second_collection
from pipeline.benchmark.enough import check_rows
from pipeline.benchmark.experiment import NOTE, Experiment, run, write_note
from pipeline.benchmark.plan import BenchmarkPlan, Scope, check, suited, wanted
from pipeline.benchmark.provenance import experiment_key
from pipeline.benchmark.publish import SUMMARY, TABLES, publish_build
from pipeline.benchmark.summary import summarise
from pipeline.datasets import Listing, Table, listing
from pipeline.extraction.extract import extract, recordings_of
from pipeline.files import write_parquet
from pipeline.folders import alone
from pipeline.models import Examples
from pipeline.progress import Progress, silent, tracked
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import pandas as pd

    from pipeline.datasets import Dataset, Track
    from pipeline.extraction.extract import Features
    from pipeline.models import Model
    from pipeline.protocols import Protocol

EVERYTHING = Scope()
ELSEWHERE_CURE = "Name other folders: --artifacts FOLDER --cache FOLDER."
Task: TypeAlias = Callable[[], None]
Distorted: TypeAlias = dict[str, dict[str, Examples]]  # by feature set, by distortion


def build(
    dataset: Dataset,
    data: Path | None,
    root: Path,
    cache: Path,
    progress: Progress = silent,
    elsewhere: Path | None = None,
    scope: Scope = EVERYTHING,
    plugins: Sequence[Model] = (),
) -> Path:
    """Build the artifacts of a dataset: extract, train, test, explain, publish.

    Features of each file and finished models are kept below `cache`: a second run is quick, and one
    that was interrupted goes on where it stopped. The previous artifacts stay in place until the
    new ones are complete.

    Parameters
    ----------
    data
        Folder of the dataset; None for one that makes its own audio.
    root
        Folder that holds the artifacts of all benchmarks.
    elsewhere
        Folder of a second collection that models are asked about, in any form that
        `pipeline.datasets.form_of` knows.
    scope
        How much is done.
    plugins
        Models beside those of `pipeline.models`, see `pipeline.benchmark.plugins`.

    Returns
    -------
    Path
        ``root/<dataset>``

    Raises
    ------
    PipelineError
        Before the work, if another process builds the same, or a folder cannot be written.
    """
    with alone(root / dataset.name, cache / "build" / dataset.name, cure=ELSEWHERE_CURE):
        return _build(dataset, data, root, cache, progress, elsewhere, scope, plugins)


def _build(
    dataset: Dataset,
    data: Path | None,
    root: Path,
    cache: Path,
    progress: Progress,
    elsewhere: Path | None,
    scope: Scope,
    plugins: Sequence[Model],
) -> Path:
    known = [*(scope.models or discover("pipeline.models", "MODEL").values()), *plugins]
    protocols: list[Protocol] = list(discover("pipeline.protocols", "PROTOCOL").values())
    found = dataset.tracks(data)
    listed = None if isinstance(found, Table) else listing(found)
    others = second_collection(listed.tracks if listed else None, elsewhere)
    if isinstance(found, Table):
        table = found
    else:
        table = _extracted(listing(found), wanted(known), protocols, cache, progress)
    models = suited(known, table)
    asked = asked_about(others, table, wanted(models), cache, progress) if others else None
    plan = BenchmarkPlan.of(table, protocols, models, asked)
    check_rows(models, plan)
    distorted = {}
    if listed and scope.distortions:
        distorted = _distorted(plan, listed.tracks, models, cache, progress)
    folder = cache / "build" / dataset.name
    summaries = _summaries(plan, listed is not None, scope.map_steps, folder / SUMMARY)
    experiments = _experiments(models, plan, distorted, folder)
    further = _tables(plan, scope, folder / TABLES)
    _in_parallel([*summaries, *further, *experiments], progress)
    _note_costs(models, plan, folder, scope.costs, progress)
    if listed:
        music.note(cache, dataset.name, {t.track_id: t.path for t in listed.tracks})
    return publish_build(dataset, plan, models, folder, root)


def _extracted(
    listed: Listing,
    sets: set[str],
    protocols: Sequence[Protocol],
    cache: Path,
    progress: Progress,
) -> Table:
    """Features of recordings that can be divided, with what is known of those left out."""
    check(listed.tracks, protocols)
    table = extract(listed.tracks, sets, cache, progress)
    left_out = {**listed.left_out, **table.left_out}
    return replace(table, notes=listed.notes, left_out=left_out)


def _distorted(
    plan: BenchmarkPlan,
    recordings: Sequence[Track],
    models: Sequence[Model],
    cache: Path,
    progress: Progress,
) -> Distorted:
    """Windows of the tracks in the first test fold, distorted in every way."""
    first = (plan.tracks[f"fold_{plan.robustness_protocol}"] == 0).fillna(False)
    number = {track_id: n for n, track_id in enumerate(plan.tracks["track_id"]) if first.iloc[n]}
    sets = sorted({model.features for model in models})
    files = [
        (number[track.track_id], path, some)
        for track in recordings
        if track.track_id in number
        for path, some in recordings_of(track, sets)
    ]
    found = robustness.extract([(path, some) for _, path, some in files], cache, progress)
    tracks = np.array([n for n, _, _ in files])
    return {
        name: {
            distortion: _examples(name, features, tracks) for distortion, features in found.items()
        }
        for name in sets
    }


def _examples(name: str, found: Sequence[Features], tracks: npt.NDArray[np.int64]) -> Examples:
    """Windows of one feature set to test on, whose true class is not needed."""
    windows = {n: f.sets[name] for n, f in zip(tracks, found, strict=True) if name in f.sets}
    track = np.repeat(list(windows), [len(w) for w in windows.values()])
    return Examples(np.concatenate(list(windows.values())), np.zeros_like(track), track, track)


def _experiments(
    models: Sequence[Model], plan: BenchmarkPlan, distorted: Distorted, folder: Path
) -> Iterator[Task]:
    """Experiments that an earlier run did not leave.

    What is trained on most numbers takes longest; of the same numbers networks do, then by
    name backwards, for boosting. Begun last, they would keep a core waiting.
    """
    sizes = {name: examples.X.size for name, examples in plan.examples.items()}

    def length(model: Model) -> tuple[int, bool, str]:
        return sizes[model.features], model.embed is not None, model.name

    for model in sorted(models, key=length, reverse=True):
        experiment = Experiment.of(model, plan, distorted)
        key = experiment_key(experiment)
        if not _is_done(folder / model.name, key):
            yield partial(run, experiment, folder / model.name, key)


def _is_done(folder: Path, key: str) -> bool:
    note = folder / NOTE
    return note.is_file() and json.loads(note.read_text())["key"] == key


def _summaries(plan: BenchmarkPlan, own: bool, steps: int, folder: Path) -> Iterator[Task]:
    """Distributions and maps of the feature sets that are no sequences, in a folder made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, examples in plan.examples.items():
        if examples.X.ndim == 2:
            columns = lookup("pipeline.features", "FEATURES", name).names
            rows = plan.table.rows[name]
            yield partial(summarise, name, rows, plan.tracks, columns, own, folder, steps)


def _tables(plan: BenchmarkPlan, scope: Scope, folder: Path) -> Iterator[Task]:
    """The tables that a scope adds, in a folder made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if scope.tables:
        yield partial(_write_tables, scope.tables, plan, folder)


def _write_tables(
    make: Callable[[BenchmarkPlan], Mapping[str, pd.DataFrame]], plan: BenchmarkPlan, folder: Path
) -> None:
    for name, table in make(plan).items():
        write_parquet(table, folder / name, ["track_id"])


def _in_parallel(tasks: Sequence[Task], progress: Progress) -> None:
    """Do tasks in as many processes as there are cores."""
    from joblib import Parallel, delayed

    # One thread each: small fits gain nothing from more, and repeat to the last bit.
    parallel = Parallel(n_jobs=-1, return_as="generator_unordered")
    done = parallel(delayed(task)() for task in tasks)
    for _ in tracked(done, "Summarise and train", len(tasks), progress):
        pass


def _note_costs(
    models: Sequence[Model],
    plan: BenchmarkPlan,
    folder: Path,
    known: Mapping[str, Cost],
    progress: Progress,
) -> None:
    """Note what a prediction of each model costs; measure, one after the other, what is unknown."""
    notes = {model.name: json.loads((folder / model.name / NOTE).read_text()) for model in models}
    costs = {name: cost for name, cost in known.items() if name in notes}
    new = [m for m in models if "cost" not in notes[m.name] and m.name not in costs]
    if new:
        jobs = [_job(model, plan, folder) for model in new]
        measured = tracked(measure(jobs), "Measure cost", len(jobs), progress)
        costs |= {model.name: cost for model, cost in zip(new, measured, strict=True)}
    for name, cost in costs.items():
        write_note(notes[name] | {"cost": asdict(cost)}, folder / name)


def _job(model: Model, plan: BenchmarkPlan, folder: Path) -> Job:
    file = folder / model.name / served(model.filename)
    return Job(file, model.features, plan.window_seconds(model.features))
