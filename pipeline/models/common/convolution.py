"""What the convolutional networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models.common.keras_classifier import fit_network

if TYPE_CHECKING:
    import keras

    from pipeline.models import Classifier, Examples
    from pipeline.models.common.keras_classifier import Build

    pass


DROPOUT = 0.3
MOMENTUM = 0.9  # of batch statistics: an epoch has few batches


def compiled(network: keras.Model) -> keras.Model:
    """Ready to learn; a tenth of the truth is spread over all genres, since labels have faults."""
    import keras

    network.compile(
        keras.optimizers.Adam(2e-3),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        weighted_metrics=["accuracy"],
    )
    return network


def fit_convolution(build: Build, examples: Examples, max_epochs: int) -> Classifier:
    """Train with mixup and early stopping on held-out artists; keep the best state."""
    return fit_network(
        build, examples, max_epochs, patience=4, batch_size=64, mixup=0.3, anew=False
    )
