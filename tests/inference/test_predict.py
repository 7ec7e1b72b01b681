"""Verdicts on recordings: from bytes to a genre, or to a sentence that says why not."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import soundfile
from support.audio_files import music
from support.signals import pcm

from pipeline.artifacts.reader import Artifacts
from pipeline.audio import decoding
from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.windows import MIN_SECONDS, SAMPLE_RATE, WINDOW_SECONDS
from pipeline.backbones import networks
from pipeline.errors import ArtifactsError, AudioError
from pipeline.extraction.analysis import windowed_features
from pipeline.inference.predict import analyse, predict, verdict
from pipeline.untrusted import decoding as untrusted

EXAMPLES = Path(__file__).parents[2] / "dashboard" / "examples"

if TYPE_CHECKING:
    from pipeline.datasets import Track
    from pipeline.extraction.analysis import WindowFeatures
    from pipeline.inference.predict import Analysis

MODEL = "logistic_ovr"
SEVERAL = [MODEL, "random_forest", "mlp", "cnn_mfcc", "taggram_lda"]  # of three feature sets


def test_a_verdict_sums_to_1(synthetic: Artifacts, tracks: list[Track]) -> None:
    """Probabilities of the clip and of each window, over the classes in their order."""
    analysis = analyse(tracks[0].path, list(synthetic.models), synthetic)
    for model in synthetic.models:
        said = verdict(analysis, model, synthetic)
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
    gtzan: Artifacts, clip: WindowFeatures, analysis: Analysis, temperature: float, power: float
) -> None:
    """With the card's temperature T a clip's probabilities are p^(1/T), made to sum to 1.

    Those of windows, and the mean before calibration, stay as the model gave them.
    """
    opened = Artifacts(gtzan.folder)
    opened.manifest.models[MODEL] = replace(opened.model(MODEL), temperatures=[temperature] * 3)
    said = verdict(analysis, MODEL, opened)
    expected = opened.classifier(MODEL).predict_proba(clip.features["timbre"])
    np.testing.assert_allclose(said.windows[gtzan.classes], expected)
    np.testing.assert_allclose(said.raw, expected.mean(axis=0), rtol=1e-5)
    raised = np.maximum(expected.mean(axis=0), 1e-6) ** power  # less counts as a millionth
    np.testing.assert_allclose(said.probabilities, raised / raised.sum(), rtol=1e-4)


def test_a_track_that_was_learnt_is_told(synthetic: Artifacts, tracks: list[Track]) -> None:
    """The saved model knows the recordings that it learnt from; the floor looks at none.

    Networks are trained for a few epochs here, which leaves one of the four in doubt.
    """
    for model, card in synthetic.models.items():
        right = sum(predict(t.path, model, synthetic).genre == t.genre for t in tracks)
        assert card.baseline or right >= len(tracks) - (card.library == "Keras"), model


def test_windows_cover_the_clip(analysis: Analysis) -> None:
    """They begin at 0, leave no gap, are 3 s long, and leave less than a second at the end."""
    windows = analysis.predictions[MODEL]
    assert windows["start"].iloc[0] == 0
    assert (windows["start"].iloc[1:].to_numpy() <= windows["end"].iloc[:-1].to_numpy()).all()
    np.testing.assert_allclose(windows["end"] - windows["start"], WINDOW_SECONDS, atol=1e-3)
    assert analysis.seconds - MIN_SECONDS < windows["end"].iloc[-1] <= analysis.seconds + 1e-6


def test_silence_is_no_music(gtzan: Artifacts) -> None:
    """Silence gets no genre but a sentence that says what to check."""
    silence = to_wav(np.zeros(5 * SAMPLE_RATE, np.float32))
    with pytest.raises(AudioError, match=r"nothing to hear.*Check the microphone"):
        analyse(silence, [MODEL], gtzan)


def test_noise_has_no_genre(gtzan: Artifacts) -> None:
    """White noise is refused where a genre is asked for."""
    hiss = np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE).astype(np.float32)
    with pytest.raises(AudioError, match="noise"):
        analyse(to_wav(hiss), [MODEL], gtzan)


def test_too_short_a_clip_is_refused(gtzan: Artifacts) -> None:
    """Less than a second gets no genre; the sentence says how much is needed."""
    with pytest.raises(AudioError, match=f"0.50 s long, and at least {MIN_SECONDS:g} s is needed"):
        analyse(to_wav(music(0.5)), [MODEL], gtzan)


def test_a_second_is_enough(gtzan: Artifacts) -> None:
    """A clip shorter than a window is answered, with a doubt."""
    analysis = analyse(to_wav(music(2)), [MODEL], gtzan)
    assert [finding.kind for finding in analysis.findings] == ["short"]
    windows = verdict(analysis, MODEL, gtzan).windows
    assert windows[["start", "end"]].to_numpy().tolist() == [[0, 2]]


def test_channels_that_cancel_each_other_are_said_to_have(gtzan: Artifacts) -> None:
    """The answer is that to the first one alone, with a doubt; so it is in another process."""
    y = music(4)
    alone = analyse(pcm(y), [MODEL], gtzan)
    stereo = pcm(np.stack([y, -y], axis=1).ravel(), channels=2)
    for blocks in (decoding.blocks, untrusted.blocks):
        both = analyse(stereo, [MODEL], gtzan, blocks)
        assert [finding.kind for finding in both.findings] == ["opposite"]
        pd.testing.assert_frame_equal(both.predictions[MODEL], alone.predictions[MODEL])
    assert not alone.findings


def test_choices_are_answered_with_the_known_ones(gtzan: Artifacts, analysis: Analysis) -> None:
    """Who mistypes a model sees which there are."""
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*xgboost"):
        verdict(analysis, "svm", gtzan)
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*xgboost"):
        analyse(b"", ["svm"], gtzan)


def test_verdict_of_a_window_is_the_model_s_own(
    gtzan: Artifacts, clip: WindowFeatures, analysis: Analysis
) -> None:
    """The table of windows holds the classifier's predictions in the order of time."""
    expected = gtzan.classifier(MODEL).predict_proba(clip.features["timbre"])
    windows = verdict(analysis, MODEL, gtzan).windows
    pd.testing.assert_index_equal(windows.columns, pd.Index(["start", "end", *gtzan.classes]))
    np.testing.assert_allclose(windows[gtzan.classes], expected)
    assert windows["start"].is_monotonic_increasing


