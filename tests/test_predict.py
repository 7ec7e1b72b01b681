"""Verdicts on clips: one path from bytes to numbers, in training and in the demo."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from pipeline.artifacts import Artifacts
from pipeline.audio import MIN_SECONDS, SAMPLE_RATE, WINDOW_SECONDS, decode, to_wav
from pipeline.build import unwatched
from pipeline.errors import ArtifactsError, AudioError, PipelineError
from pipeline.extract import extract
from pipeline.predict import MEL_COLUMNS, analyse, classify, predict
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets import Track
    from pipeline.predict import Clip

MODEL = "logistic_ovr"


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    """One synthetic recording a genre."""
    dataset = lookup("pipeline.datasets", "DATASET", "synthetic")
    listed = dataset.tracks(tmp_path_factory.mktemp("clips"))
    return list({track.genre: track for track in listed}.values())


@pytest.fixture(scope="module")
def clip(tracks: list[Track]) -> Clip:
    """The first of them, analysed."""
    return analyse(tracks[0].path, {"timbre": 3.0})


def test_a_verdict_sums_to_1(synthetic: Artifacts, tracks: list[Track]) -> None:
    """Probabilities of the clip and of each window, over the classes in their order."""
    clip = analyse(tracks[0].path, synthetic.windows(synthetic.models))
    for model in synthetic.models:
        verdict = classify(clip, model, synthetic)
        assert list(verdict.probabilities.index) == list(verdict.raw.index) == synthetic.classes
        assert verdict.probabilities.sum() == pytest.approx(1, abs=1e-5)
        windows = verdict.windows[synthetic.classes]
        np.testing.assert_allclose(windows.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(windows.mean(), verdict.raw, atol=1e-6)
        assert verdict.model == model
        assert verdict.genre == verdict.probabilities.idxmax() == verdict.raw.idxmax()
        assert verdict.confidence == pytest.approx(verdict.probabilities.max())


@pytest.mark.parametrize(("temperature", "power"), [(1.0, 1.0), (2.0, 0.5), (0.5, 2.0)])
def test_the_mean_is_calibrated_and_the_raw_one_kept(
    synthetic: Artifacts, clip: Clip, temperature: float, power: float
) -> None:
    """With the card's temperature T a clip's probabilities are p^(1/T), made to sum to 1.

    Those of windows, and the mean before calibration, stay as the model gave them.
    """
    opened = Artifacts(synthetic.folder)
    opened.models[MODEL] = replace(opened.model(MODEL), temperature=temperature)
    verdict = classify(clip, MODEL, opened)
    said = opened.classifier(MODEL).predict_proba(clip.features["timbre"])
    np.testing.assert_allclose(verdict.windows[synthetic.classes], said)
    np.testing.assert_allclose(verdict.raw, said.mean(axis=0), rtol=1e-5)
    raised = np.maximum(said.mean(axis=0), 1e-6) ** power  # less counts as a millionth
    np.testing.assert_allclose(verdict.probabilities, raised / raised.sum(), rtol=1e-4)


def test_a_track_that_was_learnt_is_told(synthetic: Artifacts, tracks: list[Track]) -> None:
    """The saved model knows the recordings that it learnt from; the floor looks at none."""
    genres = [track.genre for track in tracks]
    for model in set(synthetic.models) - {"dummy_prior"}:
        assert [predict(t.path, model, synthetic).genre for t in tracks] == genres, model


def test_each_set_has_windows_of_its_length() -> None:
    """Sets that want windows of 3 s and of 10 s get them from one call, with their numbers.

    They are those of the decoded recording, cut by hand; a rest of 5 s makes one that ends with it.
    """
    y = np.random.default_rng(0).normal(0, 0.1, 25 * SAMPLE_RATE).astype(np.float32)
    y *= np.linspace(0.2, 1, len(y), dtype=np.float32)  # no two windows are alike
    recording = to_wav(y)
    clip = analyse(recording, {"timbre": 3.0, "gtzan26": 10.0, "mfcc12": 10.0})
    assert clip.seconds == 25
    assert clip.spans["gtzan26"].tolist() == [[0, 10], [10, 20], [15, 25]]
    assert clip.spans["mfcc12"].tolist() == clip.spans["gtzan26"].tolist()
    assert clip.spans["timbre"].tolist() == [[i, i + 3] for i in range(0, 24, 3)] + [[22, 25]]
    decoded = decode(recording)
    for name, spans in clip.spans.items():
        features = lookup("pipeline.features", "FEATURES", name)
        cut = [decoded[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b in spans]
        expected = np.stack([features.extract(window) for window in cut])
        np.testing.assert_array_equal(clip.features[name], expected, name)


def test_windows_cover_the_clip(synthetic: Artifacts, clip: Clip) -> None:
    """They begin at 0, leave no gap, are 3 s long, and leave less than a second at the end."""
    windows = classify(clip, MODEL, synthetic).windows
    assert windows["start"].iloc[0] == 0
    assert (windows["start"].iloc[1:].to_numpy() <= windows["end"].iloc[:-1].to_numpy()).all()
    np.testing.assert_allclose(windows["end"] - windows["start"], WINDOW_SECONDS, atol=1e-3)
    assert clip.seconds - MIN_SECONDS < windows["end"].iloc[-1] <= clip.seconds + 1e-6


def test_a_rest_of_less_than_a_second_is_left_out() -> None:
    """6.5 s make two windows, 7.5 s a third one that ends with the recording."""
    y = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(7.5 * SAMPLE_RATE)) / SAMPLE_RATE)
    clip = analyse(to_wav(y[: int(6.5 * SAMPLE_RATE)].astype(np.float32)), {"timbre": 3.0})
    assert clip.spans["timbre"].tolist() == [[0, 3], [3, 6]]
    longer = analyse(to_wav(y.astype(np.float32)), {"timbre": 3.0})
    np.testing.assert_allclose(longer.spans["timbre"], [[0, 3], [3, 6], [4.5, 7.5]], atol=1e-3)


def test_path_bytes_and_file_give_the_same(tracks: list[Track], clip: Clip) -> None:
    """An upload is answered like a file on disk."""
    path = tracks[0].path
    for source in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        other = analyse(source, {"timbre": 3.0})
        np.testing.assert_array_equal(other.features["timbre"], clip.features["timbre"])
        np.testing.assert_array_equal(other.spans["timbre"], clip.spans["timbre"])
        assert other.seconds == clip.seconds


def test_training_and_demo_get_the_same_numbers(
    tracks: list[Track], clip: Clip, tmp_path: Path
) -> None:
    """What training reads from its cache is what the demo computes, to the last bit."""
    with parallel_config(backend="threading"):
        extract(tracks[:1], ["timbre"], tmp_path, unwatched)
        cached = extract(tracks[:1], ["timbre"], tmp_path, unwatched)
    np.testing.assert_array_equal(cached.rows["timbre"].X, clip.features["timbre"])
    assert cached.tracks["seconds"].tolist() == [clip.seconds]
    assert cached.tracks["windows"].tolist() == [len(clip.spans["timbre"])]
    assert cached.rows["timbre"].track.tolist() == [0] * len(clip.spans["timbre"])


@pytest.mark.parametrize("seconds", [1.5, 3.0, 6.5, 8.0, 12.0])
def test_the_picture_shows_a_sound_when_it_is_heard(seconds: float) -> None:
    """A tone in the last half second lights up there, also where windows overlap or repeat."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.5 * np.sin(2 * np.pi * 1000 * t) * (t > seconds - 0.5)
    clip = analyse(to_wav(y.astype(np.float32)), {"timbre": 3.0})
    end = clip.shown
    n_columns = clip.mel_db.shape[1]
    assert n_columns == pytest.approx(end * MEL_COLUMNS, abs=1)
    if end == pytest.approx(seconds):
        loudest = (clip.mel_db.max(axis=0).argmax() + 0.5) / n_columns * end
        assert seconds - 0.6 < loudest < seconds + 0.1


