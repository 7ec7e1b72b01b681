"""Embeddings of networks: what the last layer is given, beside the probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest
from scipy.special import softmax

from pipeline.artifacts.model_files import load
from pipeline.models.common.keras_classifier import KerasClassifier
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array


@pytest.fixture(scope="module")
def network() -> KerasClassifier:
    """A network of five inputs, four hidden units and three classes, as it is born."""
    layers = [keras.layers.Dense(4, "relu"), keras.layers.Dense(3, "softmax")]
    return KerasClassifier(keras.Sequential([keras.Input((5,)), *layers]))


def windows(n: int) -> Array:
    """Random windows."""
    return np.random.default_rng(n).normal(size=(n, 5)).astype(np.float32)


@pytest.mark.parametrize("n", [1, 300])
def test_embeddings_are_what_the_last_layer_is_given(network: KerasClassifier, n: int) -> None:
    """In one batch and in several; probabilities are the same as without embeddings."""
    X = windows(n)
    probabilities, embeddings = network.predict_with_embeddings(X)
    np.testing.assert_allclose(probabilities, network.predict_proba(X), atol=1e-6)
    (W, b), (V, c) = (layer.get_weights() for layer in network.network.layers)
    np.testing.assert_allclose(embeddings, np.maximum(X @ W + b, 0), atol=1e-5)
    np.testing.assert_allclose(probabilities, softmax(embeddings @ V + c, axis=1), atol=1e-5)


def test_a_large_network_predicts_in_small_batches(
    network: KerasClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches change nothing, and none is lost."""
    X = windows(5)
    expected = network.predict_with_embeddings(X)
    monkeypatch.setattr("pipeline.models.common.keras_classifier.LARGE_NETWORK_PARAMS", 0)
    for found, known in zip(network.predict_with_embeddings(X), expected, strict=True):
        np.testing.assert_allclose(found, known, atol=1e-6)


def test_a_stored_network_has_embeddings(gtzan: Artifacts) -> None:
    """A network that was trained and saved, on sequences."""
    classifier = gtzan.classifier("cnn_mfcc")
    shape = lookup("pipeline.features", "FEATURES", gtzan.model("cnn_mfcc").features).shape
    X = np.random.default_rng(0).normal(size=(3, *shape))
    probabilities, embeddings = classifier.predict_with_embeddings(X.astype(np.float32))
    np.testing.assert_allclose(probabilities, classifier.predict_proba(X), atol=1e-5)
    assert embeddings.shape[0] == 3
    assert embeddings.ndim == 2


@pytest.mark.parametrize("name", ["cnn_logmel", "cnn_mfcc", "mlp", "transfer"])
def test_what_serves_answers_as_the_file_that_keras_loads(gtzan: Artifacts, name: str) -> None:
    """Each stored network, asked about the same windows through Keras and without it."""
    card = gtzan.model(name)
    shape = lookup("pipeline.features", "FEATURES", card.features).shape
    X = np.random.default_rng(0).uniform(0, 4, size=(5, *shape)).astype(np.float32)
    expected = load(gtzan.folder / card.file).predict_proba(X)
    np.testing.assert_allclose(gtzan.classifier(name).predict_proba(X), expected, atol=1e-5)
