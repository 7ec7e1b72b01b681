"""Keras multilayer perceptron, 256-128-64."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.keras_classifier import KerasClassifier, fit_network, gap, scaling

if TYPE_CHECKING:
    import keras

HIDDEN = (256, 128, 64)
DROPOUT = 0.4


def build(shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Standardisation, then three hidden layers with dropout, then a softmax over the genres."""
    import keras

    network = keras.Sequential([keras.Input(shape), scaling()])
    for units in HIDDEN:
        network.add(keras.layers.Dense(units, activation="relu"))
        network.add(keras.layers.Dropout(DROPOUT))
    network.add(keras.layers.Dense(n_classes, activation="softmax"))
    network.compile(
        keras.optimizers.Adam(2e-3),
        "categorical_crossentropy",
        weighted_metrics=["accuracy"],
    )
    return network


def fit(examples: Examples) -> Classifier:
    """Train with early stopping on held-out artists."""
    return fit_network(build, examples)


MODEL = Model(
    name="mlp",
    title="Multilayer perceptron 256-128-64",
    library="Keras",
    format="keras",
    features="timbre",
    fit=fit,
    embed=KerasClassifier.predict_with_embeddings,
    any_table=True,
    facts=gap,
)