@pytest.mark.parametrize("seconds", [3.0, 6.0])
def test_every_model_gives_its_own_predictions(gtzan: Artifacts, seconds: float) -> None:
    """Asked together, models answer as each does to its features, of windows of its length."""
    opened = Artifacts(gtzan.folder)
    opened.manifest.features["timbre"] |= {"window_seconds": seconds}
    recording = to_wav(music(25))
    analysis = analyse(recording, SEVERAL, opened)
    clip = windowed_features(recording, opened.windows(SEVERAL))
    assert list(analysis.predictions) == SEVERAL
    for model, predictions in analysis.predictions.items():
        features = opened.model(model).trained_on
        expected = opened.served(model).predict_proba(clip.features[features])
        np.testing.assert_allclose(predictions[gtzan.classes], expected, atol=1e-5, err_msg=model)
        np.testing.assert_array_equal(predictions[["start", "end"]], clip.spans[features])
        assert analysis.run_seconds[model] > 0
    assert analysis.seconds == analysis.mel_seconds == clip.seconds


def test_the_embedding_of_a_model_without_its_own_space_is_the_mean_of_its_features(
    clip: WindowFeatures, analysis: Analysis
) -> None:
    """The features of each window are kept too; they are what was computed."""
    np.testing.assert_array_equal(analysis.features["timbre"], clip.features["timbre"])
    np.testing.assert_allclose(
        analysis.embeddings[MODEL], clip.features["timbre"].mean(axis=0), rtol=1e-5
    )


