"""The contract between the pipeline and everything that shows results: ``artifacts/<benchmark>``.

``manifest.json``
    `Manifest`; written last, so its existence means that the build completed.
``tracks.parquet``
    One row a track: id, genre, artist, title, ..., ``fold_<protocol>``.
``models/<name>/model.*``
    The model that learnt from every track.
``models/<name>/predictions.parquet``
    ``protocol, track_id, window, fold`` and a probability per class; each row sums to 1.
``models/<name>/importance.parquet``
    ``kind, feature, value, std, genre``
``models/<name>/history.parquet``
    ``epoch, split, metric, value`` (Keras only).
``models/<name>/robustness.parquet``
    ``distortion, track_id`` and a probability per class (of recordings only).
``models/<name>/places.parquet``
    ``track_id`` and where it stands in the network's space, see `pipeline.space` (Keras only).
``summary/<feature set>.<kind>.parquet``
    ``map``, ``distributions``, ``relations``, ``tracks``: see `pipeline.summary`.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import ArtifactsError, PipelineError
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

    from pipeline.features import FeatureSet
    from pipeline.models import Classifier

Summary = Literal["map", "distributions", "relations", "tracks"]
PUBLISHED = "fault_filtered"  # the protocol of a split that others use too
FLOOR = "dummy_"  # how the names of models begin that look at nothing
SCHEMA = 2
ROUNDING = 5e-4  # by which a sum of probabilities, stored with 12 bits, may miss 1
ROOT = Path(os.environ.get("GENRESCOPE_ARTIFACTS", Path(__file__).parents[1] / "artifacts"))


@dataclass(frozen=True)
class ModelCard:
    """What the manifest says of a model.

    Attributes
    ----------
    features
        Feature set that its file answers to.
    learnt_from
        Feature set that it learnt from; another one if its file holds the networks between them.
    params
        Parameters chosen inside the training part, by protocol and, under ``"all"``, for the saved
        model.
    file
        Where the model is; empty if its features come in tables only, so that nobody could ask it.
    facts
        Figures that only this model has, by what they are in words.
    temperature
        Calibrates its probabilities, see `pipeline.evaluate.tempered`.
    asked
        By protocol: number of its predictions.
    fit_seconds
        Duration of choosing the parameters of the saved model and fitting it.
    clip_seconds, peak_bytes
        See `pipeline.cost.Cost`.
    """

    title: str
    family: str
    features: str
    learnt_from: str
    file: str
    params: dict[str, list[dict[str, Any]]]
    facts: dict[str, float]
    temperature: float
    asked: dict[str, int]
    fit_seconds: float
    clip_seconds: float
    peak_bytes: int
    file_bytes: int


@dataclass(frozen=True)
class Manifest:
    """Everything about a benchmark that is not a table.

    Attributes
    ----------
    classes
        Genres, in the order of every probability column.
    live
        Whether the models can be asked about recordings.
    features
        By feature set: ``title, version, columns`` and the length of its windows,
        ``window_seconds`` (None: whole recordings).
    protocols
        By protocol: ``title, description, unit`` ("track" or "window") and number of ``folds``.
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
    features: dict[str, dict[str, Any]]
    protocols: dict[str, dict[str, Any]]
    models: dict[str, ModelCard]
    left_out: dict[str, str]
    versions: dict[str, str]
    commit: str
    created: str
    published: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA


