"""Timbre of signals whose answer is known, and parity with the published table."""

from __future__ import annotations

import librosa
import numpy as np
import pandas as pd
import pytest
from support.feature_signals import music, sine, timbre

from pipeline.audio.decoding import decode
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features.timbre import FEATURES as TIMBRE
from pipeline.registry import lookup

TABLE_TOLERANCE = 100  # samples between a file and the length that the table gives


def test_timbre_has_the_columns_of_the_published_table() -> None:
    """55 of its 57 features: the two means of signals around zero are left out."""
    assert len(TIMBRE.names) == 55
    assert not {"harmony_mean", "perceptr_mean", "length"} & set(TIMBRE.names)


def test_timbre_of_a_sine() -> None:
    """A 1 kHz sine of amplitude a: centroid 1 kHz, RMS a/√2, 2000 zero crossings a second."""
    values = timbre(sine(1000))
    assert values["spectral_centroid_mean"] == pytest.approx(1000, rel=0.05)
    assert values["rms_mean"] == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert values["zero_crossing_rate_mean"] * SAMPLE_RATE == pytest.approx(2000, rel=0.02)
    assert values["harmony_var"] > 100 * values["perceptr_var"]


@pytest.mark.parametrize("bpm", [80, 120, 150])
def test_timbre_finds_the_tempo_of_a_click_train(bpm: int) -> None:
    """Clicks at a steady pace: the tempo is found within one bin of the tempogram."""
    y = librosa.clicks(times=np.arange(0, 30, 60 / bpm), sr=SAMPLE_RATE, length=30 * SAMPLE_RATE)
    bins = librosa.tempo_frequencies(384, sr=SAMPLE_RATE)[1:]
    nearest = np.abs(np.log2(bins / bpm)).argmin()
    assert bins[nearest + 1] <= timbre(y)["tempo"] <= bins[nearest - 1]


def test_timbre_of_clicks_is_percussive() -> None:
    """Single clicks go to the percussive part."""
    y = librosa.clicks(
        times=np.arange(0, 5, 0.5), sr=SAMPLE_RATE, length=5 * SAMPLE_RATE, click_duration=0.005
    )
    assert timbre(y)["perceptr_var"] > timbre(y)["harmony_var"]


def test_timbre_of_white_noise_is_flat() -> None:
    """Even power at all frequencies: the centroid is half the band, the rolloff 85 % of it."""
    values = timbre(np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE))
    assert values["spectral_centroid_mean"] == pytest.approx(SAMPLE_RATE / 4, rel=0.03)
    assert values["rolloff_mean"] == pytest.approx(0.85 * SAMPLE_RATE / 2, rel=0.03)


def test_gtzan26_is_a_part_of_timbre() -> None:
    """The same name means the same number in both sets."""
    y = music(3)
    means = lookup("pipeline.features", "FEATURES", "gtzan26")
    np.testing.assert_allclose(means.extract(y), timbre(y)[means.names], rtol=1e-6)


@pytest.mark.slow
def test_timbre_equals_the_published_table(gtzan_root) -> None:
    """On whole clips: median relative error below 0.5 % in each column, tempo within one bin."""
    table = pd.read_csv(gtzan_root / "features_30_sec.csv").set_index("filename")
    audio = pd.read_csv(gtzan_root / "audio.csv").query("kind == 'clip'")
    errors = []
    for track, path in zip(audio["track_id"], audio["path"], strict=True):
        published, y = table.loc[f"{track}.wav"], decode(gtzan_root / path)
        if abs(len(y) - published["length"]) <= TABLE_TOLERANCE:
            values = timbre(y)
            expected = published[list(values.index)].astype(float)
            errors.append(((values - expected) / expected).abs())
    errors = pd.DataFrame(errors)
    assert len(errors) >= 25
    assert errors.median().max() < 0.005
    assert errors["tempo"].max() < 0.001
