"""From a folder of music to ``artifacts/<benchmark>``: the whole story. Start reading here."""

from __future__ import annotations

import inspect
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd

from pipeline import robustness
from pipeline.artifacts import Manifest, ModelCard, publish, strictest, tested
from pipeline.audio import SAMPLE_RATE
from pipeline.cost import Job, measure
from pipeline.datasets import Table
from pipeline.errors import DatasetError
from pipeline.evaluate import RESERVED, temperature
from pipeline.extract import extract
from pipeline.lesson import NOTE, UNUSED, Folds, Lesson, learn, write, write_note
from pipeline.models import Examples
from pipeline.registry import discover, lookup
from pipeline.summary import summarise

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.datasets import Dataset, Rows, Track
    from pipeline.features import Array
    from pipeline.models import Model
    from pipeline.protocols import Protocol

T = TypeVar("T")
Watch = Callable[[Iterable[T], str, int], Iterable[T]]
Task = Callable[[], None]
SUMMARY = "_summary"  # beside the models, whose names begin with a letter
# What every model is learnt, explained and kept with.
SHARED = ("lesson.py", "train.py", "explain.py", "persistence.py", "models/__init__.py")
PACKAGES = (
    "numpy",
    "scipy",
    "librosa",
    "av",
    "soxr",
    "scikit-learn",
    "skops",
    "xgboost",
    "tensorflow",
    "keras",
)


def unwatched(steps: Iterable[T], description: str, total: int) -> Iterable[T]:
    """Iterate without showing progress."""
    return steps


def build(
    dataset: Dataset, data: Path | None, root: Path, cache: Path, watch: Watch[Any] = unwatched
) -> Path:
    """Build the artifacts of a dataset: extract, train, answer, explain, publish.

    Features of each file and finished models are kept below `cache`: a second run is quick, and one
    that was interrupted goes on where it stopped. The previous artifacts stay in place until the
    new ones are complete.

    Parameters
    ----------
    data
        Folder of the dataset; None for one that makes its own audio.
    root
        Folder that holds the artifacts of all benchmarks.
    watch
        ``watch(steps, description, total)`` iterates over steps and may show how far it is.

    Returns
    -------
    Path
        ``root/<dataset>``
    """
    known: list[Model] = list(discover("pipeline.models", "MODEL").values())
    protocols: list[Protocol] = list(discover("pipeline.protocols", "PROTOCOL").values())
    found = dataset.tracks(data)
    heard = None if isinstance(found, Table) else found
    table = found if isinstance(found, Table) else extract(found, wanted(known), cache, watch)
    models = suited(known, table)
    bench = _Bench.of(table, protocols, models)
    distorted = _distorted(bench, heard, models, cache, watch) if heard else {}
    folder = cache / "build" / dataset.name
    summaries = _summaries(bench, heard is not None, folder / SUMMARY)
    lessons = _lessons(models, bench, distorted, folder)
    _side_by_side([*summaries, *lessons], watch)
    _weigh(models, bench, folder, watch)
    cards = {model.name: _card(model, bench, folder / model.name) for model in models}
    staged = _stage(bench, folder, cards, root / f".{dataset.name}.new")
    return publish(staged, _manifest(dataset, bench, protocols, cards), root)


def wanted(models: Sequence[Model]) -> set[str]:
    """Feature sets that must be computed from audio."""
    return {name for model in models for name in (model.features, model.listens)}


def suited(models: Sequence[Model], table: Table) -> list[Model]:
    """Models that can learn from a table.

    Those for any statistics take the table's first feature set if theirs is not there.
    """
    first = next(iter(table.rows))
    return [
        model if model.features in table.rows else replace(model, features=first)
        for model in models
        if model.any_table or {model.features, model.listens} <= set(table.rows)
    ]


