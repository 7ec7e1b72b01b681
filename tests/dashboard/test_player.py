"""What the player is given: genres over time, pictures, and sound in a form that browsers play."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import librosa
import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest
from support.signals import pcm

from dashboard import state, theme
from dashboard.player import over_time
from dashboard.player.over_time import Spectrogram, genres, in_words, smoothed
from dashboard.player.sound import sound_of
from pipeline.artifacts import music
from pipeline.audio.decoding import decode

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

WINDOWS = pd.DataFrame(
    {
        "start": [0.0, 3.0, 6.0],
        "end": [3.0, 6.0, 8.0],
        "jazz": [0.25, 1, 0.4],
        "rock": [0.75, 0, 0.6],
    }
)
TONE = pcm(0.5 * np.sin(np.arange(2 * 22_050) / 20))


def test_genres_hold_from_edge_to_edge() -> None:
    """Each window's probabilities hold from its start, the last one's to its end."""
    found = genres(WINDOWS, ["jazz", "rock"])
    assert found["edges"] == [0, 3, 6, 8]
    jazz, rock = found["layers"]  # the likeliest first
    assert (jazz["name"], jazz["values"]) == ("jazz", [0.25, 1, 0.4])
    assert (jazz["start"], jazz["end"], jazz["share"]) == (3, 6, 1)
    assert (rock["start"], rock["end"], rock["share"]) == (0, 3, 0.75)
    assert rock["color"] == theme.genre_colors(["jazz", "rock"])["rock"]


def test_the_strongest_passage_is_not_smoothed() -> None:
    """A smooth line moves no mark."""
    smooth, raw = (genres(WINDOWS, ["jazz", "rock"], seconds) for seconds in (15, 0))
    assert smooth["layers"][0]["values"] != raw["layers"][0]["values"]
    for name in ("start", "end", "share"):
        assert smooth["layers"][0][name] == raw["layers"][0][name]


@pytest.mark.parametrize(("n", "shown"), [(2, 2), (6, 6), (7, 5), (10, 5)])
def test_a_legend_has_at_most_six_entries(n: int, shown: int) -> None:
    """Of more genres five are shown, and one entry stands for the others."""
    names = [f"genre {i}" for i in range(n)]
    windows = pd.DataFrame(np.full((2, n), 1 / n), columns=names).assign(start=[0, 3], end=[3, 6])
    assert genres(windows, names)["shown"] == shown


def test_the_result_is_said_in_words() -> None:
    """Time counts, not windows: the last one is shorter."""
    assert in_words(WINDOWS, ["jazz", "rock"]) == (
        "Likeliest over time: rock 62% of the time, jazz 38%."
    )


def test_smoothing_keeps_the_mean() -> None:
    """Smoothed windows are means around each; of long recordings few steps remain, and no time."""
    n = 1200
    start = 3.0 * np.arange(n)
    p = np.random.default_rng(0).random(n)
    windows = pd.DataFrame({"start": start, "end": start + 3, "a": p, "b": 1 - p})
    raw = smoothed(windows.iloc[:100], ["a", "b"], 0)
    np.testing.assert_allclose(raw, windows.iloc[:100])
    five = smoothed(windows.iloc[:100], ["a", "b"], 15)
    assert five["a"].iloc[50] == pytest.approx(p[48:53].mean())
    long = smoothed(windows, ["a", "b"], 0)
    assert len(long) == over_time.MAX_STEPS
    assert long["a"].mean() == pytest.approx(p.mean())
    assert (long["start"].iloc[0], long["end"].iloc[-1]) == (0, 3.0 * n)
    assert (long["start"].iloc[1:].to_numpy() == long["end"].iloc[:-1].to_numpy()).all()


def test_the_spectrogram_is_a_picture_of_its_bands() -> None:
    """Its loudest point is the brightest, what is 80 dB below is black, high bands are on top."""
    mel_db = np.full((128, 50), -90.0)
    mel_db[127, 0] = 0
    picture = Image.open(io.BytesIO(Spectrogram(mel_db, 6.0, 22_050).picture()))
    pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape == (128, 50, 3)
    assert pixels[0, 0].sum() > 600
    assert pixels[1:].max() < 10


def test_frequencies_are_named_where_they_are() -> None:
    """The name of 2 kHz stands at the band whose centre is 2 kHz."""
    ticks = Spectrogram(np.zeros((128, 50)), 3.0, 22_050).ticks()
    centres = librosa.mel_frequencies(130, fmin=0, fmax=11_025)[1:-1]
    for name, hz in (("500 Hz", 500), ("2 kHz", 2000), ("8 kHz", 8000)):
        assert 128 * ticks[name] == pytest.approx(np.interp(hz, centres, np.arange(128)), abs=1)


def test_browsers_get_what_they_can_play() -> None:
    """An MP3 file goes out as it is; AIFF is played from the decoded sound."""

    def refuse() -> bytes:
        raise AssertionError("nothing needs to be decoded")

    mp3 = sound_of("a.MP3", b"as it is", refuse)
    assert (mp3.data, mp3.kind) == (b"as it is", "audio/mpeg")
    aiff = sound_of("a.aiff", b"as it is", lambda: TONE)
    assert (aiff.data, aiff.kind) == (TONE, "audio/wav")


def test_audio_goes_by_the_media_storage(tmp_path: Path) -> None:
    """The component is told an address, and the storage has the file's bytes; it leaves with them.

    A file that is no sound has a sentence.
    """
    (tmp_path / "tone.wav").write_bytes(TONE)
    (tmp_path / "broken.wav").write_bytes(b"<html>")
    page = AppTest.from_function(one_track, args=(str(tmp_path / "tone.wav"),)).run()
    assert not page.exception
    [given] = players(page)
    assert given["seconds"] == 2
    assert given["genres"] is None
    assert max(given["peaks"]) == pytest.approx(0.5, abs=0.01)
    assert given["src"].startswith("/mock/media/")
    assert given["src"].endswith(".wav")
    assert len(json.dumps(given)) < len(TONE) / 10
    page = AppTest.from_function(one_track, args=(str(tmp_path / "broken.wav"),)).run()
    assert players(page) == []
    assert "no audio file" in page.warning[0].value


@pytest.mark.parametrize(
    ("url", "told"), [("http://localhost:8501/genres", True), ("https://music.example/", False)]
)
def test_who_runs_the_server_is_told_the_cure(
    url: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no recording, visitors from another host are told nothing."""
    monkeypatch.setattr(type(st.context), "url", url)
    page = AppTest.from_function(one_track, args=(None,)).run()
    assert not page.exception
    assert ["GENRESCOPE_AUDIO" in caption.value for caption in page.caption] == [True] * told


