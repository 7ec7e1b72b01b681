"""The models of a benchmark: those that were built, and those whose predictions were imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import ArtifactsError
from pipeline.protocols import headline, robustness_protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.artifacts.imported import Imported
    from pipeline.artifacts.manifest import Manifest, ModelCard


class Models:
    """Facts about models, by name.

    Attributes
    ----------
    manifest
        Has those that were built.
    imports
        The others, of which predictions are all there is.
    broken
        Why imports are left out, a sentence each, by name.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.imports: Mapping[str, Imported] = {}
        self.broken: Mapping[str, str] = {}

    @property
    def classes(self) -> list[str]:
        """Genres, in the order of every probability column."""
        return self.manifest.classes

    @property
    def headline(self) -> str:
        """Protocol that ranks, calibrates and explains: the strictest one."""
        return headline(self.manifest.protocols)

    @property
    def robustness_protocol(self) -> str:
        """Protocol whose first fold is also tested on distorted recordings."""
        return robustness_protocol(self.manifest.protocols)

    @property
    def models(self) -> dict[str, ModelCard]:
        """Facts about each model; those that were built come first."""
        return self.manifest.models | {name: each.card for name, each in self.imports.items()}

    def model(self, name: str) -> ModelCard:
        """Facts about one model; an `ArtifactsError` lists those that exist."""
        card: ModelCard = member(self.models, name, "model", self.manifest.benchmark)
        return card

    @property
    def titles(self) -> dict[str, str]:
        """Title of each model."""
        return {name: card.title for name, card in self.models.items()}

    @property
    def baselines(self) -> set[str]:
        """Names of the models that look at no feature."""
        return {name for name, card in self.models.items() if card.baseline}

    @property
    def unverified(self) -> set[str]:
        """Names of the models that were trained and tested by others."""
        return {name for name, card in self.models.items() if not card.verified}

    @property
    def answering(self) -> list[str]:
        """Names of the models that have a file, and so can be asked about recordings."""
        return [name for name, card in self.models.items() if card.file]

    @property
    def held(self) -> bool:
        """Whether some predictions are held in a visitor's session only."""
        return any(each.held for each in self.imports.values())

    def window_seconds(self, features: str) -> float:
        """Length of a feature set's windows; an `ArtifactsError` if it is of whole recordings."""
        seconds = self.manifest.features[features]["window_seconds"]
        if seconds is None:
            raise self.cannot_classify(None)
        return seconds

    def cannot_classify(self, model: str | None) -> ArtifactsError:
        """Why a model, or any of them, cannot be asked about recordings."""
        if model in self.unverified:
            return ArtifactsError(
                f"Of {model!r} there are predictions only, so it cannot classify recordings."
                f" Choose another model: {', '.join(self.answering)}."
            )
        return ArtifactsError(
            f"The models of {self.manifest.benchmark} know published features only and cannot"
            " classify recordings. Choose another benchmark."
        )


def member(members: Mapping[str, Any], name: str, kind: str, benchmark: str) -> Any:
    """One of several by its name; an `ArtifactsError` lists them."""
    if name not in members:
        raise ArtifactsError(
            f"{benchmark} has no {kind} called {name!r}. There are: {', '.join(members)}."
        )
    return members[name]