@dataclass(frozen=True)
class _Bench:
    """What all models of a build share."""

    tracks: pd.DataFrame  # with fold_<protocol>, where tracks are divided
    classes: list[str]
    units: dict[str, Literal["track", "window"]]  # by protocol
    folds: dict[str, dict[str, Folds]]  # by feature set, by protocol
    examples: dict[str, Examples]  # by feature set
    table: Table

    @classmethod
    def of(cls, table: Table, protocols: Sequence[Protocol], models: Sequence[Model]) -> _Bench:
        tracks = table.tracks
        classes = sorted(tracks["genre"].unique())
        _check(classes)
        possible = {p.name: p.folds(tracks) for p in protocols if p.unit == "track"}
        fold = {name: series for name, series in possible.items() if series is not None}
        if not fold:
            raise DatasetError(
                "No protocol applies: there is no published split, and a genre has fewer artists "
                "than five folds need. Add recordings by other artists."
            )
        tracks = tracks.assign(**{f"fold_{name}": series for name, series in fold.items()})
        sets = {model.features for model in models} | {model.listens for model in models}
        folds = {name: _folds(table.rows[name], tracks, protocols) for name in sorted(sets)}
        units = {p.name: p.unit for p in protocols if any(p.name in f for f in folds.values())}
        y = pd.Categorical(tracks["genre"], classes).codes.astype(np.int64)
        artist = pd.factorize(tracks["artist"])[0]
        examples = {
            name: Examples(rows.X, y[rows.track], rows.track, artist[rows.track])
            for name, rows in table.rows.items()
            if name in sets
        }
        return cls(tracks, classes, units, folds, examples, table)

    def live(self, features: str) -> bool:
        """Whether a set can be computed from a visitor's recording in windows as here."""
        return self.window_seconds(features) is not None

    def window_seconds(self, features: str) -> float | None:
        """Length of a set's windows; None if it cannot be computed from audio like that."""
        heard = lookup("pipeline.features", "FEATURES", features).compute is not None
        return self.table.rows[features].seconds if heard else None

    def lesson(self, model: Model, distorted: dict[str, dict[str, Examples]]) -> Lesson:
        """What one model needs of all this."""
        return Lesson(
            examples=self.examples[model.features],
            heard=self.examples[model.listens],
            folds=self.folds[model.features],
            units=self.units,
            strictest=self.strictest,
            tested=self.tested,
            classes=self.classes,
            track_ids=self.tracks["track_id"].tolist(),
            distorted=distorted.get(model.features, {}),
            live=self.live(model.listens),
        )

    @property
    def strictest(self) -> str:
        """Protocol whose answers calibrate and explain: by artist, if there is one."""
        return strictest(self.units)

    @property
    def tested(self) -> str:
        """Protocol whose first fold is also asked about distorted: the published one, if any."""
        return tested(self.units)


def _check(classes: list[str]) -> None:
    if len(classes) < 2:
        raise DatasetError(f"A classifier needs two genres or more; the data has {classes}.")
    if taken := RESERVED & set(classes):
        raise DatasetError(
            f"A genre cannot be called {min(taken)!r}, which is a column of the tables. Rename it."
        )


def _folds(rows: Rows, tracks: pd.DataFrame, protocols: Sequence[Protocol]) -> dict[str, Folds]:
    """By protocol: fold of each row of a feature set; `UNUSED` where it takes no part."""
    windows = tracks.iloc[rows.track].reset_index(drop=True)
    of = {
        p.name: p.folds(windows) if p.unit == "window" else windows.get(f"fold_{p.name}")
        for p in protocols
    }
    numbers = {
        name: fold.fillna(UNUSED).to_numpy(dtype=np.int64)
        for name, fold in of.items()
        if fold is not None
    }
    return {name: fold for name, fold in numbers.items() if (fold >= 0).any()}


def _distorted(
    bench: _Bench, heard: Sequence[Track], models: Sequence[Model], cache: Path, watch: Watch[Any]
) -> dict[str, dict[str, Examples]]:
    """By feature set, by distortion: windows of the tracks that the first fold asks about."""
    first = (bench.tracks[f"fold_{bench.tested}"] == 0).fillna(False)
    asked = np.flatnonzero(first.to_numpy(dtype=bool))
    path = {track.track_id: track.path for track in heard}
    paths = [path[track_id] for track_id in bench.tracks["track_id"].iloc[asked]]
    sets = sorted({model.features for model in models})
    found = robustness.extract(paths, sets, cache, watch)
    return {
        name: {
            distortion: _examples([f.sets[name] for f in features], asked)
            for distortion, features in found.items()
        }
        for name in sets
    }


