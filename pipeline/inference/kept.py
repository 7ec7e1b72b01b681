"""What models found in recordings, computed in parallel and kept by model and file content."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from math import ceil
from shutil import copyfile
from typing import TYPE_CHECKING, Any
from zipfile import is_zipfile

import numpy as np
import pandas as pd

from pipeline.artifacts.model_files import served
from pipeline.artifacts.reader import Artifacts
from pipeline.audio import decoding
from pipeline.audio.quality import Finding
from pipeline.audio.windows import WINDOW_SECONDS
from pipeline.backbones.networks import NETWORKS
from pipeline.code_hash import code_hash
from pipeline.errors import AudioError
from pipeline.extraction.workers import in_order
from pipeline.files import atomic, file_hash
from pipeline.folders import check_writable
from pipeline.inference.excerpt import excerpt as excerpt_of
from pipeline.inference.predict import PATCHES, Analysis, analyse
from pipeline.registry import modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.audio.decoding import Source
    from pipeline.features import Array

SPAN = ["start", "end"]
DIGITS = 16  # of a hash, in the name of a folder


@dataclass(frozen=True)
class Question:
    """What is asked about recordings, and where the answers are kept.

    Attributes
    ----------
    artifacts
        Folder of the benchmark.
    models, taggers
        As `analyse` takes them, each with the folder of its answers: another one as soon as the
        model, its features, the code or the excerpt is another.
    n_windows
        Of each recording, see `pipeline.inference.excerpt`; None: all of it.
    """

    artifacts: Path
    models: tuple[tuple[str, Path], ...]
    taggers: tuple[tuple[str, Path], ...]
    n_windows: int | None


def question(
    models: Sequence[str],
    artifacts: Artifacts,
    cache: Path,
    taggers: Sequence[str] = (),
    excerpt: float | None = None,
) -> Question:
    """A `Question`, whose answers are kept below ``cache/verdicts``.

    Parameters
    ----------
    excerpt
        Seconds of each recording, rounded up to whole windows; None: all of it.

    Raises
    ------
    ArtifactsError
        If a model does not exist or cannot classify recordings.
    PipelineError
        If nothing can be written there.
    """
    artifacts.windows(models)
    place = cache.resolve() / "verdicts" / artifacts.manifest.benchmark
    n_windows = None if excerpt is None else ceil(excerpt / WINDOW_SECONDS)
    place /= "whole" if n_windows is None else f"{n_windows}-windows"
    asked = Question(
        artifacts.folder,
        tuple((name, place / f"{name}-{_version(name, artifacts)}") for name in models),
        tuple((name, place / f"{name}-{_digits(PATCHES)}") for name in taggers),
        n_windows,
    )
    for _, folder in (*asked.models, *asked.taggers):
        check_writable(folder, "Name another folder: --cache FOLDER.")
    return asked


def _version(model: str, artifacts: Artifacts) -> str:
    card, manifest = artifacts.model(model), artifacts.manifest
    features = card.trained_on
    version = manifest.features[features]["version"]
    return _digits(features, manifest.files[served(card.file)], version, *manifest.classes)


def _digits(features: str, *facts: object) -> str:
    """Some of the hash of facts, and of the code that answers from a feature set."""
    code = code_hash(modules("pipeline.features", "FEATURES")[features], __name__)
    return sha256(json.dumps([code, *facts]).encode()).hexdigest()[:DIGITS]


def analyses(
    paths: Iterable[Path], asked: Question, artifacts: Artifacts, jobs: int = -1
) -> Iterator[Analysis | str]:
    """What models found in each recording in turn, or the sentence that says why there is nothing.

    What is kept already is not computed again. An `Analysis` from here has neither picture nor
    features nor times of running.

    Parameters
    ----------
    jobs
        As `pipeline.extraction.workers.in_order` takes it.
    """
    # Workers send names of files, not arrays: what waits for a slow reader stays small.
    for kept in in_order(partial(_complete, asked=asked), paths, jobs):
        yield kept if isinstance(kept, str) else _load(kept, asked, artifacts.classes)


def carry_over(asked: Question, digest: str, path: Path) -> None:
    """Keep the answers about a file that changed in nothing but its tags.

    Parameters
    ----------
    digest
        `file_hash` of the file as it was.
    """
    new = file_hash(path)
    for _, folder in (*asked.models, *asked.taggers):
        with atomic(folder / f"{new}.npz") as temporary:
            copyfile(folder / f"{digest}.npz", temporary)


def _complete(path: Path, asked: Question) -> dict[str, Path] | str:
    """By model and tagger: where its answer is kept, after those that were missing were made."""
    try:
        digest = file_hash(path)
        kept = {name: folder / f"{digest}.npz" for name, folder in (*asked.models, *asked.taggers)}
        # A loss of power may leave a file without its end.
        missing = {name for name, file in kept.items() if not is_zipfile(file)}
        if missing:
            found = _found(path, missing, asked)
            for name in missing:
                with atomic(kept[name]) as temporary:
                    np.savez_compressed(temporary, **_arrays(found, name))
        return kept
    except AudioError as error:
        return str(error)
    except FileNotFoundError:
        return f"There is no file {str(path)!r}. Check its name and folder."
    except OSError as error:
        return f"{str(path)!r} cannot be opened: {error.strerror}. Check who may read it."


def _found(path: Path, names: set[str], asked: Question) -> Analysis:
    """Ask some of the models and taggers."""
    models, taggers = (
        [name for name, _ in every if name in names] for every in (asked.models, asked.taggers)
    )
    artifacts = _opened(asked)
    if asked.n_windows is None:
        return analyse(path, models, artifacts, taggers=taggers)
    heard: set[str] = set()
    some = excerpt_of(decoding.blocks(path, notes=heard), asked.n_windows)

    def windows(_: Source, notes: set[str]) -> list[Array]:
        notes |= heard
        return some.windows

    found = analyse(path, models, artifacts, windows, taggers=taggers)
    placed = {name: some.placed(table) for name, table in found.predictions.items()}
    return replace(found, seconds=some.seconds, predictions=placed)


@lru_cache(maxsize=1)
def _opened(asked: Question) -> Artifacts:
    """The artifacts, whose models a process loads once."""
    return Artifacts(asked.artifacts)


def _arrays(found: Analysis, name: str) -> dict[str, Any]:
    facts = {
        "seconds": found.seconds,
        "findings": json.dumps([asdict(finding) for finding in found.findings]),
    }
    if name in found.tags:
        return facts | {"tags": found.tags[name].to_numpy()}
    table = found.predictions[name]
    return facts | {
        "spans": table[SPAN].to_numpy(),
        "probabilities": table.drop(columns=SPAN).to_numpy(),
        "embedding": found.embeddings[name],
    }


def _load(kept: dict[str, Path], asked: Question, classes: list[str]) -> Analysis:
    arrays = {name: _read(file) for name, file in kept.items()}
    facts = next(iter(arrays.values()))
    return Analysis(
        seconds=float(facts["seconds"]),
        findings=[Finding(**finding) for finding in json.loads(str(facts["findings"]))],
        mel_db=np.empty((0, 0), np.float32),
        mel_seconds=0.0,
        predictions={name: _predictions(arrays[name], classes) for name, _ in asked.models},
        embeddings={name: arrays[name]["embedding"] for name, _ in asked.models},
        features={},
        run_seconds={},
        tags={
            name: pd.Series(arrays[name]["tags"], list(NETWORKS[name].tags))
            for name, _ in asked.taggers
        },
    )


def _read(file: Path) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _predictions(arrays: dict[str, Any], classes: list[str]) -> pd.DataFrame:
    spans = pd.DataFrame(arrays["spans"], columns=SPAN)
    return pd.concat([spans, pd.DataFrame(arrays["probabilities"], columns=classes)], axis=1)
