"""Features of signals whose answer is known, and parity with published tables."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

import librosa
import numpy as np
import pandas as pd
import plain
import pytest

from pipeline.audio import SAMPLE_RATE, decode
from pipeline.features import _fast
from pipeline.features._spectrum import FREQUENCIES, Spectrum
from pipeline.features.fma518 import multiindex, statistics
from pipeline.features.timbre import FEATURES as TIMBRE
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pathlib import Path

TABLE_TOLERANCE = 100  # samples between a file and the length that the table gives


def timbre(y: np.ndarray) -> pd.Series:
    return pd.Series(TIMBRE.extract(y.astype(np.float32)), TIMBRE.names)


def extracted(name: str, y: np.ndarray) -> pd.Series:
    features = lookup("pipeline.features", "FEATURES", name)
    return pd.Series(features.extract(y.astype(np.float32)), features.names)


def sine(hz: float, seconds: float = 5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


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


def music(seconds: float = 6, seed: int = 0) -> np.ndarray:
    """Chords with overtones, clicks and some noise, in no tuning in particular."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.02 * rng.normal(size=len(t))
    for start in np.arange(0, seconds, 0.5):
        since = np.maximum(t - start, 0)
        for hz in 55 * 2 ** (rng.integers(0, 48, 3) / 12 + 0.02):
            y += (t >= start) * np.exp(-4 * since) * np.sin(2 * np.pi * hz * since)
        y += (t >= start) * np.exp(-200 * since) * rng.normal(size=len(t))
    return (0.3 * y / np.abs(y).max()).astype(np.float32)


STATISTIC_SETS = {
    "timbre": (plain.timbre, 1e-3),
    "gtzan26": (plain.gtzan26, 1e-4),
    "fma518": (plain.fma518, 1e-3),
    "mfcc12": (plain.mfcc12, 1e-4),
}
SEQUENCE_SETS = {"logmel": plain.logmel, "mfcc12_sequence": plain.mfcc12_frames}


@pytest.mark.parametrize("name", STATISTIC_SETS)
def test_statistics_equal_plain_librosa(name: str) -> None:
    """The shared spectrogram and its short cuts change nothing against one call a feature.

    Errors count against a column's spread over different pieces, as a mean near zero has no
    relative error.
    """
    features = lookup("pipeline.features", "FEATURES", name)
    plainly, tolerance = STATISTIC_SETS[name]
    pieces = [music(4 + seed / 3, seed) for seed in range(6)]
    ours = pd.DataFrame([features.extract(y) for y in pieces], columns=features.names)
    expected = pd.DataFrame([plainly(y) for y in pieces])[features.names]
    errors = (ours - expected).abs() / np.maximum(expected.std(), 1e-3 * expected.abs().max())
    # The valleys of contrast lie near zero, where the rounding of two transforms differs.
    allowed = np.where(errors.columns.str.contains("contrast"), 1e-2, tolerance)
    assert (errors.max() < allowed).all(), errors.max().nlargest(5)


@pytest.mark.parametrize("name", SEQUENCE_SETS)
def test_sequences_equal_plain_librosa(name: str) -> None:
    """Each frame of a window is what librosa gives, in dB."""
    y = music(3)
    features = lookup("pipeline.features", "FEATURES", name)
    expected = SEQUENCE_SETS[name](y)
    assert expected.shape == features.shape
    np.testing.assert_allclose(features.extract(y), expected, atol=2e-3)


def test_fma518_equals_the_reference_table(reference_root: Path, gtzan_root: Path) -> None:
    """Twenty clips, computed elsewhere with FMA's definitions.

    The median error of a feature is below 1e-3 of its spread, 1e-2 for rolloff and contrast, where
    ties of bins decide.
    """
    table = pd.read_csv(reference_root / "fma518_peer.csv", index_col="track_id")
    features = lookup("pipeline.features", "FEATURES", "fma518")
    paths = [gtzan_root / "audio" / t.partition(".")[0] / f"{t}.flac" for t in table.index]
    ours = pd.DataFrame(
        [features.extract(decode(path)) for path in paths], table.index, features.names
    )
    errors = (ours[table.columns] - table).abs() / table.std()
    by_feature = errors.T.groupby(lambda name: name.partition(".")[0]).median().T.max()
    loose = by_feature.index.isin(["spectral_rolloff", "spectral_contrast"])
    assert len(table) == 20
    assert by_feature[~loose].max() < 1e-3
    assert by_feature[loose].max() < 1e-2


def test_fma518_has_the_columns_of_the_published_file() -> None:
    """518 of them in FMA's order, three levels deep on request."""
    columns = multiindex(lookup("pipeline.features", "FEATURES", "fma518").names)
    assert len(columns) == 518
    assert columns.names == ["feature", "statistics", "number"]
    assert columns.is_monotonic_increasing
    assert ("chroma_cens", "kurtosis", "01") in columns
    assert columns.get_level_values(0).value_counts()["mfcc"] == 140


def test_statistics_of_a_row_that_does_not_change() -> None:
    """Skewness and kurtosis of a constant are 0 by definition here, and not missing."""
    rows = np.full((1, 50), 0.7, np.float32)
    names = ("mean", "std", "skew", "kurtosis", "median", "min", "max")
    expected = [[0.7], [0], [0], [0], [0.7], [0.7], [0.7]]
    np.testing.assert_allclose(statistics(rows, names), expected, atol=1e-6)


def test_gtzan26_is_a_part_of_timbre() -> None:
    """The same name means the same number in both sets."""
    y = music(3)
    means = lookup("pipeline.features", "FEATURES", "gtzan26")
    np.testing.assert_allclose(means.extract(y), timbre(y)[means.names], rtol=1e-6)


