"""From a recording to windows and their features: what training and the demo share."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from joblib import parallel_config
from support.audio_files import music
from support.synthetic_recordings import one_of_each_genre

from pipeline.audio.decoding import decode, to_wav
from pipeline.audio.loudness import levelled
from pipeline.audio.windows import MIN_SECONDS, SAMPLE_RATE
from pipeline.errors import AudioError, PipelineError
from pipeline.extraction.analysis import passage, windowed_features
from pipeline.extraction.extract import extract, recordings_of
from pipeline.features import timbre
from pipeline.progress import silent
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets import Track
    from pipeline.extraction.analysis import WindowFeatures


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Track:
    """A synthetic recording."""
    return one_of_each_genre(tmp_path_factory.mktemp("clips"))[0]


@pytest.fixture(scope="module")
def clip(track: Track) -> WindowFeatures:
    """Its features."""
    return windowed_features(track.path, {"timbre": 3.0})


def test_each_set_has_windows_of_its_length() -> None:
    """Sets that want windows of 3 s and of 10 s get them from one call, with their numbers.

    They are those of the decoded recording, cut by hand and levelled; a rest of 5 s makes one that
    ends with it.
    """
    recording = to_wav(music(25))
    clip = windowed_features(recording, {"timbre": 3.0, "gtzan26": 10.0, "mfcc12": 10.0})
    assert clip.seconds == 25
    assert clip.spans["gtzan26"].tolist() == [[0, 10], [10, 20], [15, 25]]
    assert clip.spans["mfcc12"].tolist() == clip.spans["gtzan26"].tolist()
    assert clip.spans["timbre"].tolist() == [[i, i + 3] for i in range(0, 24, 3)] + [[22, 25]]
    decoded = decode(recording)
    for name, spans in clip.spans.items():
        features = lookup("pipeline.features", "FEATURES", name)
        cut = [decoded[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b in spans]
        expected = np.stack([features.extract(levelled(window)) for window in cut])
        np.testing.assert_array_equal(clip.features[name], expected, name)


@pytest.mark.parametrize("db", [-30, -20, -10, 6])
def test_features_do_not_depend_on_the_volume(db: float) -> None:
    """A recording that is turned up or down has the same features, unless it is wanted raw."""
    y = music(7, 0.1)
    changed = y * np.float32(10 ** (db / 20))
    sets = {"timbre": 3.0, "gtzan26": 3.0, "musicnn_mel": 3.0}
    found, other = (windowed_features(to_wav(audio), sets) for audio in (y, changed))
    for name in sets:
        # What 16 bits leave of quiet sound is noise, hence not equal.
        off = np.abs(found.features[name] - other.features[name])
        assert np.median(off) < 0.01 * np.median(np.abs(found.features[name])), name
    raw = windowed_features(to_wav(changed), sets, raw=True)
    rms = raw.features["timbre"][:, timbre.FEATURES.names.index("rms_mean")]
    np.testing.assert_allclose(20 * np.log10(rms), changed_level(y, db), atol=0.5)
    assert other.level_db - found.level_db == pytest.approx(db, abs=0.05)


def changed_level(y: np.ndarray, db: float) -> float:
    """Level in dB of full scale after a gain."""
    return float(20 * np.log10(np.sqrt(np.mean(y**2)))) + db


def test_a_rest_of_less_than_a_second_is_left_out() -> None:
    """6.5 s make two windows, 7.5 s a third one that ends with the recording."""
    y = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(7.5 * SAMPLE_RATE)) / SAMPLE_RATE)
    clip = windowed_features(
        to_wav(y[: int(6.5 * SAMPLE_RATE)].astype(np.float32)), {"timbre": 3.0}
    )
    assert clip.spans["timbre"].tolist() == [[0, 3], [3, 6]]
    longer = windowed_features(to_wav(y.astype(np.float32)), {"timbre": 3.0})
    np.testing.assert_allclose(longer.spans["timbre"], [[0, 3], [3, 6], [4.5, 7.5]], atol=1e-3)


def test_path_bytes_and_file_give_the_same(track: Track, clip: WindowFeatures) -> None:
    """An upload is answered like a file on disk."""
    path = track.path
    for source in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        other = windowed_features(source, {"timbre": 3.0})
        np.testing.assert_array_equal(other.features["timbre"], clip.features["timbre"])
        np.testing.assert_array_equal(other.spans["timbre"], clip.spans["timbre"])
        assert other.seconds == clip.seconds


def test_training_and_demo_get_the_same_numbers(
    track: Track, clip: WindowFeatures, tmp_path: Path
) -> None:
    """What training reads from its cache is what the demo computes, to the last bit."""
    with parallel_config(backend="threading"):
        extract([track], ["timbre"], tmp_path, silent)
        cached = extract([track], ["timbre"], tmp_path, silent)
    np.testing.assert_array_equal(cached.rows["timbre"].X, clip.features["timbre"])
    assert cached.tracks["seconds"].tolist() == [clip.seconds]
    assert cached.tracks["windows"].tolist() == [len(clip.spans["timbre"])]
    assert cached.rows["timbre"].track.tolist() == [0] * len(clip.spans["timbre"])


def test_silence_has_no_features() -> None:
    """A sentence says what to check."""
    silence = to_wav(np.zeros(5 * SAMPLE_RATE, np.float32))
    with pytest.raises(AudioError, match=r"nothing to hear.*Check the microphone"):
        windowed_features(silence, {"timbre": 3.0})


def test_noise_has_features() -> None:
    """It has no genre, but who asks for numbers gets them."""
    hiss = np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE).astype(np.float32)
    assert windowed_features(to_wav(hiss), {"timbre": 3.0}).features["timbre"].shape[0] == 2


def test_too_short_a_clip_has_no_features() -> None:
    """The sentence says how much is needed."""
    with pytest.raises(AudioError, match=f"0.50 s long, and at least {MIN_SECONDS:g} s is needed"):
        windowed_features(to_wav(music(0.5)), {"timbre": 3.0})


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    """Text under a music file's name is refused in words, as is a file that is not there."""
    path = tmp_path / "song.wav"
    with pytest.raises(AudioError, match=r"There is no file .*song.wav"):
        windowed_features(path, {"timbre": 3.0})
    path.write_text("la la la")
    with pytest.raises(AudioError, match="no audio file"):
        windowed_features(path, {"timbre": 3.0})


