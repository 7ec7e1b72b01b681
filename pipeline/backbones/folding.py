"""Pretrained networks made quicker for serving, with the same answers.

Their blocks are convolution, ReLU, batch norm and the maximum over neighbours. The norm multiplies
and shifts each channel: the factor can be part of the convolution, and ReLU and shift, which keep
the order of numbers, can follow the maximum, where little is left to do.
"""

from __future__ import annotations

import keras
import numpy as np


def folded(network: keras.Model) -> keras.Model:
    """A network of `pipeline.backbones.keras_networks` with fewer steps, for exporting only."""
    pools = [layer for layer in network.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    blocks = {pool.name: pool.name.rpartition("_")[0] for pool in pools}
    norms = {f"{block}_norm" for block in blocks.values()}
    convolutions = {f"{block}_conv" for block in blocks.values()}

    def step(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if layer.name in norms:
            return _Nothing(name=layer.name)
        if layer.name in convolutions:
            config["activation"] = None
        same = type(layer).from_config(config)
        if layer.name in blocks:
            return keras.Sequential([same, _Bounds()], name=layer.name)
        return same

    twin = keras.models.clone_model(network, clone_function=step)
    for layer in network.layers:
        if layer.name not in norms | blocks.keys():
            twin.get_layer(layer.name).set_weights(layer.get_weights())
    for pool, block in blocks.items():
        factor, shift = _factor_and_shift(network.get_layer(f"{block}_norm"))
        convolution = twin.get_layer(f"{block}_conv")
        convolution.set_weights([weight * factor for weight in convolution.get_weights()])
        low, high = np.where(factor < 0, -np.inf, 0), np.where(factor < 0, 0, np.inf)
        twin.get_layer(pool).set_weights([low, high, shift])
    return twin


class _Nothing(keras.layers.Layer):  # type: ignore[misc]
    """In the place of a batch norm, and called like it."""

    def call(
        self, x: keras.KerasTensor, training: bool | None = None, mask: None = None
    ) -> keras.KerasTensor:
        """The same."""
        return x


class _Bounds(keras.layers.Layer):  # type: ignore[misc]
    """ReLU, of some channels upside down, and a shift of each channel."""

    def build(self, shape: tuple[int, ...]) -> None:
        """Make a lower bound, an upper bound and a shift for each channel."""
        self.low, self.high, self.shift = (self.add_weight((shape[-1],)) for _ in range(3))

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Bound, then shift."""
        return keras.ops.minimum(keras.ops.maximum(x, self.low), self.high) + self.shift


def _factor_and_shift(norm: keras.layers.BatchNormalization) -> tuple[np.ndarray, np.ndarray]:
    """What a batch norm multiplies each channel by, and what it adds then."""
    gamma, beta, mean, variance = norm.get_weights()
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return factor, beta - mean * factor