class Artifacts:
    """The artifacts of one benchmark; tables are read at first use and must not be changed.

    Parameters
    ----------
    folder
        ``artifacts/<benchmark>``

    Raises
    ------
    ArtifactsError
        If there is no manifest, or it was written for another schema.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = _read_manifest(folder)
        self._classifiers: dict[str, Classifier] = {}
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def classes(self) -> list[str]:
        """Genres, in the order of every probability column."""
        return self.manifest.classes

    @property
    def strictest(self) -> str:
        """Protocol that calibrates and explains: by artist, if there is one."""
        return strictest(self._units)

    @property
    def _units(self) -> dict[str, str]:
        return {name: p["unit"] for name, p in self.manifest.protocols.items()}

    @property
    def tested(self) -> str:
        """Protocol whose first fold is also asked about distorted: see `tested`."""
        return tested(self._units)

    @property
    def titles(self) -> dict[str, str]:
        """Title of each model, by name."""
        return {name: card.title for name, card in self.models.items()}

    @property
    def floors(self) -> set[str]:
        """Models that look at nothing, by their name."""
        return {name for name in self.models if name.startswith(FLOOR)}

    @property
    def models(self) -> dict[str, ModelCard]:
        """Facts about each model, by name."""
        return self.manifest.models

    def model(self, name: str) -> ModelCard:
        """Facts about one model; an `ArtifactsError` lists those that exist."""
        return _member(self.models, name, "model", self.manifest.benchmark)

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """One row a track: `pipeline.datasets.Track`, ``seconds, windows, fold_<protocol>``."""
        return self._table("tracks.parquet")

    def predictions(self, model: str, protocol: str) -> pd.DataFrame:
        """``track_id, window, fold`` and a probability per class, of all that is asked about.

        ``window`` counts the windows of a track that are asked about; -1: all of it at once. A
        model whose features a protocol cannot divide has no rows.
        """
        _member(self.manifest.protocols, protocol, "protocol", self.manifest.benchmark)
        self.model(model)
        table = self._table(f"models/{model}/predictions.parquet")
        keys = {"protocol", "track_id", "window", "fold"}
        if not keys <= set(table) or list(table.columns.drop(list(keys))) != self.classes:
            raise ArtifactsError(
                f"{model}: the columns of its predictions are not protocol, track_id, window, fold "
                f"and the classes. {self._cure}"
            )
        return table[table["protocol"] == protocol].drop(columns="protocol").reset_index(drop=True)

    def importance(self, model: str) -> pd.DataFrame:
        """``kind, feature, value, std, genre`` (genre missing: all tracks together).

        ``kind`` is ``permutation``, ``permutation by family``, ``impurity``, ``shap`` or
        ``occlusion``; see `pipeline.explain`.
        """
        self.model(model)
        return self._table(f"models/{model}/importance.parquet")

    def robustness(self, model: str) -> pd.DataFrame | None:
        """``distortion, track_id`` and a probability per class; None without recordings."""
        name = f"models/{model}/robustness.parquet"
        return self._table(name) if name in self.manifest.files else None

    def places(self, model: str) -> pd.DataFrame | None:
        """``track_id`` and where each track stands in a model's `pipeline.space`.

        None where that is not known: of features that were computed by others.
        """
        name = f"models/{model}/places.parquet"
        if name in self.manifest.files:
            return self._table(name)
        card = self.model(model)
        return None if card.family == "Keras" else self.summary(card.features, "tracks")

    def windows(self, models: Iterable[str]) -> dict[str, float]:
        """Feature sets that models answer to, and the length of their windows in seconds.

        Raises
        ------
        ArtifactsError
            If they cannot be asked about recordings.
        """
        if not self.manifest.live:
            raise self._cannot_be_asked()
        sets = {self.model(name).features for name in models}
        return {name: self.manifest.features[name]["window_seconds"] for name in sorted(sets)}

    def history(self, model: str) -> pd.DataFrame | None:
        """``epoch, split, metric, value`` of a Keras model's training; None for the others."""
        name = f"models/{model}/history.parquet"
        return self._table(name) if name in self.manifest.files else None

    def summary(self, features: str, kind: Summary) -> pd.DataFrame | None:
        """A table of `pipeline.summary` about a feature set; None where there is none."""
        name = f"summary/{features}.{kind}.parquet"
        return self._table(name) if name in self.manifest.files else None

    def summarised(self, kind: Summary) -> list[str]:
        """Feature sets that have a table of a kind."""
        files = self.manifest.files
        return [n for n in self.manifest.features if f"summary/{n}.{kind}.parquet" in files]

    def classifier(self, model: str) -> Classifier:
        """The trained model, loaded once, after its hash and its feature set were checked."""
        if model not in self._classifiers:
            card = self.model(model)
            if not card.file:
                raise self._cannot_be_asked()
            self._check_features(card.features)
            self._check_hash(card.file)
            from pipeline.persistence import load

            self._classifiers[model] = load(self.folder / card.file)
        return self._classifiers[model]

    def problems(self) -> list[str]:
        """What is wrong with files, feature sets, tables and models; empty if nothing.

        What depends on a file that is not the right one is not looked at.
        """
        return next(filter(None, map(self._problems, self._checks())), [])

    @staticmethod
    def _problems(checks: list[tuple[Callable[[str], None], str]]) -> list[str]:
        found = []
        for check, name in checks:
            try:
                check(name)
            except PipelineError as error:
                found.append(str(error))
        return found

    def changed(self) -> list[str]:
        """Files that are missing or not as the manifest describes, a sentence each."""
        return self._problems(next(self._checks()))

    def meaning(self, features: str, column: str) -> str:
        """What a column of a feature set is, in words and with its unit."""
        known: FeatureSet = lookup("pipeline.features", "FEATURES", features)
        found = next((c for c in known.columns if c.name == column), None)
        if found is None:
            return ""
        return f"{found.meaning} ({found.unit})" if found.unit else found.meaning

    def _checks(self) -> Iterator[list[tuple[Callable[[str], None], str]]]:
        yield [(self._check_hash, name) for name in self.manifest.files]
        yield [(self._check_features, name) for name in self.manifest.features]
        answering = [name for name, card in self.models.items() if card.file]
        yield [
            *((self._check_predictions, name) for name in self.models),
            *((self._check_classifier, name) for name in answering),
        ]

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def _read(self, name: str) -> pd.DataFrame:
        import pandas as pd

        path = self.folder / name
        if not path.is_file():
            raise ArtifactsError(f"{path} is missing. {self._cure}")
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise ArtifactsError(f"{path} is damaged ({error}). {self._cure}") from error

    def _cannot_be_asked(self) -> ArtifactsError:
        return ArtifactsError(
            f"The models of {self.manifest.benchmark} know published features only and cannot"
            " be asked about recordings. Choose another benchmark."
        )

    @property
    def _cure(self) -> str:
        return f"Build it again: python -m pipeline build {self.manifest.benchmark} --data FOLDER"

    def _check_hash(self, name: str) -> None:
        path = self.folder / name
        if not path.is_file():
            raise ArtifactsError(f"{path} is missing. {self._cure}")
        if file_hash(path) != self.manifest.files.get(name):
            raise ArtifactsError(
                f"{path} is not the file that the manifest describes. {self._cure}"
            )

    def _check_features(self, name: str) -> None:
        made = self.manifest.features[name]["version"]
        current: FeatureSet = lookup("pipeline.features", "FEATURES", name)
        if made != current.version:
            raise ArtifactsError(
                f"{self.folder} was built with version {made} of the feature set {name!r}, the code"
                f" has version {current.version}. {self._cure}"
            )

    def _check_predictions(self, model: str) -> None:
        for protocol in self.manifest.protocols:
            table = self.predictions(model, protocol)
            off = (table[self.classes].sum(axis=1) - 1).abs().max() > ROUNDING
            negative = (table[self.classes] < 0).any(axis=None)
            if off or negative or not self._are_due(table, model, protocol):
                raise ArtifactsError(
                    f"{model}: the predictions under {protocol} are not one row of probabilities "
                    f"for each track that is due. {self._cure}"
                )

    def _are_due(self, table: pd.DataFrame, model: str, protocol: str) -> bool:
        """Whether as many tracks are answered as were asked about, each once, none else."""
        fold = self.tracks.get(f"fold_{protocol}")
        due = self.tracks["track_id"] if fold is None else self.tracks["track_id"][fold >= 0]
        return (
            len(table) == self.model(model).asked.get(protocol, 0)
            and not table.duplicated(["track_id", "window"]).any()
            and bool(table["track_id"].isin(due).all())
        )

    def _check_classifier(self, model: str) -> None:
        import numpy as np

        card = self.model(model)
        features: FeatureSet = lookup("pipeline.features", "FEATURES", card.features)
        one = np.zeros((1, *features.shape), dtype=np.float32)
        shape = self.classifier(model).predict_proba(one).shape
        if shape != (1, len(self.classes)):
            raise ArtifactsError(
                f"{card.file} answers with shape {shape} to one window. {self._cure}"
            )


