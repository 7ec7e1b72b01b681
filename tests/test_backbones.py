"""The pretrained networks: parity with the originals, and what guards their files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import librosa
import numpy as np
import pandas as pd
import pytest
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import correlate

from pipeline import backbones
from pipeline.artifacts import file_hash
from pipeline.audio import SAMPLE_RATE, WINDOW, decode
from pipeline.backbones import NETWORKS, RHYTHM_FRAMES, import_musicnn, load
from pipeline.errors import ArtifactsError, PipelineError
from pipeline.features._spectrum import Spectrum
from pipeline.features.musicnn import FEATURES, patches, tags

if TYPE_CHECKING:
    from pathlib import Path

    import keras

TAGGRAMS = "musicnn_taggram/evaluation_data_GTZAN_MSDmusicnn_taggram.npz"


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


def test_a_wrong_wheel_is_refused(tmp_path: Path) -> None:
    """Nothing is unpacked from a file of another hash."""
    wheel = tmp_path / "musicnn-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"not a wheel")
    with pytest.raises(PipelineError, match=r"its SHA-256 is \w{64}, not f38a4890"):
        import_musicnn(tmp_path / "out", wheel=wheel)
    assert not (tmp_path / "out").exists()


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    """The message names the file and the wheel that is wanted."""
    with pytest.raises(PipelineError, match=r"no\.whl is not a file.*musicnn==0\.1\.0"):
        import_musicnn(tmp_path, wheel=tmp_path / "no.whl")


def test_without_pip_the_cure_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment made by uv has no pip."""
    monkeypatch.setattr(backbones, "find_spec", lambda name: None)
    with pytest.raises(PipelineError, match="-m ensurepip"):
        import_musicnn(tmp_path)


def test_a_missing_network_says_the_cure(tmp_path: Path) -> None:
    """Who has no networks is told the command."""
    with pytest.raises(ArtifactsError, match=r"is missing.*python -m pipeline import-musicnn"):
        load("msd_vgg", tmp_path)


def test_a_damaged_network_says_the_cure(tmp_path: Path) -> None:
    """A file that is not the imported one is not opened."""
    shutil.copy(backbones.FOLDER / "backbones.json", tmp_path)
    (tmp_path / "msd_vgg.keras").write_bytes(b"damaged")
    with pytest.raises(ArtifactsError, match=r"not the file that was imported.*import-musicnn"):
        load("msd_vgg", tmp_path)


def test_stored_hashes_hold() -> None:
    """Every network is there as imported, with its licence, and is no benchmark."""
    stored = backbones._stored_hashes(backbones.FOLDER)
    assert set(stored) == {f"{name}.keras" for name in NETWORKS}
    assert all(file_hash(backbones.FOLDER / name) == value for name, value in stored.items())
    assert "Music Technology Group" in (backbones.FOLDER / "LICENSE").read_text()
    assert not (backbones.FOLDER / "manifest.json").exists()


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, samples).astype(np.float32)


def test_patches_are_librosas_mel_written_out() -> None:
    """Frames of 512 every 256 at 16 kHz, 96 bands, the first 187 of a window's 188 frames."""
    y = noise(WINDOW)
    mel = librosa.feature.melspectrogram(
        y=soxr.resample(y, SAMPLE_RATE, 16_000, "HQ"), sr=16_000, n_fft=512, hop_length=256,
        n_mels=96,
    )  # fmt: skip
    assert mel.shape[1] == 188
    expected = np.log10(1 + 10_000 * mel[:, :187].T)[None]
    np.testing.assert_allclose(patches(Spectrum(y)), expected, atol=1e-5)


def test_short_audio_is_repeated() -> None:
    """Frames of one second start again where they end."""
    x = patches(Spectrum(noise(SAMPLE_RATE)))
    frames = Spectrum(noise(SAMPLE_RATE)).musicnn_mel.shape[1]
    assert x.shape == (1, 187, 96)
    np.testing.assert_array_equal(x[0, frames : 2 * frames], x[0, :frames])


def test_long_audio_is_the_mean_of_its_patches() -> None:
    """Patches follow one another, and each counts as much as the others, also in the last batch."""
    spectrum = Spectrum(noise(int(3.5 * WINDOW)))
    x = patches(spectrum)
    answers = np.asarray(load("mtt_vgg")(x, training=False)["pool5"])
    assert x.shape == (3, 187, 96)
    np.testing.assert_allclose(FEATURES.compute(spectrum)[-256:], answers.mean(axis=0), atol=1e-4)


def test_columns_say_what_they_are() -> None:
    """1112 columns, each network's tags before its embedding."""
    assert FEATURES.shape == (1112,)
    assert FEATURES.names[:2] == ["msd_musicnn.rock", "msd_musicnn.pop"]
    assert FEATURES.names[50] == "msd_musicnn.penultimate.001"
    assert FEATURES.names[-1] == "mtt_vgg.pool5.256"


def test_tags_are_means_sorted() -> None:
    """Two windows whose tags are known."""
    table = pd.DataFrame(0.0, index=range(2), columns=FEATURES.names)
    table["mtt_vgg.sitar"] = [0.9, 0.5]
    table["mtt_vgg.no voice"] = [0.2, 0.4]
    table["msd_musicnn.rock"] = 1.0
    heard = tags(table.to_numpy(), "mtt_vgg")
    assert list(heard.index[:2]) == ["sitar", "no voice"]
    assert heard["sitar"] == pytest.approx(0.7)
    assert len(heard) == 50
    assert heard.sum() == pytest.approx(1.0)


@pytest.mark.slow
def test_taggrams_agree_with_the_published_ones(gtzan_root: Path) -> None:
    """Clip means of MSD_musicnn, which its authors published for GTZAN, one second apart."""
    with np.load(gtzan_root / TAGGRAMS, allow_pickle=False) as arrays:
        names = [name.split("/")[1].removesuffix(".au") for name in arrays["IDS"]]
        published = pd.DataFrame(arrays["X"]).groupby(names).mean()
    audio = pd.read_csv(gtzan_root / "audio.csv").query("kind == 'clip' and seconds > 29")
    audio = audio.set_index("track_id").loc[lambda a: a.index.isin(published.index)]
    correlations = []
    for track, row in audio.iloc[:: max(1, len(audio) // 10)][:10].iterrows():
        x = patches(Spectrum(decode(gtzan_root / row["path"])))
        ours = np.asarray(load("msd_musicnn")(x, training=False)["taggram"]).mean(axis=0)
        correlations.append(np.corrcoef(ours, published.loc[track])[0, 1])
    assert len(correlations) >= 5
    assert np.median(correlations) > 0.98, correlations
