"""From a folder of music to ``artifacts/<benchmark>``: the whole story. Start reading here."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from pipeline import explain, persistence, train
from pipeline.artifacts import Manifest, ModelCard, publish
from pipeline.audio import SAMPLE_RATE, WINDOW_SECONDS
from pipeline.errors import DatasetError
from pipeline.extract import Extraction, extract
from pipeline.models import Examples
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.datasets import Dataset
    from pipeline.models import Model
    from pipeline.protocols import Protocol

UNUSED = -2  # in place of a fold's number: the track takes no part in the protocol
T = TypeVar("T")
Watch = Callable[[Iterable[T], str, int], Iterable[T]]
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
    models: list[Model] = list(discover("pipeline.models", "MODEL").values())
    protocols: list[Protocol] = list(discover("pipeline.protocols", "PROTOCOL").values())
    extraction = extract(dataset.tracks(data), {model.features for model in models}, cache, watch)
    bench = _Bench.of(extraction, protocols)
    folder = cache / "build" / dataset.name
    cards = {
        model.name: _train(model, bench, folder / model.name)
        for model in watch(models, "Train and ask", len(models))
    }
    staged = _stage(bench, folder, cards, root / f".{dataset.name}.new")
    return publish(staged, _manifest(dataset, bench, models, protocols, cards), root)


@dataclass(frozen=True)
class _Bench:
    """What all models of a build share."""

    tracks: pd.DataFrame
    classes: list[str]
    folds: dict[
        str, npt.NDArray[np.int64]
    ]  # by protocol, of each track; UNUSED where it takes no part
    examples: dict[str, Examples]  # by feature set
    left_out: dict[str, str]

    @classmethod
    def of(cls, extraction: Extraction, protocols: Sequence[Protocol]) -> _Bench:
        tracks = extraction.tracks
        classes = sorted(tracks["genre"].unique())
        if len(classes) < 2:
            raise DatasetError(f"A classifier needs two genres or more; the data has {classes}.")
        possible = {p.name: p.folds(tracks) for p in protocols}
        folds = {name: fold for name, fold in possible.items() if fold is not None}
        if not folds:
            raise DatasetError(
                "No protocol applies: there is no published split, and a genre has fewer artists "
                "than five folds need. Add recordings by other artists."
            )
        y = (
            tracks["genre"]
            .map({genre: i for i, genre in enumerate(classes)})
            .to_numpy(dtype=np.int64)
        )
        artist = pd.factorize(tracks["artist"])[0]
        examples = {
            name: Examples(X, y[extraction.track], extraction.track, artist[extraction.track])
            for name, X in extraction.features.items()
        }
        table = tracks.assign(**{f"fold_{name}": fold for name, fold in folds.items()})
        numbers = {
            name: fold.fillna(UNUSED).to_numpy(dtype=np.int64) for name, fold in folds.items()
        }
        return cls(table, classes, numbers, examples, extraction.left_out)


def _train(model: Model, bench: _Bench, folder: Path) -> ModelCard:
    """Answers, explanation and final model of one kind, or what an earlier run left of the same."""
    key = _key(model, bench)
    note = folder / "card.json"
    if note.is_file() and (kept := json.loads(note.read_text()))["key"] == key:
        return ModelCard(**kept["card"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    card = _train_anew(model, bench, folder)
    note.write_text(json.dumps({"key": key, "card": asdict(card)}))
    return card


def _train_anew(model: Model, bench: _Bench, folder: Path) -> ModelCard:
    examples = bench.examples[model.features]
    columns = lookup("pipeline.features", "FEATURES", model.features).names
    widest = max(bench.folds, key=lambda name: (bench.folds[name] >= 0).sum())
    predictions, permutations, params = [], [], {}
    for protocol, track_fold in bench.folds.items():
        fold = track_fold[examples.track]
        used = fold != UNUSED
        folds = list(train.out_of_fold(model, examples[used], fold[used], len(bench.classes)))
        predictions.append(_predictions(folds, bench).assign(protocol=protocol))
        params[protocol] = [f.params for f in folds]
        if protocol == widest:
            permutations = [explain.permutation(f.classifier, f.asked, columns) for f in folds]
    start = time.perf_counter()
    final, chosen = train.fit(model, examples, len(bench.classes))
    seconds = time.perf_counter() - start
    persistence.save(final, folder / model.filename)
    _write(pd.concat(predictions), folder / "predictions.parquet", ["protocol", "track_id", "fold"])
    importance = explain.summarise_permutation(permutations, bench.classes)
    _write(
        pd.concat([importance, explain.impurity(final, columns)]),
        folder / "importance.parquet",
        ["kind"],
    )
    if history := getattr(final, "history", None):
        _write(_history(history), folder / "history.parquet", ["epoch"])
    return ModelCard(
        title=model.title,
        family=model.family,
        features=model.features,
        file=f"models/{model.name}/{model.filename}",
        params=params | {"all": [chosen]},
        fit_seconds=round(seconds, 2),
    )


def _predictions(folds: list[train.Fold], bench: _Bench) -> pd.DataFrame:
    ids = bench.tracks["track_id"]
    return pd.concat(
        [
            pd.DataFrame(f.probabilities, columns=bench.classes).assign(
                track_id=ids.iloc[f.tracks].to_numpy(), fold=f.number
            )
            for f in folds
        ]
    )


def _history(history: dict[str, list[float]]) -> pd.DataFrame:
    """Keras' history as rows ``epoch, split, metric, value``."""
    table = pd.DataFrame(history).rename_axis("epoch").reset_index().melt("epoch", var_name="name")
    held_out = table["name"].str.startswith("val_")
    return table.assign(
        split=np.where(held_out, "held out", "learnt"),
        metric=table["name"].str.removeprefix("val_"),
    ).drop(columns="name")


