"""Convolutional network on log-mel spectrograms, trained from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.convolution import DROPOUT, MOMENTUM, compiled, fit_convolution
from pipeline.models.common.keras_classifier import KerasClassifier, gap, scaling

if TYPE_CHECKING:
    import keras

FILTERS = (16, 32, 64)
EPOCHS = 14
POOL = 4
MASKED = 0.1  # share of bands, and of frames, that are blanked while learning


def build(shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Three blocks of convolution and pooling, then the mean over time of what is left.

    Whole bands and frames are blanked while learning, after Park et al. (2019), "SpecAugment".
    """
    import keras
    from keras import layers

    frames, bands = shape
    network = keras.Sequential([keras.Input((frames, bands)), scaling()])
    network.add(layers.Dropout(MASKED, noise_shape=(None, 1, bands)))
    network.add(layers.Dropout(MASKED, noise_shape=(None, frames, 1)))
    # Means of 4 x 4. In one go over an image of one channel they would take as long as the rest.
    for _ in range(2):
        network.add(layers.AveragePooling1D(POOL))
        network.add(layers.Permute((2, 1)))
    network.add(layers.Reshape((frames // POOL, bands // POOL, 1)))
    for filters in FILTERS:
        network.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        # Pooling first leaves an eighth of the work to the layers after it.
        network.add(layers.MaxPooling2D(2))
        network.add(layers.BatchNormalization(momentum=MOMENTUM))
        network.add(layers.ReLU())
    network.add(layers.GlobalAveragePooling2D())
    network.add(layers.Dropout(DROPOUT))
    network.add(layers.Dense(n_classes, activation="softmax"))
    return compiled(network)


def fit(examples: Examples) -> Classifier:
    """Train with mixup and early stopping on held-out artists."""
    return fit_convolution(build, examples, EPOCHS)


MODEL = Model(
    name="cnn_logmel",
    title="Convolutional network on log-mel",
    library="Keras",
    format="keras",
    features="logmel",
    fit=fit,
    embed=KerasClassifier.predict_with_embeddings,
    facts=gap,
)
