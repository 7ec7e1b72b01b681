"""Open the artifacts of a benchmark and read its tables and models."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.artifacts import imported, intact
from pipeline.artifacts.manifest import Summary, again, read_manifest
from pipeline.artifacts.models import Models, member
from pipeline.artifacts.places import ROOT, built
from pipeline.errors import ArtifactsError
from pipeline.protocols import tests_elsewhere
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from pipeline.artifacts.imported import Imported
    from pipeline.features import FeatureSet
    from pipeline.models import Classifier


class Artifacts(Models):
    """The artifacts of one benchmark; tables are read at first use and must not be changed.

    Each file is compared with its hash in the manifest when it is read, and an `ArtifactsError`
    names one that is missing, changed, or outside the folder.

    Parameters
    ----------
    folder
        ``artifacts/<benchmark>``

    Raises
    ------
    ArtifactsError
        If the manifest cannot be read, see `pipeline.artifacts.manifest.read_manifest`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(read_manifest(folder))
        self.folder = folder
        self._classifiers: dict[str, Classifier] = {}
        self._tables: dict[str, pd.DataFrame] = {}

    def beside(self, imports: Mapping[str, Imported]) -> Artifacts:
        """The same with predictions of other people's models, by the name of each."""
        both = copy(self)
        both.imports = {**self.imports, **imports}
        tables = {
            f"models/{name}/predictions.parquet": i.predictions for name, i in imports.items()
        }
        both._tables = self._tables | tables
        return both

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """One row a track: `pipeline.datasets.Track`, ``seconds, windows, fold_<protocol>``."""
        return self._table("tracks.parquet")

    @property
    def elsewhere(self) -> pd.DataFrame | None:
        """The same of a second collection that models were asked about; None without one."""
        return self._optional("elsewhere.parquet")

    @property
    def tags(self) -> pd.DataFrame | None:
        """``track_id`` and the mean of each tag of pretrained networks, of both collections."""
        return self._optional("tags.parquet")

    @property
    def learning_curve(self) -> pd.DataFrame | None:
        """``track_id, labels, labelled, predicted`` with fewer labels; None where none was made."""
        return self._optional("learning_curve.parquet")

    @property
    def shipped(self) -> pd.DataFrame | None:
        """``track_id, benchmark, model, title, predicted`` of shipped models; None if not asked."""
        return self._optional("shipped.parquet")

    def is_elsewhere(self, protocol: str) -> bool:
        """Whether a protocol tests on a second collection; an `ArtifactsError` lists protocols."""
        protocols = self.manifest.protocols
        return tests_elsewhere(member(protocols, protocol, "protocol", self.manifest.benchmark))

    def tested_tracks(self, protocol: str) -> pd.DataFrame:
        """Tracks that a protocol tests on: this collection's, or those of the second one."""
        second = self.elsewhere if self.is_elsewhere(protocol) else None
        return self.tracks if second is None else second

    def predictions(self, model: str, protocol: str) -> pd.DataFrame:
        """``track_id, window, windows, fold`` and a probability per class, of all that was tested.

        ``window`` counts the windows of a track that were tested; -1: all of it at once.
        ``windows``: how many are behind the answer. A model whose features a protocol cannot divide
        has no rows.
        """
        member(self.manifest.protocols, protocol, "protocol", self.manifest.benchmark)
        self.model(model)
        table = self._table(f"models/{model}/predictions.parquet")
        keys = imported.KEYS
        if not set(keys) <= set(table) or list(table.columns.drop(keys)) != self.classes:
            raise ArtifactsError(
                f"{model}: the columns of its predictions are not protocol, track_id, window,"
                f" windows, fold and the classes. {self.cure}"
            )
        return table[table["protocol"] == protocol].drop(columns="protocol").reset_index(drop=True)

    def importance(self, model: str) -> pd.DataFrame:
        """``kind, feature, value, std, genre`` (genre missing: all tracks together).

        ``kind`` is ``permutation``, ``permutation by family``, ``impurity``, ``shap`` or
        ``occlusion``; see `pipeline.benchmark.importance`.
        """
        self.model(model)
        return self._table(f"models/{model}/importance.parquet")

    def robustness(self, model: str) -> pd.DataFrame | None:
        """``distortion, track_id`` and a probability per class; None without recordings."""
        return self._optional(f"models/{model}/robustness.parquet")

    def embeddings(self, model: str) -> pd.DataFrame | None:
        """``track_id`` and each track's embedding in the space of a model.

        A model without a space of its own has that of its features. None where embeddings are not
        known: of features that were computed by others.
        """
        name = f"models/{model}/embeddings.parquet"
        if name in self.manifest.files:
            return self._table(name)
        card = self.model(model)
        return None if card.embeds else self.summary(card.features, "tracks")

    def windows(self, models: Iterable[str]) -> dict[str, float]:
        """Feature sets that models take, and the length of their windows in seconds.

        Raises
        ------
        ArtifactsError
            If they cannot classify recordings.
        """
        cards = {name: self.model(name) for name in models}
        without = next((n for n, card in cards.items() if not card.file), None)
        if without is not None or not self.manifest.live:
            raise self.cannot_classify(without)
        sets = {card.trained_on for card in cards.values()}
        return {name: self.window_seconds(name) for name in sorted(sets)}

    def history(self, model: str) -> pd.DataFrame | None:
        """``epoch, split, metric, value`` of a network's training; None for other models."""
        return self._optional(f"models/{model}/history.parquet")

    def summary(self, features: str, kind: Summary) -> pd.DataFrame | None:
        """A table of `pipeline.benchmark.summary` about a feature set; None where there is none."""
        return self._optional(f"summary/{features}.{kind}.parquet")

    def summarised(self, kind: Summary) -> list[str]:
        """Feature sets that have a table of a kind."""
        files = self.manifest.files
        return [n for n in self.manifest.features if f"summary/{n}.{kind}.parquet" in files]

    def classifier(self, model: str) -> Classifier:
        """The trained model, of its `features`; loaded as `served` says."""
        card, served = self.model(model), self.served(model)
        if card.features == card.trained_on:
            return served
        from pipeline.models.common.exported_network import BehindNetworks

        between: FeatureSet = lookup("pipeline.features", "FEATURES", card.trained_on)
        return BehindNetworks(served, between.networks)

    def served(self, model: str) -> Classifier:
        """The trained model, of its `trained_on`; loaded once.

        Raises
        ------
        ArtifactsError
            If it is damaged, or was trained on another version of its features.
        """
        if model not in self._classifiers:
            card = self.model(model)
            if not card.file:
                raise self.cannot_classify(model)
            self.check_features(card.trained_on)
            from pipeline.artifacts import model_files

            file = model_files.served(card.file)
            if file not in self.manifest.files:
                raise ArtifactsError(
                    f"{self.folder} was built before networks were exported. Export them:"
                    f" python -m pipeline export {self.manifest.benchmark}"
                )
            self._classifiers[model] = self._loaded(file)
        return self._classifiers[model]

    def _loaded(self, file: str) -> Classifier:
        from pipeline.artifacts import model_files

        path = self.check_file(file)
        try:
            found = model_files.load(path)
        except ArtifactsError:
            raise
        except Exception as error:  # each library that reads a format has errors of its own
            raise ArtifactsError(f"{path} holds no model ({error}). {self.cure}") from error
        if not hasattr(found, "predict_proba"):
            raise ArtifactsError(
                f"{path} holds an object of type {type(found).__name__}, which is no classifier."
                f" {self.cure}"
            )
        return found

    def check_file(self, name: str) -> Path:
        """The path of a file; an `ArtifactsError` unless it is the one the manifest describes."""
        return intact.check(self.folder, name, self.manifest.files, self.cure)

    def check_features(self, name: str) -> None:
        """Raise an `ArtifactsError` unless the code computes the version of a set in use."""
        made = self.manifest.features[name]["version"]
        current: FeatureSet = lookup("pipeline.features", "FEATURES", name)
        if made != current.version:
            raise ArtifactsError(
                f"{self.folder} was built with version {made} of the feature set {name!r}, the"
                f" code has version {current.version}. {self.cure}"
            )

    def meaning(self, features: str, column: str) -> str:
        """What a column of a feature set is, in words and with its unit."""
        known: FeatureSet = lookup("pipeline.features", "FEATURES", features)
        found = next((c for c in known.columns if c.name == column), None)
        if found is None:
            return ""
        return f"{found.meaning} ({found.unit})" if found.unit else found.meaning

    def _optional(self, name: str) -> pd.DataFrame | None:
        return self._table(name) if name in self.manifest.files else None

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def _read(self, name: str) -> pd.DataFrame:
        import pandas as pd

        path = self.check_file(name)
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise ArtifactsError(f"{path} is no table ({error}). {self.cure}") from error

    @property
    def cure(self) -> str:
        """How to get artifacts that are right, for the end of an error message."""
        return again(self.folder)