def _examples(windows: list[Array], tracks: npt.NDArray[np.int64]) -> Examples:
    """Windows to ask about, whose truth is not needed."""
    track = np.repeat(tracks, [len(w) for w in windows])
    return Examples(np.concatenate(windows), np.zeros_like(track), track, track)


def _lessons(
    models: Sequence[Model],
    bench: _Bench,
    distorted: dict[str, dict[str, Examples]],
    folder: Path,
) -> Iterator[Task]:
    """Training of each model that an earlier run did not leave.

    What learns from most numbers takes longest; of the same numbers networks do, then by name
    backwards, for boosting. Begun last, they would keep a core waiting.
    """
    sizes = {name: examples.X.size for name, examples in bench.examples.items()}

    def length(model: Model) -> tuple[int, bool, str]:
        return sizes[model.features], model.family == "Keras", model.name

    for model in sorted(models, key=length, reverse=True):
        key = _key(model, bench, distorted)
        if not _is_done(folder / model.name, key):
            lesson = bench.lesson(model, distorted)
            yield partial(learn, model, lesson, folder / model.name, key)


def _summaries(bench: _Bench, own: bool, folder: Path) -> Iterator[Task]:
    """Distributions and maps of the feature sets that are no sequences, in a folder made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, examples in bench.examples.items():
        if examples.X.ndim == 2:
            columns = lookup("pipeline.features", "FEATURES", name).names
            rows = bench.table.rows[name]
            yield partial(summarise, name, rows, bench.tracks, columns, own, folder)


def _side_by_side(tasks: Sequence[Task], watch: Watch[Any]) -> None:
    """Do tasks in as many processes as there are cores."""
    from joblib import Parallel, delayed

    # One thread each: small fits gain nothing from more, and repeat to the last bit.
    parallel = Parallel(n_jobs=-1, return_as="generator_unordered")
    for _ in watch(parallel(delayed(task)() for task in tasks), "Summarise and train", len(tasks)):
        pass


def _weigh(models: Sequence[Model], bench: _Bench, folder: Path, watch: Watch[Any]) -> None:
    """Note what an answer of each model costs, one after the other, once."""
    notes = {model.name: json.loads((folder / model.name / NOTE).read_text()) for model in models}
    new = [model for model in models if "cost" not in notes[model.name]]
    jobs = [
        Job(folder / m.name / m.filename, m.listens, bench.window_seconds(m.listens)) for m in new
    ]
    for model, cost in zip(new, watch(measure(jobs), "Weigh", len(new)), strict=True):
        write_note(notes[model.name] | {"cost": asdict(cost)}, folder / model.name)


def _card(model: Model, bench: _Bench, folder: Path) -> ModelCard:
    """Facts about a finished model."""
    note = json.loads((folder / NOTE).read_text())
    predictions = pd.read_parquet(folder / "predictions.parquet")
    return ModelCard(
        title=model.title,
        family=model.family,
        features=model.listens,
        learnt_from=model.features,
        file=f"models/{model.name}/{model.filename}" if bench.live(model.listens) else "",
        params=note["params"],
        facts=note["facts"],
        temperature=_temperature(predictions, bench),
        asked={str(k): int(v) for k, v in predictions["protocol"].value_counts().items()},
        fit_seconds=note["fit_seconds"],
        clip_seconds=note["cost"]["seconds"],
        peak_bytes=note["cost"]["peak_bytes"],
        file_bytes=(folder / model.filename).stat().st_size,
    )


def _temperature(predictions: pd.DataFrame, bench: _Bench) -> float:
    """What makes the answers about unheard artists as sure as they are right."""
    asked = predictions[predictions["protocol"] == bench.strictest]
    genre = bench.tracks.set_index("track_id")["genre"].loc[asked["track_id"]]
    truth = pd.Categorical(genre, bench.classes).codes
    return temperature(asked[bench.classes].to_numpy(), truth)


def _is_done(folder: Path, key: str) -> bool:
    note = folder / NOTE
    return note.is_file() and json.loads(note.read_text())["key"] == key


def _key(model: Model, bench: _Bench, distorted: dict[str, dict[str, Examples]]) -> str:
    """Changes whenever the result of training would: data, folds, parameters or code."""
    examples = bench.examples[model.features]
    here = Path(__file__).parent
    code = {*_own_code(model.fit.__module__), *(here / name for name in SHARED)}
    parts: list[npt.NDArray[Any]] = [examples.X, examples.y, examples.track, examples.artist]
    if model.whole:
        code.add(here / "backbones.py")
        parts.append(bench.examples[model.listens].X)
    parts += bench.folds[model.features].values()
    parts += [e.X for e in distorted.get(model.features, {}).values()]
    names = lookup("pipeline.features", "FEATURES", model.features).names
    changes = list(distorted.get(model.features, {}))
    own = (model.name, model.grid, model.max_gap, bench.live(model.listens))
    common = (bench.classes, bench.units, names, changes, bench.tracks["track_id"].tolist())
    digest = sha256(repr((own, common, _versions())).encode())
    for part in [*(p.tobytes() for p in parts), *(path.read_bytes() for path in sorted(code))]:
        digest.update(part)
    return digest.hexdigest()


def _own_code(name: str, known: frozenset[str] = frozenset()) -> set[Path]:
    """Files of a model's module and, in turn, of the modules from which it takes something."""
    module = sys.modules[name]
    used = {
        getattr(v, "__module__", None) or v.__name__
        for v in vars(module).values()
        if callable(v) or inspect.ismodule(v)
    }
    others = {other for other in used if other.startswith("pipeline.models.")} - known - {name}
    files = (_own_code(other, known | {name}) for other in others)
    return {Path(inspect.getfile(module))}.union(*files)


