"""Pretrained networks made quicker for serving, with the same answers.

Their blocks are convolution, ReLU, batch norm and the maximum over neighbours. The norm multiplies
and shifts each channel: the factor can be part of the convolution, and ReLU and shift, which keep
the order of numbers, can follow the maximum, where little is left to do.

Weight decay has silenced up to nine tenths of a layer's channels: their weights are so near to 0
that they say the same of any sound. One channel that is always 1 stands for them all: what listened
to them hears it instead, times what they said.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import keras
import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag

from pipeline.backbones.keras_networks import MIDDLE_FILTERS, MIDDLES

Array = npt.NDArray[np.float64]
Weights = dict[str, list[Array]]  # by layer

SILENT = 1e-9  # what the weights of a silent channel add up to at most
MULTIPLE = 16  # of channels: processors work on so many at once
EMBEDDING = "block5"  # the block of a vgg whose channels are the embedding, so all are wanted


@dataclass(frozen=True)
class Block:
    """A convolution, the norm behind it, and which of its channels are wanted.

    Attributes
    ----------
    bias
        Of the convolution, times `factor`.
    factor, shift
        What the norm multiplies each channel by, and what it adds then.
    wanted : np.ndarray [shape=(n_wanted,)]
        The channels that are not silent.
    width
        Number of channels in the end: those wanted, then one that is 1, then some that are 0.
    """

    bias: Array
    factor: Array
    shift: Array
    wanted: npt.NDArray[np.intp]
    width: int

    @property
    def bounds(self) -> tuple[Array, Array]:
        """ReLU as a lower and an upper bound: upside down where the factor is negative."""
        upside_down = self.factor < 0
        return np.where(upside_down, -np.inf, 0), np.where(upside_down, 0, np.inf)

    def narrowed(self, values: Array, one: Array | float = 0.0) -> Array:
        """Values of all channels, on the last axis, as those of the channels in the end.

        Parameters
        ----------
        one
            The value of the channel that is 1, if there is one.
        """
        new = np.zeros((*values.shape[:-1], self.width))
        new[..., : len(self.wanted)] = values[..., self.wanted]
        if len(self.wanted) < self.width:
            new[..., len(self.wanted)] = one
        return new

    @property
    def heard(self) -> Array:
        """What gives all channels back from those in the end [shape=(n_channels, width)]."""
        said = np.clip(self.bias, *self.bounds) + self.shift
        said[self.wanted] = 0
        return self.narrowed(np.eye(len(said)), said)


def folded(network: keras.Model) -> keras.Model:
    """A network of `pipeline.backbones.keras_networks` with fewer steps, for exporting only."""
    weights = {layer.name: layer.get_weights() for layer in network.layers}
    pools = [layer.name for layer in network.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    blocks = {name: _block(weights, name) for name in (pool.rpartition("_")[0] for pool in pools)}
    if "pooled_norm" in weights:
        _fold_before_dense(weights)
    for layer, heard in _heard(blocks).items():
        weights[layer][0] = heard.T @ weights[layer][0]
    for pool, (name, block) in zip(pools, blocks.items(), strict=True):
        del weights[f"{name}_norm"]
        kernel = weights[f"{name}_conv"][0] * block.factor
        weights[f"{name}_conv"] = [block.narrowed(kernel), block.narrowed(block.bias, 1.0)]
        low, high = block.bounds
        bounds = ((low, 0.0), (high, 1.0), (block.shift, 0.0))
        weights[pool] = [block.narrowed(values, one) for values, one in bounds]
    return _filled(network, weights, blocks)


def _fold_before_dense(weights: Weights) -> None:
    factor, shift = _factor_and_shift(weights.pop("pooled_norm"))
    kernel, bias = weights["dense"]
    weights["dense"] = [kernel * factor[:, None], bias + shift @ kernel]


def _block(weights: Weights, name: str) -> Block:
    kernel, bias = weights[f"{name}_conv"]
    factor, shift = _factor_and_shift(weights[f"{name}_norm"])
    if name == EMBEDDING:
        return Block(bias * factor, factor, shift, np.arange(len(bias)), len(bias))
    wanted = np.flatnonzero(np.abs(kernel).sum(axis=tuple(range(kernel.ndim - 1))) > SILENT)
    width = MULTIPLE * (len(wanted) // MULTIPLE + 1)
    return Block(bias * factor, factor, shift, wanted, width)


def _heard(blocks: dict[str, Block]) -> dict[str, Array]:
    """By layer that listens to blocks: what gives their channels back, see `Block.heard`."""
    if EMBEDDING in blocks:
        return {f"{after}_conv": blocks[name].heard for name, after in pairwise(blocks)}
    front = block_diag(*[block.heard for block in blocks.values()])
    frames = block_diag(front, np.eye(len(MIDDLES) * MIDDLE_FILTERS))
    return {"middle1_conv": front, "dense": np.kron(frames, np.eye(2))}  # its maximum and its mean


def _filled(network: keras.Model, weights: Weights, blocks: dict[str, Block]) -> keras.Model:
    """The network with other weights, without norms that have none left."""

    def step(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if layer.name not in weights:
            return _Nothing(name=layer.name)
        if block := blocks.get(layer.name.removesuffix("_conv")):
            if "filters" in config:
                config |= {"filters": block.width, "activation": None}
            else:
                config["target_shape"] = (*config["target_shape"][:-1], block.width)
        same = type(layer).from_config(config)
        if isinstance(layer, keras.layers.MaxPooling2D):
            return keras.Sequential([same, _Bounds()], name=layer.name)
        return same

    twin = keras.models.clone_model(network, clone_function=step)
    for name, values in weights.items():
        twin.get_layer(name).set_weights(values)
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


def _factor_and_shift(norm: list[Array]) -> tuple[Array, Array]:
    """What a batch norm multiplies each channel by, and what it adds then."""
    gamma, beta, mean, variance = norm
    factor = gamma / np.sqrt(variance + keras.layers.BatchNormalization().epsilon)
    return factor, beta - mean * factor
