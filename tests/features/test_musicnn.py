"""Tags and embeddings of pretrained networks as features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np
import pandas as pd
import pytest
import soxr

from pipeline.audio.decoding import decode
from pipeline.audio.windows import SAMPLE_RATE, WINDOW
from pipeline.backbones.keras_networks import load
from pipeline.features.common.spectrum import Spectrum
from pipeline.features.musicnn import FEATURES, patches

if TYPE_CHECKING:
    from pathlib import Path

TAGGRAMS = "musicnn_taggram/evaluation_data_GTZAN_MSDmusicnn_taggram.npz"


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


def test_columns_are_tags_then_embeddings() -> None:
    """1112 columns, each network's tags before its embedding."""
    assert FEATURES.shape == (1112,)
    assert FEATURES.names[:2] == ["msd_musicnn.rock", "msd_musicnn.pop"]
    assert FEATURES.names[50] == "msd_musicnn.penultimate.001"
    assert FEATURES.names[-1] == "mtt_vgg.pool5.256"


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
