"""Trained networks as they are served: exported, and asked without Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.backbones.networks import outputs
from pipeline.exported import session

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models import Array, Classifier

PROBABILITIES, EMBEDDINGS = "probabilities", "embeddings"  # names of a network's outputs


class ExportedNetwork:
    """A network with the interface of `pipeline.models.common.keras_classifier.KerasClassifier`.

    Parameters
    ----------
    path
        What `pipeline.artifacts.model_files.export` wrote.
    """

    def __init__(self, path: Path) -> None:
        self._session = session(path)
        [self._input] = self._session.get_inputs()

    def predict_proba(self, X: Array) -> Array:
        """Probabilities [shape=(n, n_classes)] of windows [shape=(n, …)]."""
        return self._asked([PROBABILITIES], X)[0]

    def predict_with_embeddings(self, X: Array) -> tuple[Array, Array]:
        """The same, and what the last layer is given [shape=(n, n_dimensions)]."""
        probabilities, embeddings = self._asked([PROBABILITIES, EMBEDDINGS], X)
        return probabilities, embeddings

    def _asked(self, names: list[str], X: Array) -> list[Array]:
        return self._session.run(names, {self._input.name: np.asarray(X, np.float32)})


class BehindNetworks:
    """A classifier of what pretrained networks make of patches, asked about the patches.

    Parameters
    ----------
    classifier
        Takes the outputs of the networks.
    networks
        Their names.
    """

    def __init__(self, classifier: Classifier, networks: tuple[str, ...]) -> None:
        self.classifier, self.networks = classifier, networks

    def predict_proba(self, X: Array) -> Array:
        """Probabilities [shape=(n, n_classes)] of log-mel patches [shape=(n, 187, 96)]."""
        return self.classifier.predict_proba(outputs(self.networks, X))
