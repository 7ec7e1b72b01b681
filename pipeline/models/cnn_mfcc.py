"""Convolutional network over time on 12 MFCC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.convolution import DROPOUT, MOMENTUM, compiled, fit_convolution
from pipeline.models.common.keras_classifier import KerasClassifier, gap, scaling

if TYPE_CHECKING:
    import keras

FILTERS = (32, 64, 96)
EPOCHS = 40


def build(shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Three blocks of convolution over time and pooling, then mean and maximum over time."""
    import keras
    from keras import layers

    entrance = keras.Input(shape)
    x = scaling()(entrance)
    for filters in FILTERS:
        x = layers.Conv1D(filters, 5, padding="same", use_bias=False)(x)
        x = layers.MaxPooling1D(3)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(DROPOUT)(x)
    genres = layers.Dense(n_classes, activation="softmax")(x)
    return compiled(keras.Model(entrance, genres))


def fit(examples: Examples) -> Classifier:
    """Train with mixup and early stopping on held-out artists."""
    return fit_convolution(build, examples, EPOCHS)


MODEL = Model(
    name="cnn_mfcc",
    title="Convolutional network on MFCC",
    library="Keras",
    format="keras",
    features="mfcc12_sequence",
    fit=fit,
    embed=KerasClassifier.predict_with_embeddings,
    facts=gap,
)
