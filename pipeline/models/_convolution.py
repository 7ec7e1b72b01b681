"""What the convolutional networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

DROPOUT = 0.3
MOMENTUM = 0.9  # of batch statistics: an epoch has few batches


def compiled(network: keras.Model, learning_rate: float = 2e-3) -> keras.Model:
    """Ready to learn; a tenth of the truth is spread over all genres, since labels have faults."""
    import keras

    network.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        weighted_metrics=["accuracy"],
    )
    return network