@pytest.mark.parametrize(
    ("decoded", "seconds", "said"), [(True, 601, True), (True, 599, False), (False, 601, False)]
)
def test_what_cannot_be_heard_to_its_end_is_said(decoded: bool, seconds: float, said: bool) -> None:
    """Files that browsers cannot play are decoded for ten minutes; others play to their end."""
    page = AppTest.from_function(one_sound, args=(decoded, seconds)).run()
    assert not page.exception
    assert ["first 10 minutes" in caption.value for caption in page.caption] == [True] * said


def one_sound(decoded: bool, seconds: float) -> None:
    """A page with a player."""
    from dashboard.player import component
    from dashboard.player.sound import Sound
    from pipeline.audio.peaks import Waveform

    component.play(Sound("a", b"", "audio/wav", decoded), Waveform(seconds, [0.5]), "track")


def one_track(path: str | None) -> None:
    """A page with a track."""
    from pathlib import Path

    from dashboard.player import track

    track.play(Path(path) if path else None, "track")


def players(page: AppTest) -> list[dict[str, Any]]:
    """What the players on a page were given."""
    return [json.loads(element.proto.json) for element in page.get("bidi_component")]


def test_the_decoded_sound_is_the_sound(tmp_path: Path) -> None:
    """What is played of a file that browsers do not know is what models hear."""
    from dashboard.player.sound import sound_of_file

    path = tmp_path / "tone.aiff"
    path.write_bytes(TONE)  # its content counts, not its name
    found = sound_of_file(path)
    np.testing.assert_allclose(decode(found.data), decode(TONE), atol=1e-4)


def track_of_benchmark(folder: str) -> None:
    """A page that plays a track of a benchmark, as tables do."""
    from support.pages import opened

    from dashboard import components

    artifacts = opened(folder)
    components.play(artifacts, artifacts.tracks["track_id"].iloc[0])


def test_tracks_play_where_their_benchmark_was_built(
    two_models: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server finds the file that a build noted in its cache, without being told a folder."""
    monkeypatch.delenv("GENRESCOPE_AUDIO", raising=False)
    monkeypatch.setenv("GENRESCOPE_CACHE", str(tmp_path))
    (tmp_path / "tone.wav").write_bytes(TONE)
    first = two_models.tracks["track_id"].iloc[0]
    music.note(tmp_path, two_models.manifest.benchmark, {first: tmp_path / "tone.wav"})
    state.recordings.clear()
    page = AppTest.from_function(track_of_benchmark, args=(str(two_models.folder),)).run()
    state.recordings.clear()
    assert not page.exception
    assert [given["seconds"] for given in players(page)] == [2]


def test_a_benchmark_that_is_made_again_plays_its_own_files(
    plain: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server does not keep which files the build before had."""
    monkeypatch.delenv("GENRESCOPE_AUDIO", raising=False)
    monkeypatch.setenv("GENRESCOPE_CACHE", str(tmp_path))
    state.recordings.clear()
    assert state.recordings(plain) == {}
    (tmp_path / "tone.wav").write_bytes(TONE)
    music.note(tmp_path, plain.manifest.benchmark, {"one": tmp_path / "tone.wav"})
    monkeypatch.setattr(plain, "manifest", replace(plain.manifest, created="later"))
    assert state.recordings(plain) == {"one": tmp_path / "tone.wav"}
    state.recordings.clear()