KERNELS = {
    "stft": lambda s: s.stft,
    "centroid": lambda s: s.centroid_and_bandwidth[0],
    "bandwidth": lambda s: s.centroid_and_bandwidth[1],
    "rolloff": lambda s: s.rolloff,
    "contrast": lambda s: s.contrast,
    "zero crossings": lambda s: s.zero_crossing_rate,
    "chroma": lambda s: s.chroma,
    "mel": lambda s: s.mel,
    "constant Q": lambda s: s.constant_q,
    "harmonic": lambda s: s.harmonic_percussive[0],
    "percussive": lambda s: s.harmonic_percussive[1],
}
LIBROSA = {
    "stft": lambda y, S: librosa.stft(y),
    "centroid": lambda y, S: librosa.feature.spectral_centroid(S=S),
    "bandwidth": lambda y, S: librosa.feature.spectral_bandwidth(S=S),
    "rolloff": lambda y, S: librosa.feature.spectral_rolloff(S=S),
    "contrast": lambda y, S: librosa.feature.spectral_contrast(S=S),
    "zero crossings": lambda y, S: librosa.feature.zero_crossing_rate(y),
    "chroma": lambda y, S: librosa.feature.chroma_stft(S=S**2),
    "mel": lambda y, S: librosa.feature.melspectrogram(S=S**2),
    "constant Q": lambda y, S: np.abs(librosa.cqt(y, tuning=None)),
    "harmonic": lambda y, S: librosa.effects.hpss(y)[0],
    "percussive": lambda y, S: librosa.effects.hpss(y)[1],
}


@pytest.mark.parametrize("quantity", KERNELS)
def test_fast_quantities_equal_those_of_librosa(quantity: str) -> None:
    """Frame by frame, on music and on noise."""
    noise = np.random.default_rng(1).uniform(-1, 1, 2 * SAMPLE_RATE).astype(np.float32)
    for y in (music(), noise):
        expected = LIBROSA[quantity](y, np.abs(librosa.stft(y)))
        ours = KERNELS[quantity](Spectrum(y))
        assert ours.shape == expected.shape
        np.testing.assert_allclose(ours, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("detune", [-0.4, -0.13, 0, 0.27, 0.45])
def test_tuning_is_found(detune: float) -> None:
    """Tones that all stand off by a part of a semitone, and librosa's answer to the same."""
    t = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    y = sum(np.sin(2 * np.pi * 440 * 2 ** ((k + detune) / 12) * t) for k in (-9, -5, -2, 0))
    S = np.abs(librosa.stft(y.astype(np.float32)))
    found = _fast.estimate_tuning(S, FREQUENCIES)
    assert found == pytest.approx(detune, abs=0.05)
    assert found == pytest.approx(librosa.estimate_tuning(S=S), abs=1e-9)


@pytest.mark.parametrize("note", ["A2", "C4", "F#5"])
def test_chroma_of_a_note(note: str) -> None:
    """A single note is its pitch class, in all three chromas; the others stay below."""
    values = extracted("fma518", sine(float(librosa.note_to_hz(note))))
    pitch = librosa.note_to_midi(note) % 12
    for kind in ("chroma_stft", "chroma_cqt", "chroma_cens"):
        means = [values[f"{kind}.mean.{i + 1:02d}"] for i in range(12)]
        assert np.argmax(means) == pitch


def test_contrast_of_a_sine_is_in_its_band() -> None:
    """A 1 kHz sine stands out between 800 and 1600 Hz more than anywhere else."""
    values = extracted("fma518", sine(1000))
    means = [values[f"spectral_contrast.mean.{i + 1:02d}"] for i in range(7)]
    assert np.argmax(means) == 3


def test_logmel_of_a_sine_is_in_its_band() -> None:
    """A tone lights the mel band around its frequency, in every frame."""
    centres = librosa.mel_frequencies(130)[1:-1]
    spectrogram = lookup("pipeline.features", "FEATURES", "logmel").extract(
        sine(1000, 3).astype(np.float32)
    )
    assert set(spectrogram.argmax(axis=1)) == {np.abs(centres - 1000).argmin()}


def test_logmel_keeps_the_level() -> None:
    """Half the amplitude is 6 dB less: nothing is scaled to the window's own maximum."""
    y, logmel = music(3), lookup("pipeline.features", "FEATURES", "logmel")
    quieter = logmel.extract(y) - logmel.extract(y / 2)
    assert np.median(quieter) == pytest.approx(6.02, abs=0.01)


def test_mfcc12_of_a_sine() -> None:
    """A sine of amplitude a: RMS a/√2 in each frame inside, energy 512 times its square."""
    values = extracted("mfcc12", sine(1000))
    assert values["rms_max"] == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert values["energy_max"] == pytest.approx(512 * values["rms_max"] ** 2, rel=1e-4)


@pytest.mark.slow
def test_memory_stays_flat() -> None:
    """Clips in all the hand-made sets: the peak stays where the first 50 left it."""
    networks = {"musicnn", "musicnn_mel", "taggram"}
    known = discover("pipeline.features", "FEATURES").values()
    sets = [f for f in known if f.compute and f.name not in networks]
    rng = np.random.default_rng(0)
    for number in range(250):
        spectrum = Spectrum(rng.uniform(-1, 1, SAMPLE_RATE).astype(np.float32))
        for features in sets:
            features.compute(spectrum)
        if number == 50:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early
    assert grown < 20_000 * (1024 if sys.platform == "darwin" else 1)  # kB, bytes on macOS


def test_harmonic_and_percussive_parts_add_up() -> None:
    """Nothing of the signal is lost between the two parts."""
    y = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    np.testing.assert_allclose(sum(Spectrum(y).harmonic_percussive), y, atol=1e-4)


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