def test_the_embedding_of_a_network_is_the_mean_of_what_its_last_layer_is_given(
    gtzan: Artifacts, tracks: list[Track]
) -> None:
    """The network is asked about the windows by hand."""
    analysis = analyse(tracks[0].path, ["cnn_mfcc"], gtzan)
    classifier = gtzan.classifier("cnn_mfcc")
    sets = gtzan.windows(["cnn_mfcc"])
    X = windowed_features(tracks[0].path, sets).features[gtzan.model("cnn_mfcc").features]
    _, expected = classifier.predict_with_embeddings(X)
    np.testing.assert_allclose(analysis.embeddings["cnn_mfcc"], expected.mean(axis=0), rtol=1e-4)
    assert gtzan.model("cnn_mfcc").embeds
    assert not gtzan.model(MODEL).embeds


def test_features_that_are_sequences_are_not_kept(gtzan: Artifacts) -> None:
    """They would fill the memory, and nothing is shown of them."""
    analysis = analyse(to_wav(music(4)), [MODEL, "cnn_mfcc"], gtzan)
    assert list(analysis.features) == [gtzan.model(MODEL).features]


def test_tags_are_means_over_the_windows(gtzan: Artifacts, tracks: list[Track]) -> None:
    """Of all 50 tags of the network that was named; without a name there are none."""
    analysis = analyse(tracks[0].path, [MODEL], gtzan, taggers=["mtt_vgg"])
    patches = windowed_features(tracks[0].path, {"musicnn_mel": 3.0}).features["musicnn_mel"]
    expected = networks.outputs(("mtt_vgg",), patches).mean(axis=0)[:50]
    assert list(analysis.tags["mtt_vgg"].index) == list(networks.MTT_TAGS)
    np.testing.assert_allclose(analysis.tags["mtt_vgg"], expected, atol=1e-5)
    assert analyse(tracks[0].path, [MODEL], gtzan).tags == {}


def test_analyses_of_one_recording_are_joined(gtzan: Artifacts, tracks: list[Track]) -> None:
    """What models found later is added, and what was known stays."""
    first = analyse(tracks[0].path, [MODEL], gtzan)
    second = analyse(tracks[0].path, ["dummy_prior"], gtzan, taggers=["mtt_vgg"])
    both = first | second
    assert list(both.predictions) == list(both.run_seconds) == [MODEL, "dummy_prior"]
    assert both.seconds == first.seconds
    assert both.tags["mtt_vgg"] is second.tags["mtt_vgg"]
    assert list((both | first).tags) == ["mtt_vgg"]


def test_the_volume_does_not_change_a_verdict(gtzan: Artifacts) -> None:
    """Turned down by 30 dB or up by 6, unclipped, every model gives the same genre.

    Probabilities move by less than 0.01; those of boosted trees, which step where a feature crosses
    a threshold, by less than 0.05. Samples are floats: 16 bits leave more noise in quiet sound.
    """
    y = decode(EXAMPLES / "metal-riff.mp3")[: 6 * SAMPLE_RATE]
    y *= 0.4 / np.abs(y).max()
    models = list(gtzan.models)
    as_it_is = analyse(floats(y), models, gtzan)
    for db in (-30, -20, -10, 6):
        turned = analyse(floats(y * np.float32(10 ** (db / 20))), models, gtzan)
        for model in models:
            before, after = (verdict(a, model, gtzan) for a in (as_it_is, turned))
            boosted = model == "vote" or "xgboost" in model
            assert after.genre == before.genre, (model, db)
            moved = (after.probabilities - before.probabilities).abs().max()
            assert moved < (0.05 if boosted else 0.01), (model, db)


def floats(y: np.ndarray) -> bytes:
    """A WAV of 32-bit floats."""
    file = io.BytesIO()
    soundfile.write(file, y, SAMPLE_RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()
