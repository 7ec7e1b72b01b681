"""Networks with fewer steps give the same answers, and are what is exported."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.backbones.folding import folded
from pipeline.backbones.import_musicnn import export
from pipeline.backbones.keras_networks import build
from pipeline.backbones.networks import FOLDER
from pipeline.exported import session
from pipeline.files import file_hash

if TYPE_CHECKING:
    from pathlib import Path

    import keras


@pytest.mark.parametrize("name", ["mtt_vgg", "mtt_musicnn"])
def test_folding_changes_no_answer(name: str) -> None:
    """Of a network with any weights: factors of batch norms of either sign, and zero."""
    network, rng = build(name), np.random.default_rng(0)
    for layer in network.layers:
        weights = layer.get_weights()
        if layer.name.endswith("_norm"):
            gamma, beta, mean, _ = weights
            gamma = rng.choice([-1.5, 0, 0.7], gamma.shape)
            weights = [gamma, rng.normal(size=beta.shape), mean, rng.uniform(0.5, 2, mean.shape)]
        layer.set_weights(weights)
    assert_answers_stay(network, folded(network))


def assert_answers_stay(network: keras.Model, twin: keras.Model) -> None:
    """Both give the same of any patches."""
    patches = np.random.default_rng(1).uniform(0, 4, (2, 187, 96)).astype(np.float32)
    expected, found = network(patches, training=False), twin(patches, training=False)
    for output in expected:
        scale = max(1.0, float(np.abs(expected[output]).max()))
        np.testing.assert_allclose(found[output], expected[output], atol=1e-5 * scale)


def test_exports_of_imported_networks_are_noted(tmp_path: Path) -> None:
    """The export stands beside the network, and the hashes of both are what is stored."""
    shutil.copy(FOLDER / "mtt_vgg.keras", tmp_path)
    [path] = export([tmp_path / "mtt_vgg.keras"])
    stored = json.loads((tmp_path / "backbones.json").read_text())["files"]
    assert stored == {p.name: file_hash(p) for p in (tmp_path / "mtt_vgg.keras", path)}
    patch = {"mel": np.ones((1, 187, 96), np.float32)}
    for new, old in zip(
        session(path).run(["taggram", "pool5"], patch),
        session(FOLDER / path.name).run(["taggram", "pool5"], patch),
        strict=True,
    ):
        np.testing.assert_allclose(new, old, atol=1e-5)


@pytest.mark.parametrize("name", ["msd_vgg", "msd_musicnn"])
def test_silent_channels_are_left_out(name: str) -> None:
    """Half of the channels of the first layers hear nothing; what follows heard them say so."""
    network, rng = build(name), np.random.default_rng(0)
    silenced = {"block1_conv", "block3_conv", "timbre38_conv", "rhythm64_conv"}
    for layer in network.layers:
        weights = [rng.normal(0, 0.05, w.shape) for w in layer.get_weights()]
        if layer.name.endswith("norm") or layer.name == "penultimate":
            weights[3] = rng.uniform(0.5, 2, weights[3].shape)
            weights[0] = rng.choice([-1.5, 0.7], weights[0].shape)
        if layer.name in silenced:
            weights[0][..., ::2] *= 1e-25
            weights[1] = rng.normal(size=weights[1].shape)
        layer.set_weights(weights)
    twin = folded(network)
    assert_answers_stay(network, twin)
    for layer in network.layers:
        if layer.name in silenced:
            assert twin.get_layer(layer.name).filters < 0.7 * layer.filters