def test_an_unknown_feature_set_is_answered_with_the_known_ones() -> None:
    """Who mistypes a feature set sees which there are."""
    with pytest.raises(PipelineError, match=r"'timbr'. There are: .*timbre"):
        windowed_features(b"", {"timbr": 3.0})


@pytest.mark.parametrize(("start", "row"), [(0, 0), (2.9, 0), (3, 1), (7, 2), (7.5, 2), (10.4, 3)])
def test_a_passage_has_the_features_of_its_window(start: float, row: int) -> None:
    """Of 10.5 s in windows of 3 s; the last one ends with the recording."""
    recording = to_wav(music(10.5))
    clip = windowed_features(recording, {"timbre": 3.0})
    found = passage(recording, start, "timbre", 3.0)
    np.testing.assert_array_equal(found, clip.features["timbre"][None, row])


def test_a_passage_beyond_the_end_is_refused() -> None:
    """It says so, and where it should have begun."""
    with pytest.raises(AudioError, match="ends before 12 s"):
        passage(to_wav(music(10.5)), 12, "timbre", 3.0)


def test_sets_take_the_recording_that_suits_them(tmp_path: Path) -> None:
    """A narrow copy is for sets that hear nothing above 8 kHz; alone, for them only."""
    wide, narrow = one_of_each_genre(tmp_path)[:2]
    sets = ["timbre", "musicnn_mel"]
    both, alone = (
        replace(wide, narrow_path=narrow.path),
        replace(narrow, narrow_path=narrow.path),
    )
    assert recordings_of(wide, sets) == [(wide.path, sets)]
    assert recordings_of(both, sets) == [(wide.path, sets[:1]), (narrow.path, sets[1:])]
    assert recordings_of(alone, sets) == [(narrow.path, sets[1:])]
    with parallel_config(backend="threading"):
        found = extract([both, alone], sets, tmp_path / "cache", silent)
    assert set(found.rows["timbre"].track) == {0}
    assert set(found.rows["musicnn_mel"].track) == {0, 1}
    of_both = found.rows["musicnn_mel"].X[found.rows["musicnn_mel"].track == 0]
    expected = windowed_features(narrow.path, {"musicnn_mel": 3.0}).features["musicnn_mel"]
    np.testing.assert_array_equal(of_both, expected)
