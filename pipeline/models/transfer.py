"""A classifier on tags and embeddings of pretrained networks, saved as one network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.keras_classifier import KerasClassifier, fit_network, gap, scaling

if TYPE_CHECKING:
    import keras

DROPOUT = 0.5
L2 = 0.06
EPOCHS = 100


def build(shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Standardise the networks' tags and embeddings, drop half of them, then a softmax.

    With hundreds of numbers of a few hundred tracks, hidden layers gained nothing.
    """
    import keras
    from keras import layers

    network = keras.Sequential([keras.Input(shape), scaling(), layers.Dropout(DROPOUT)])
    network.add(
        layers.Dense(n_classes, activation="softmax", kernel_regularizer=keras.regularizers.L2(L2))
    )
    network.compile(
        keras.optimizers.Adam(3e-3), "categorical_crossentropy", weighted_metrics=["accuracy"]
    )
    return network


def fit(examples: Examples) -> Classifier:
    """Train on frozen embeddings, with early stopping on held-out artists."""
    return fit_network(build, examples, max_epochs=EPOCHS)


def join(classifier: KerasClassifier) -> KerasClassifier:
    """One network from log-mel patches [shape=(n, 187, 96)] to genres.

    Of the four networks the two of small filters carry as much over to other artists as all do, at
    a third of the time.
    """
    import keras

    from pipeline.backbones.keras_networks import load
    from pipeline.backbones.networks import MEL_BANDS, NETWORKS, PATCH_FRAMES
    from pipeline.features.vgg import NAMES

    mel = keras.Input((PATCH_FRAMES, MEL_BANDS))
    outputs = [(load(name)(mel), NETWORKS[name].embedding) for name in NAMES]
    parts = [part for out, name in outputs for part in (out["taggram"], out[name])]
    genres = classifier.network(keras.layers.Concatenate()(parts))
    return KerasClassifier(keras.Model(mel, genres, name="transfer"))


MODEL = Model(
    name="transfer",
    title="Transfer from musicnn",
    library="Keras",
    format="keras",
    features="vgg",
    fit=fit,
    facts=gap,
    embed=KerasClassifier.predict_with_embeddings,
    join=join,
    joined_features="musicnn_mel",
)