def _stage(bench: _Bench, folder: Path, cards: dict[str, ModelCard], staged: Path) -> Path:
    """Collect everything but the manifest in one new folder."""
    shutil.rmtree(staged, ignore_errors=True)
    for name, card in cards.items():
        # Nobody can ask a model whose features only their publisher computes.
        useless = () if card.file else ("model.*",)
        ignored = shutil.ignore_patterns(f"*{NOTE}", *useless)
        shutil.copytree(folder / name, staged / "models" / name, ignore=ignored)
    shutil.copytree(folder / SUMMARY, staged / "summary")
    write(bench.tracks, staged / "tracks.parquet", ["track_id"])
    return staged


def _manifest(
    dataset: Dataset, bench: _Bench, protocols: list[Protocol], cards: dict[str, ModelCard]
) -> Manifest:
    return Manifest(
        benchmark=dataset.name,
        title=dataset.title,
        licence=dataset.licence,
        citation=dataset.citation,
        notes=[*dataset.notes, *bench.table.notes],
        classes=bench.classes,
        sample_rate=SAMPLE_RATE,
        live=all(bench.live(card.features) for card in cards.values()),
        features={name: _set_facts(name, bench) for name in bench.examples},
        protocols={p.name: _facts(p, bench) for p in protocols if p.name in bench.units},
        models=cards,
        left_out=dict(bench.table.left_out),
        versions=_versions(),
        commit=_commit(),
        published=[asdict(result) for result in dataset.published],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _set_facts(name: str, bench: _Bench) -> dict[str, Any]:
    features = lookup("pipeline.features", "FEATURES", name)
    return {
        "title": features.title,
        "version": features.version,
        "columns": features.names,
        "window_seconds": bench.table.rows[name].seconds,
    }


def _facts(protocol: Protocol, bench: _Bench) -> dict[str, Any]:
    folds = [f[protocol.name] for f in bench.folds.values() if protocol.name in f]
    return {
        "title": protocol.title,
        "description": protocol.description,
        "unit": protocol.unit,
        "folds": len(np.unique(folds[0][folds[0] >= 0])),
    }


def _versions() -> dict[str, str]:
    """Versions of everything that numbers depend on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    """Version of a package, also where its CPU-only wheel goes by another name."""
    from importlib.metadata import PackageNotFoundError

    try:
        return version(package)
    except PackageNotFoundError:
        return version(f"{package}-cpu")


def _commit() -> str:
    """The commit that the code stands at, + if it was changed since; empty outside a checkout."""
    commit = _git("rev-parse", "HEAD")
    return commit + "+" if commit and _git("status", "--porcelain", "--", ".") else commit


def _git(*words: str) -> str:
    here = Path(__file__).parent
    run = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=False)  # noqa: S603, S607 - fixed words
    return run.stdout.strip()
