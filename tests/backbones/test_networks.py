"""The pretrained networks: parity with the originals, and what guards their files."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import correlate

from pipeline.backbones.keras_networks import RHYTHM_FRAMES, load
from pipeline.backbones.networks import FOLDER, NETWORKS, checked_file, outputs
from pipeline.errors import ArtifactsError
from pipeline.files import file_hash

if TYPE_CHECKING:
    from pathlib import Path

    import keras


@pytest.fixture(scope="module")
def original(reference_root: Path) -> dict[str, np.ndarray]:
    """Patches, and what the original graphs answer to them."""
    with np.load(reference_root / "musicnn_tf1_outputs.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_answer_as_the_originals(name: str, original: dict[str, np.ndarray]) -> None:
    """The same probabilities as TensorFlow 1 gave for the same patches."""
    answer = np.asarray(load(name)(original["patches"], training=False)["taggram"])
    np.testing.assert_allclose(answer, original[NETWORKS[name].original], atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_committed_networks_have_their_outputs(name: str) -> None:
    """Tags are probabilities, and the embedding has the length that is stated."""
    network = NETWORKS[name]
    answer = load(name)(np.zeros((2, 187, 96), np.float32), training=False)
    assert set(answer) == {"taggram", network.embedding}
    assert answer["taggram"].shape == (2, 50)
    assert answer[network.embedding].shape == (2, network.size)
    assert ((np.asarray(answer["taggram"]) >= 0) & (np.asarray(answer["taggram"]) <= 1)).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_exports_answer_as_the_originals(name: str, original: dict[str, np.ndarray]) -> None:
    """What serves gives the same probabilities, in the order of the patches."""
    tags = outputs((name,), original["patches"])[:, :50]
    np.testing.assert_allclose(tags, original[NETWORKS[name].original], atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_exports_answer_as_keras_does(name: str) -> None:
    """Tags and embeddings, of noise and of silence, although steps were folded together."""
    noise = np.random.default_rng(0).uniform(0, 4, (3, 187, 96)).astype(np.float32)
    patches = np.concatenate([noise, np.zeros_like(noise[:1])])
    expected = load(name)(patches, training=False)
    whole = np.concatenate([expected["taggram"], expected[NETWORKS[name].embedding]], axis=1)
    np.testing.assert_allclose(outputs((name,), patches), whole, atol=1e-5)


def test_outputs_of_networks_stand_side_by_side() -> None:
    """In the order of the names: tags, then the embedding."""
    patches = np.random.default_rng(0).uniform(0, 4, (5, 187, 96)).astype(np.float32)
    both = outputs(("mtt_vgg", "msd_vgg"), patches)
    alone = [outputs((name,), patches) for name in ("mtt_vgg", "msd_vgg")]
    np.testing.assert_array_equal(both, np.concatenate(alone, axis=1))


def norm(x: np.ndarray, net: keras.Model, layer: str) -> np.ndarray:
    gamma, beta, mean, var = net.get_layer(layer).get_weights()
    return (x - mean) / np.sqrt(var + 1e-3) * gamma + beta


def test_first_block_by_hand() -> None:
    """Norm, convolution, ReLU, norm and pooling of MSD_vgg's first block, written out in numpy."""
    import keras

    net = load("msd_vgg")
    mel = np.random.default_rng(0).uniform(0, 4, (187, 96)).astype(np.float32)

    kernel, bias = net.get_layer("block1_conv").get_weights()
    x = norm(mel[:, :, None], net, "input_norm")[:, :, 0]
    maps = [correlate(x, kernel[:, :, 0, i], mode="same") for i in range(128)]
    x = norm(np.maximum(np.stack(maps, axis=-1) + bias, 0), net, "block1_norm")
    expected = x[:184].reshape(46, 4, 96, 128).max(axis=1)
    block = keras.Model(net.input, net.get_layer("block1_pool").output)
    np.testing.assert_allclose(block(mel[None], training=False)[0], expected, atol=1e-4)


@pytest.mark.parametrize(("name", "frames"), RHYTHM_FRAMES.items())
def test_rhythm_by_hand(name: str, frames: int) -> None:
    """A filter over many frames of every band, centred on each frame, and its strongest band."""
    import keras

    net = load("mtt_musicnn")
    mel = np.random.default_rng(0).uniform(0, 4, (187, 96)).astype(np.float32)
    kernel, bias = net.get_layer(f"{name}_conv").get_weights()
    x = norm(mel[:, :, None], net, "input_norm")[:, :, 0]
    x = np.pad(x, ((frames // 2 - 1, frames // 2), (0, 0)))
    maps = sliding_window_view(x, frames, axis=0) @ kernel[0, :, 0] + bias  # (187, 96, 51)
    expected = norm(np.maximum(maps, 0), net, f"{name}_norm").max(axis=1)
    rhythm = keras.Model(net.input, net.get_layer(name).output)
    np.testing.assert_allclose(rhythm(mel[None], training=False)[0], expected, atol=1e-4)


def test_a_missing_network_says_the_cure(tmp_path: Path) -> None:
    """Who has no networks is told the command."""
    with pytest.raises(ArtifactsError, match=r"is missing.*python -m pipeline import-musicnn"):
        load("msd_vgg", tmp_path)


@pytest.mark.parametrize("name", ["msd_vgg.keras", "msd_vgg.onnx"])
def test_a_damaged_network_says_the_cure(name: str, tmp_path: Path) -> None:
    """A file that is not the imported one is not opened, nor is a damaged export."""
    shutil.copy(FOLDER / "backbones.json", tmp_path)
    damaged = bytearray((FOLDER / name).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / name).write_bytes(damaged)
    with pytest.raises(ArtifactsError, match=r"not the file that was imported.*import-musicnn"):
        checked_file(name, tmp_path)


def test_stored_hashes_hold() -> None:
    """Every network is there as imported, with its licence, and is no benchmark."""
    stored = json.loads((FOLDER / "backbones.json").read_text())["files"]
    assert set(stored) == {f"{name}.{form}" for name in NETWORKS for form in ("keras", "onnx")}
    assert all(file_hash(FOLDER / name) == value for name, value in stored.items())
    assert "Music Technology Group" in (FOLDER / "LICENSE").read_text()
    assert not (FOLDER / "manifest.json").exists()