def test_silence_is_no_music() -> None:
    """Silence gets no genre but a sentence that says what to check."""
    with pytest.raises(AudioError, match=r"nothing to hear.*Check the microphone"):
        analyse(to_wav(np.zeros(5 * SAMPLE_RATE, np.float32)), {"timbre": 3.0})


def test_too_short_a_clip_is_refused() -> None:
    """Less than a second gets no genre; the sentence says how much is needed."""
    noise = np.random.default_rng(0).normal(0, 0.1, int(0.5 * SAMPLE_RATE)).astype(np.float32)
    with pytest.raises(AudioError, match=f"0.50 s long, and at least {MIN_SECONDS:g} s is needed"):
        analyse(to_wav(noise), {"timbre": 3.0})


def test_a_second_is_enough(synthetic: Artifacts) -> None:
    """A clip shorter than a window is answered, with a doubt."""
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    clip = analyse(to_wav(noise), {"timbre": 3.0})
    assert [finding.kind for finding in clip.findings] == ["short"]
    windows = classify(clip, MODEL, synthetic).windows
    assert windows[["start", "end"]].to_numpy().tolist() == [[0, 2]]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    """Text under a music file's name is refused in words, as is a file that is not there."""
    path = tmp_path / "song.wav"
    with pytest.raises(AudioError, match=r"There is no file .*song.wav"):
        analyse(path, {"timbre": 3.0})
    path.write_text("la la la")
    with pytest.raises(AudioError, match="no audio file"):
        analyse(path, {"timbre": 3.0})


def test_unknown_names_are_answered_with_the_known_ones(synthetic: Artifacts, clip: Clip) -> None:
    """Who mistypes a model or a feature set sees which there are."""
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*xgboost"):
        classify(clip, "svm", synthetic)
    with pytest.raises(PipelineError, match=r"'timbr'. There are: .*timbre"):
        analyse(b"", {"timbr": 3.0})


def test_verdict_of_a_window_is_the_model_s_own(synthetic: Artifacts, clip: Clip) -> None:
    """The table of windows holds the classifier's answers in the order of time."""
    expected = synthetic.classifier(MODEL).predict_proba(clip.features["timbre"])
    windows = classify(clip, MODEL, synthetic).windows
    pd.testing.assert_index_equal(windows.columns, pd.Index(["start", "end", *synthetic.classes]))
    np.testing.assert_allclose(windows[synthetic.classes], expected)
    assert windows["start"].is_monotonic_increasing