def strictest(units: Mapping[str, str]) -> str:
    """Of protocols, by name what they divide: the one whose answers say most about new music."""
    by_track = [name for name, unit in units.items() if unit == "track"]
    return "artist" if "artist" in by_track else by_track[0]


def tested(units: Mapping[str, str]) -> str:
    """Of the same: the published one, if there is one, and else the strictest."""
    return PUBLISHED if PUBLISHED in units else strictest(units)


def available(root: Path = ROOT) -> list[str]:
    """Names of the benchmarks that have been built."""
    return sorted(path.parent.name for path in root.glob("[!.]*/manifest.json"))


def open_benchmark(name: str, root: Path = ROOT) -> Artifacts:
    """Artifacts by the name of their benchmark; an `ArtifactsError` lists those that exist."""
    if name not in available(root):
        there = ", ".join(available(root)) or "none yet"
        raise ArtifactsError(
            f"There are no artifacts called {name!r} in {root} (built: {there}). "
            f"Build them: python -m pipeline build {name} --data FOLDER"
        )
    return Artifacts(root / name)


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
    facts = asdict(manifest) | {"files": {name: file_hash(staged / name) for name in names}}
    (staged / "manifest.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
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


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    return sha256(path.read_bytes()).hexdigest()


def _read_manifest(folder: Path) -> Manifest:
    cure = f"Build it again: python -m pipeline build {folder.name} --data FOLDER"
    try:
        facts = json.loads((folder / "manifest.json").read_text())
        schema = facts["schema"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtifactsError(f"{folder} has no readable manifest.json ({error}). {cure}") from error
    if schema != SCHEMA:
        raise ArtifactsError(
            f"{folder} has schema {schema}, this code reads schema {SCHEMA}. {cure}"
        )
    try:
        models = {name: ModelCard(**card) for name, card in facts.pop("models").items()}
        return Manifest(models=models, **facts)
    except (TypeError, KeyError, AttributeError) as error:
        raise ArtifactsError(f"{folder}/manifest.json is not complete ({error}). {cure}") from error


def _member(members: dict[str, Any], name: str, kind: str, benchmark: str) -> Any:
    if name not in members:
        raise ArtifactsError(
            f"{benchmark} has no {kind} called {name!r}. There are: {', '.join(members)}."
        )
    return members[name]
