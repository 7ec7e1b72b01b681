"""The models that a library's files were heard by, each with its version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.files import file_hash

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.kept import Question
    from pipeline.library.store import Store, Values

DIGITS = 12  # of a version
COLUMNS = "id, version, benchmark, name, excerpt, classes"


@dataclass(frozen=True)
class Model:
    """A model at one version.

    Attributes
    ----------
    version
        Some of a hash: of the model, its features, the code, the excerpt, and the answers in its
        tests, from which verdicts follow.
    excerpt
        Seconds of each file that it heard; None: all.
    """

    id: int
    version: str
    benchmark: str
    name: str
    excerpt: float | None
    classes: tuple[str, ...]


def of_question(
    asked: Question, artifacts: Artifacts, excerpt: float | None, store: Store
) -> Model:
    """The model of a question, noted as the one that was asked last."""
    [(name, place)] = asked.models
    parts = [place.name, *(tagger.name for _, tagger in asked.taggers), asked.n_windows]
    facts = [*parts, file_hash(artifacts.folder / "manifest.json")]
    version = sha256(json.dumps(facts).encode()).hexdigest()[:DIGITS]
    values = (version, artifacts.manifest.benchmark, name, excerpt, json.dumps(artifacts.classes))
    store.run(
        "INSERT INTO model (version, benchmark, name, excerpt, classes, scan) SELECT ?, ?, ?, ?, ?,"
        " coalesce(max(scan), 0) + 1 FROM model WHERE true"
        " ON CONFLICT (version) DO UPDATE SET scan = excluded.scan",
        values,
    )
    return last_asked(store, name)


def all_models(store: Store) -> list[Model]:
    """Those that were asked, the last one first."""
    return [_model(row) for row in store.run(f"SELECT {COLUMNS} FROM model ORDER BY scan DESC")]


def last_asked(store: Store, name: str | None = None) -> Model:
    """The model that was asked last, or the last version of one.

    Raises
    ------
    PipelineError
        If none was asked.
    """
    every = all_models(store)
    found = next((model for model in every if name in (None, model.name)), None)
    if found is None:
        asked = ", ".join(dict.fromkeys(model.name for model in every)) or "none"
        raise PipelineError(
            f"{'No model' if name is None else name} was asked about this library yet; asked:"
            f" {asked}. Ask it: python -m pipeline library scan FOLDER"
            f"{'' if name is None else f' --model {name}'}."
        )
    return found


def _model(row: Values) -> Model:
    number, version, benchmark, name, excerpt, classes = row
    return Model(number, version, benchmark, name, excerpt, tuple(json.loads(classes)))