def available(root: Path = ROOT) -> list[str]:
    """Names of the benchmarks that have been built."""
    return list(built(root))


def open_folder(folder: Path) -> Artifacts:
    """Artifacts with the predictions of other people's models that were imported for them.

    Those that are damaged, or were imported for another build, are `Artifacts.broken` instead.
    """
    opened, found, broken = Artifacts(folder), {}, {}
    for name in imported.names(folder.name):
        try:
            found[name] = imported.read(folder.name, name, opened.classes, opened.tracks)
        except ArtifactsError as error:
            broken[name] = f"The predictions of {name!r} are left out. {error}"
    both = opened.beside(found)
    both.broken = broken
    return both


def open_benchmark(name: str, root: Path = ROOT, imports: bool = True) -> Artifacts:
    """Artifacts by the name of their benchmark; an `ArtifactsError` lists those that exist.

    Parameters
    ----------
    imports
        Whether imported predictions stand beside them.
    """
    folders = built(root)
    if name not in folders:
        there = ", ".join(folders) or "none yet"
        raise ArtifactsError(
            f"There are no artifacts called {name!r} in {root} (built: {there}). "
            f"Build them: python -m pipeline build {name} --data FOLDER. If they are elsewhere, set"
            " GENRESCOPE_ARTIFACTS to that folder."
        )
    return open_folder(folders[name]) if imports else Artifacts(folders[name])
