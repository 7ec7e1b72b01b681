"""Verdicts on clips: one path from bytes to numbers, in training and in the demo."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from pipeline.audio import MIN_SECONDS, SAMPLE_RATE, WINDOW_SECONDS, to_wav
from pipeline.build import unwatched
from pipeline.errors import ArtifactsError, AudioError, PipelineError
from pipeline.extract import extract
from pipeline.predict import MEL_COLUMNS, analyse, classify, predict
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts import Artifacts
    from pipeline.datasets import Track
    from pipeline.predict import Clip

MODELS = list(discover("pipeline.models", "MODEL"))
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


@pytest.mark.parametrize("model", MODELS)
def test_a_verdict_sums_to_1(synthetic: Artifacts, clip: Clip, model: str) -> None:
    """Probabilities of the clip and of each window, over the classes in their order."""
    verdict = classify(clip, model, synthetic)
    assert list(verdict.probabilities.index) == synthetic.classes
    assert verdict.probabilities.sum() == pytest.approx(1, abs=1e-5)
    windows = verdict.windows[synthetic.classes]
    np.testing.assert_allclose(windows.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(windows.mean(), verdict.probabilities, atol=1e-6)
    assert verdict.model == model
    assert verdict.genre == verdict.probabilities.idxmax()
    assert verdict.confidence == pytest.approx(verdict.probabilities.max())


@pytest.mark.parametrize("model", MODELS)
def test_a_track_that_was_learnt_is_told(
    synthetic: Artifacts, tracks: list[Track], model: str
) -> None:
    """The saved model knows the recordings that it learnt from."""
    assert [predict(t.path, model, synthetic).genre for t in tracks] == [t.genre for t in tracks]


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
    assert n_columns == pytest.approx(end * MEL_COLUMNS / WINDOW_SECONDS, abs=1)
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
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*svc"):
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
