"""The manifest: everything about a benchmark that is not a table."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from pipeline.artifacts import typed
from pipeline.artifacts.intact import MANIFEST, SEAL, seal, sealed_manifest
from pipeline.artifacts.places import home
from pipeline.errors import ArtifactsError
from pipeline.files import atomic, file_hash
from pipeline.protocols import ranked

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models import Format, Library
    from pipeline.protocols import Role, Unit

Summary = Literal["map", "distributions", "relations", "tracks"]
SCHEMA = 4
ALL_GENRES = ""  # in place of a genre, in a summary: tracks of all genres
N_QUANTILES = 41  # of a distribution, evenly spaced from the least to the greatest value


class FeatureFacts(TypedDict):
    """What the manifest says of a feature set; without `window_seconds`: of whole recordings."""

    title: str
    version: int
    columns: list[str]
    window_seconds: float | None


class PublishedResult(TypedDict):
    """See `pipeline.datasets.Published`."""

    name: str
    protocol: str
    accuracy: float
    source: str


@dataclass(frozen=True)
class ProtocolCard:
    """What the manifest says of a protocol; see `pipeline.protocols.Protocol`.

    Attributes
    ----------
    folds
        Number of folds.
    """

    title: str
    description: str
    unit: Unit
    folds: int
    strictness: int
    role: Role
    shared: str
    unseen: str


@dataclass(frozen=True)
class ModelCard:
    """What the manifest says of a model.

    Attributes
    ----------
    library
        The library that trained it; None: not known.
    format
        The format of its file, and so the library that serves it; None without a file.
    baseline
        Whether it looks at no feature.
    embeds
        Whether it has a space of its own, see `pipeline.models.Model`.
    features
        Feature set that its file takes.
    trained_on
        Feature set that it was trained on, and that serves it; another one if its file holds the
        networks between them.
    params
        Parameters chosen inside the training part, by protocol and, under ``"all"``, for the saved
        model.
    file
        Where the model is; empty if its features come in tables only, so that it cannot classify
        recordings.
    facts
        Figures that only this model has, by what they are in words.
    temperatures
        Calibrate its probabilities by length, see `pipeline.evaluation.temperature.temperatures`.
    n_predictions
        Number of its predictions by protocol.
    fit_seconds
        Duration of choosing the parameters of the saved model and fitting it.
    clip_seconds, peak_bytes
        See `pipeline.benchmark.cost.Cost`. NaN, like the other figures of cost, if not known.
    plugin
        SHA-256 of the file with the code that trained it, if that is no part of this project.
    verified
        Whether it was trained and tested here, so that its predictions are known to be of tracks
        that it never saw.
    genres_only
        Protocols under which it gave a genre without probabilities.
    folds_unknown
        Protocols under which it was not said which fold a track was tested in.
    """

    title: str
    library: Library | None
    format: Format | None
    baseline: bool
    embeds: bool
    features: str
    trained_on: str
    file: str
    params: dict[str, list[dict[str, Any]]]
    facts: dict[str, float]
    temperatures: list[float]
    n_predictions: dict[str, int]
    fit_seconds: float
    clip_seconds: float
    peak_bytes: float
    file_bytes: float
    plugin: str = ""
    verified: bool = True
    genres_only: list[str] = field(default_factory=list)
    folds_unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Manifest:
    """Everything about a benchmark that is not a table.

    Attributes
    ----------
    classes
        Genres, in the order of every probability column.
    live
        Whether the models can classify recordings.
    features
        By name of the feature set.
    protocols
        What is known of each protocol, by name; the headline first, the others by strictness.
    left_out
        Tracks that could not be used, and why.
    published
        Results of others, see `pipeline.datasets.Published`.
    files
        SHA-256 of every file, by path below the folder.
    """

    benchmark: str
    title: str
    licence: str
    citation: str
    notes: list[str]
    classes: list[str]
    sample_rate: int
    live: bool
    features: dict[str, FeatureFacts]
    protocols: dict[str, ProtocolCard]
    models: dict[str, ModelCard]
    left_out: dict[str, str]
    versions: dict[str, str]
    commit: str
    created: str
    published: list[PublishedResult] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA


def publish(staged: Path, manifest: Manifest, root: Path) -> Path:
    """Complete a folder with its manifest and put it in the place of the previous artifacts.

    Parameters
    ----------
    staged
        Folder with everything but the manifest, on the same file system as `root`. It is moved.

    Returns
    -------
    Path
        ``root/<benchmark>``
    """
    names = sorted(
        path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()
    )
    files = {name: file_hash(staged / name) for name in names}
    write_manifest(replace(manifest, files=files), staged)
    place, previous = root / manifest.benchmark, root / f".{manifest.benchmark}.previous"
    shutil.rmtree(previous, ignore_errors=True)
    if place.exists():
        place.rename(previous)
    try:
        staged.rename(place)
    except OSError:
        previous.rename(place)
        raise
    shutil.rmtree(previous, ignore_errors=True)
    return place


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Write ``manifest.json`` into a folder, or replace the one that is there, and its hash."""
    path = folder / MANIFEST
    (folder / SEAL).unlink(missing_ok=True)  # whoever is interrupted leaves no hash that is wrong
    with atomic(path) as passing:
        text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
        passing.write_text(f"{text}\n", encoding="utf-8")
    seal(folder)
    return path


def again(folder: Path) -> str:
    """How to get artifacts in a folder that are right, for the end of an error message."""
    if folder.parent == home():
        return f"Teach it again: python -m pipeline teach FOLDER --name {folder.name}"
    return f"Build it again: python -m pipeline build {folder.name} --data FOLDER"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of ``artifacts/<benchmark>``.

    Raises
    ------
    ArtifactsError
        If there is none, it is not the one that was written, it was written for another schema, or
        a value in it has a wrong type.
    """
    cure = again(folder)
    data = sealed_manifest(folder, cure)
    try:
        facts = json.loads(data)
        schema = facts["schema"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ArtifactsError(f"{folder} has no readable {MANIFEST} ({error}). {cure}") from error
    if schema != SCHEMA:
        raise ArtifactsError(f"{folder} has schema {schema}, this code reads {SCHEMA}. {cure}")
    try:
        return _manifest(facts)
    except (TypeError, KeyError, AttributeError) as error:
        raise ArtifactsError(f"{folder / MANIFEST} does not fit ({error}). {cure}") from error


def _manifest(facts: dict[str, Any]) -> Manifest:
    models = {name: ModelCard(**card) for name, card in facts.pop("models").items()}
    cards = {name: ProtocolCard(**card) for name, card in facts.pop("protocols").items()}
    found = Manifest(models=models, protocols=cards, **facts)
    typed.check(*cards.values(), *models.values(), found)
    return replace(found, protocols={name: cards[name] for name in ranked(cards)})
