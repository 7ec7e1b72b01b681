"""Verdicts on clips: one path from bytes to numbers, in training and in the demo."""

from __future__ import annotations

import io
import os
import tracemalloc
from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from audio_files import music
from joblib import parallel_config
from test_guarded import PROC, memory

from pipeline import guarded
from pipeline.artifacts import Artifacts
from pipeline.audio import MIN_SECONDS, SAMPLE_RATE, WINDOW_SECONDS, decode, to_wav
from pipeline.build import unwatched
from pipeline.errors import ArtifactsError, AudioError, PipelineError
from pipeline.extract import extract
from pipeline.predict import MEL_COLUMNS, PICTURE, analyse, listen, passage, predict, verdict
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets import Track
    from pipeline.predict import Clip, Heard

MODEL = "logistic_ovr"
ASKED = ["transfer", "svc"]


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


@pytest.fixture(scope="module")
def heard(tracks: list[Track], gtzan: Artifacts) -> Heard:
    """The same, heard by a model."""
    return listen(tracks[0].path, [MODEL], gtzan)


def test_a_verdict_sums_to_1(synthetic: Artifacts, tracks: list[Track]) -> None:
    """Probabilities of the clip and of each window, over the classes in their order."""
    heard = listen(tracks[0].path, list(synthetic.models), synthetic)
    for model in synthetic.models:
        said = verdict(heard, model, synthetic)
        assert list(said.probabilities.index) == list(said.raw.index) == synthetic.classes
        assert said.probabilities.sum() == pytest.approx(1, abs=1e-5)
        windows = said.windows[synthetic.classes]
        np.testing.assert_allclose(windows.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(windows.mean(), said.raw, atol=1e-6)
        assert said.model == model
        assert said.genre == said.probabilities.idxmax() == said.raw.idxmax()
        assert said.confidence == pytest.approx(said.probabilities.max())


@pytest.mark.parametrize(("temperature", "power"), [(1.0, 1.0), (2.0, 0.5), (0.5, 2.0)])
def test_the_mean_is_calibrated_and_the_raw_one_kept(
    gtzan: Artifacts, clip: Clip, heard: Heard, temperature: float, power: float
) -> None:
    """With the card's temperature T a clip's probabilities are p^(1/T), made to sum to 1.

    Those of windows, and the mean before calibration, stay as the model gave them.
    """
    opened = Artifacts(gtzan.folder)
    opened.models[MODEL] = replace(opened.model(MODEL), temperature=temperature)
    said = verdict(heard, MODEL, opened)
    expected = opened.classifier(MODEL).predict_proba(clip.features["timbre"])
    np.testing.assert_allclose(said.windows[gtzan.classes], expected)
    np.testing.assert_allclose(said.raw, expected.mean(axis=0), rtol=1e-5)
    raised = np.maximum(expected.mean(axis=0), 1e-6) ** power  # less counts as a millionth
    np.testing.assert_allclose(said.probabilities, raised / raised.sum(), rtol=1e-4)


def test_a_track_that_was_learnt_is_told(synthetic: Artifacts, tracks: list[Track]) -> None:
    """The saved model knows the recordings that it learnt from; the floor looks at none."""
    genres = [track.genre for track in tracks]
    for model in set(synthetic.models) - {"dummy_prior"}:
        assert [predict(t.path, model, synthetic).genre for t in tracks] == genres, model


def test_each_set_has_windows_of_its_length() -> None:
    """Sets that want windows of 3 s and of 10 s get them from one call, with their numbers.

    They are those of the decoded recording, cut by hand; a rest of 5 s makes one that ends with it.
    """
    recording = to_wav(music(25))
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


def test_windows_cover_the_clip(heard: Heard) -> None:
    """They begin at 0, leave no gap, are 3 s long, and leave less than a second at the end."""
    windows = heard.answers[MODEL]
    assert windows["start"].iloc[0] == 0
    assert (windows["start"].iloc[1:].to_numpy() <= windows["end"].iloc[:-1].to_numpy()).all()
    np.testing.assert_allclose(windows["end"] - windows["start"], WINDOW_SECONDS, atol=1e-3)
    assert heard.seconds - MIN_SECONDS < windows["end"].iloc[-1] <= heard.seconds + 1e-6


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
def test_the_picture_shows_a_sound_when_it_is_heard(gtzan: Artifacts, seconds: float) -> None:
    """A tone in the last half second lights up there, also where windows overlap or repeat."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.5 * np.sin(2 * np.pi * 1000 * t) * (t > seconds - 0.5)
    heard = listen(to_wav(y.astype(np.float32)), [MODEL], gtzan)
    end = heard.shown
    n_columns = heard.mel_db.shape[1]
    assert n_columns == pytest.approx(end * MEL_COLUMNS, abs=1)
    if end == pytest.approx(seconds):
        loudest = (heard.mel_db.max(axis=0).argmax() + 0.5) / n_columns * end
        assert seconds - 0.6 < loudest < seconds + 0.1


def test_silence_is_no_music(gtzan: Artifacts) -> None:
    """Silence gets no genre but a sentence that says what to check."""
    silence = to_wav(np.zeros(5 * SAMPLE_RATE, np.float32))
    with pytest.raises(AudioError, match=r"nothing to hear.*Check the microphone"):
        analyse(silence, {"timbre": 3.0})
    with pytest.raises(AudioError, match=r"nothing to hear.*Check the microphone"):
        listen(silence, [MODEL], gtzan)


@PROC
@pytest.mark.slow
def test_memory_stays_flat(gtzan: Artifacts) -> None:
    """Of two hundred verdicts, the last hundred and fifty take no memory that is not given back."""
    data = to_wav(music(3))

    def ask(times: int) -> float:
        for _ in range(times):
            verdict(listen(data, ASKED, gtzan, guarded.blocks), ASKED[0], gtzan)
        return memory(os.getpid(), "VmRSS")

    after_fifty = ask(50)
    assert ask(150) - after_fifty < 20


def test_memory_hardly_grows_with_length(gtzan: Artifacts) -> None:
    """Two more minutes take less than half of the memory that their samples would fill."""
    minute = music(60)

    def peak(minutes: int) -> int:
        tracemalloc.start()
        heard = listen(b"", [MODEL], gtzan, lambda _: repeat(minute, minutes))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert heard.seconds == 60 * minutes
        return most

    predict(to_wav(music(3)), MODEL, gtzan)  # what is loaded once
    assert peak(4) - peak(2) < minute.nbytes


def test_noise_has_features_but_no_genre(gtzan: Artifacts) -> None:
    """White noise is refused where a genre is asked for; its features can be had."""
    hiss = np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE).astype(np.float32)
    with pytest.raises(AudioError, match="noise"):
        listen(to_wav(hiss), [MODEL], gtzan)
    assert analyse(to_wav(hiss), {"timbre": 3.0}).features["timbre"].shape[0] == 2


def test_too_short_a_clip_is_refused(gtzan: Artifacts) -> None:
    """Less than a second gets no genre; the sentence says how much is needed."""
    with pytest.raises(AudioError, match=f"0.50 s long, and at least {MIN_SECONDS:g} s is needed"):
        analyse(to_wav(music(0.5)), {"timbre": 3.0})
    with pytest.raises(AudioError, match=f"0.50 s long, and at least {MIN_SECONDS:g} s is needed"):
        listen(to_wav(music(0.5)), [MODEL], gtzan)


def test_a_second_is_enough(gtzan: Artifacts) -> None:
    """A clip shorter than a window is answered, with a doubt."""
    heard = listen(to_wav(music(2)), [MODEL], gtzan)
    assert [finding.kind for finding in heard.findings] == ["short"]
    windows = verdict(heard, MODEL, gtzan).windows
    assert windows[["start", "end"]].to_numpy().tolist() == [[0, 2]]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    """Text under a music file's name is refused in words, as is a file that is not there."""
    path = tmp_path / "song.wav"
    with pytest.raises(AudioError, match=r"There is no file .*song.wav"):
        analyse(path, {"timbre": 3.0})
    path.write_text("la la la")
    with pytest.raises(AudioError, match="no audio file"):
        analyse(path, {"timbre": 3.0})


def test_unknown_names_are_answered_with_the_known_ones(gtzan: Artifacts, heard: Heard) -> None:
    """Who mistypes a model or a feature set sees which there are."""
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*xgboost"):
        verdict(heard, "svm", gtzan)
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*xgboost"):
        listen(b"", ["svm"], gtzan)
    with pytest.raises(PipelineError, match=r"'timbr'. There are: .*timbre"):
        analyse(b"", {"timbr": 3.0})


def test_verdict_of_a_window_is_the_model_s_own(gtzan: Artifacts, clip: Clip, heard: Heard) -> None:
    """The table of windows holds the classifier's answers in the order of time."""
    expected = gtzan.classifier(MODEL).predict_proba(clip.features["timbre"])
    windows = verdict(heard, MODEL, gtzan).windows
    pd.testing.assert_index_equal(windows.columns, pd.Index(["start", "end", *gtzan.classes]))
    np.testing.assert_allclose(windows[gtzan.classes], expected)
    assert windows["start"].is_monotonic_increasing


SEVERAL = [MODEL, "random_forest", "mlp", "cnn_mfcc", "taggram_lda"]  # of three feature sets


@pytest.mark.parametrize("seconds", [3.0, 6.0])
def test_every_model_gives_its_own_answers(gtzan: Artifacts, seconds: float) -> None:
    """Asked together, models answer as each does to its features, of windows of its length."""
    opened = Artifacts(gtzan.folder)
    opened.manifest.features["timbre"] |= {"window_seconds": seconds}
    recording = to_wav(music(25))
    heard = listen(recording, SEVERAL, opened)
    clip = analyse(recording, opened.windows(SEVERAL))
    assert list(heard.answers) == SEVERAL
    for model, answers in heard.answers.items():
        features = opened.model(model).features
        expected = opened.classifier(model).predict_proba(clip.features[features])
        np.testing.assert_allclose(answers[gtzan.classes], expected, atol=1e-5, err_msg=model)
        np.testing.assert_array_equal(answers[["start", "end"]], clip.spans[features])
        assert heard.took[model] > 0
    assert heard.seconds == heard.shown == clip.seconds


@pytest.mark.parametrize("group", [1, 4])
def test_answers_do_not_depend_on_groups(
    gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    """Of 11 windows, asked about one by one, by fours or ten at once."""
    models = [MODEL, "cnn_mfcc"]
    recording = to_wav(music(33))
    expected = listen(recording, models, gtzan)
    monkeypatch.setattr("pipeline.predict.GROUP", group)
    heard = listen(recording, models, gtzan)
    for model in models:
        pd.testing.assert_frame_equal(heard.answers[model], expected.answers[model], atol=1e-5)
        np.testing.assert_allclose(heard.places[model], expected.places[model], rtol=1e-4)
    np.testing.assert_array_equal(heard.mel_db, expected.mel_db)


def test_the_place_of_a_model_that_is_no_network_is_the_mean_of_its_features(
    clip: Clip, heard: Heard
) -> None:
    """The features of each window are kept too; they are what was computed."""
    np.testing.assert_array_equal(heard.features["timbre"], clip.features["timbre"])
    np.testing.assert_allclose(heard.places[MODEL], clip.features["timbre"].mean(axis=0), rtol=1e-5)


def test_features_that_are_sequences_are_not_kept(gtzan: Artifacts) -> None:
    """They would fill the memory, and nothing is shown of them."""
    heard = listen(to_wav(music(4)), [MODEL, "cnn_mfcc"], gtzan)
    assert list(heard.features) == [gtzan.model(MODEL).features]


def test_progress_is_told(gtzan: Artifacts) -> None:
    """After each group it is told how far the recording was heard, up to its end."""
    told: list[float] = []
    listen(to_wav(music(33)), [MODEL], gtzan, watch=told.append)
    assert told == [30, 33]


@pytest.mark.parametrize(("start", "row"), [(0, 0), (2.9, 0), (3, 1), (7, 2), (7.5, 2), (10.4, 3)])
def test_a_passage_has_the_features_of_its_window(start: float, row: int) -> None:
    """Of 10.5 s in windows of 3 s; the last one ends with the recording."""
    recording = to_wav(music(10.5))
    clip = analyse(recording, {"timbre": 3.0})
    found = passage(recording, start, "timbre", 3.0)
    np.testing.assert_array_equal(found, clip.features["timbre"][None, row])


def test_a_passage_beyond_the_end_is_refused() -> None:
    """It says so, and where it should have begun."""
    with pytest.raises(AudioError, match="ends before 12 s"):
        passage(to_wav(music(10.5)), 12, "timbre", 3.0)


def test_the_picture_of_a_long_recording_is_no_wider_than_a_screen(gtzan: Artifacts) -> None:
    """A tone in the middle of three minutes still stands in the middle."""
    seconds = 200
    t = np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    y = 0.5 * np.sin(2 * np.pi * 1000 * t) * (abs(t - seconds / 2) < 2)
    heard = listen(to_wav(y.astype(np.float32)), ["dummy_prior"], gtzan)
    assert heard.mel_db.shape == (128, PICTURE)
    assert heard.shown == seconds
    loud = np.flatnonzero(heard.mel_db.max(axis=0) > heard.mel_db.max() - 6)
    assert loud.mean() == pytest.approx((PICTURE - 1) / 2, abs=2)
    assert len(loud) == pytest.approx(4 / seconds * PICTURE, abs=2)