def _write(table: pd.DataFrame, path: Path, first: list[str]) -> None:
    """Write a table with some columns in front."""
    rest = [column for column in table.columns if column not in first]
    table[first + rest].to_parquet(path, index=False, compression="zstd")


def _key(model: Model, bench: _Bench) -> str:
    """Changes whenever the result of training would: data, folds, parameters or code."""
    examples = bench.examples[model.features]
    here = Path(__file__).parent
    own = here / "models" / f"{model.fit.__module__.rpartition('.')[2]}.py"
    shared = ("build.py", "train.py", "explain.py", "persistence.py")
    code = [own, *here.glob("models/_*.py"), *(here / name for name in shared)]
    parts: list[npt.NDArray[Any]] = [examples.X, examples.y, examples.track, examples.artist]
    parts += bench.folds.values()
    words = (model.name, model.grid, bench.classes, list(bench.folds), _versions())
    digest = sha256(repr((words, bench.tracks["track_id"].tolist())).encode())
    for part in [*(p.tobytes() for p in parts), *(path.read_bytes() for path in sorted(code))]:
        digest.update(part)
    return digest.hexdigest()


def _stage(bench: _Bench, folder: Path, cards: dict[str, ModelCard], staged: Path) -> Path:
    """Collect everything but the manifest in one new folder."""
    shutil.rmtree(staged, ignore_errors=True)
    for name in cards:
        shutil.copytree(
            folder / name, staged / "models" / name, ignore=shutil.ignore_patterns("card.json")
        )
    _write(bench.tracks.drop(columns="path"), staged / "tracks.parquet", ["track_id"])
    return staged


def _manifest(
    dataset: Dataset,
    bench: _Bench,
    models: list[Model],
    protocols: list[Protocol],
    cards: dict[str, ModelCard],
) -> Manifest:
    sets = [lookup("pipeline.features", "FEATURES", name) for name in bench.examples]
    return Manifest(
        benchmark=dataset.name,
        title=dataset.title,
        licence=dataset.licence,
        citation=dataset.citation,
        notes=list(dataset.notes),
        classes=bench.classes,
        sample_rate=SAMPLE_RATE,
        window_seconds=WINDOW_SECONDS,
        features={
            s.name: {"title": s.title, "version": s.version, "columns": s.names} for s in sets
        },
        protocols={
            p.name: _facts(p, bench.folds[p.name]) for p in protocols if p.name in bench.folds
        },
        models=cards,
        left_out=bench.left_out,
        versions=_versions(),
        commit=_commit(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _facts(protocol: Protocol, fold: npt.NDArray[np.int64]) -> dict[str, Any]:
    asked = fold[fold >= 0]
    return {
        "title": protocol.title,
        "description": protocol.description,
        "folds": len(np.unique(asked)),
        "tracks": len(asked),
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
    """The commit that the code stands at, + if changed since; empty outside a checkout."""
    here = Path(__file__).parent
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--match="]
    run = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return run.stdout.strip()
