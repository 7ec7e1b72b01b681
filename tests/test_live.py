"""The demo: what a visitor is told of a recording, of many, and of those that hold no music."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from odd import Shape, benchmark
from test_dashboard import open_page, texts, wav

from dashboard.figures import sound
from dashboard.live import hearing, sources
from dashboard.live.sources import EXAMPLES, Recording
from pipeline import links
from pipeline.audio import SAMPLE_RATE, decode, to_wav
from pipeline.datasets.synthetic import DATASET
from pipeline.errors import AudioError
from pipeline.evaluate import answers, calibrated, record
from pipeline.predict import predict

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts import Artifacts

TABULAR = {"demo__library": "scikit-learn / XGBoost"}


def noise(seconds: float, seed: int = 0) -> bytes:
    """Music it is not, but models answer to it: a tone that comes and goes, with noise."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.3 * np.sin(2 * np.pi * (220 + 40 * seed) * t) * (np.sin(9 * t) > 0)
    return wav(y + np.random.default_rng(seed).normal(0, 0.01, len(t)))


def upload(artifacts: Artifacts, *files: tuple[str, bytes], **query: str) -> AppTest:
    """The page after files were dropped on it."""
    page = open_page("demo", artifacts, **query)
    for name, data in files:
        page.file_uploader(key="demo.file").upload(name, data, "audio/wav")
    page.run()
    assert not page.exception
    return page


@pytest.fixture(scope="module")
def track() -> tuple[str, bytes]:
    """Genre and bytes of a synthetic recording that the models learnt from."""
    first = DATASET.tracks(None)[0]
    return first.genre, first.path.read_bytes()


def frames(page: AppTest) -> list[pd.DataFrame]:
    return [table.value for table in page.dataframe]


def test_a_page_without_music_says_what_to_expect(synthetic: Artifacts) -> None:
    """How often the model is right about each genre that it names, counted in its answers."""
    page = open_page("demo", synthetic, demo__model=title(synthetic, "mlp"))
    asked = answers(synthetic, "mlp", "artist")
    expected = {f"{share:.0%}" for share in asked.groupby("predicted")["right"].mean()}
    [chart] = page.get("plotly_chart")
    assert expected <= set(json.loads(chart.proto.spec)["data"][0]["text"]) <= expected | {"0%"}
    assert "artists that it had never heard" in texts(page)


def test_the_page_says_what_was_unheard(tmp_path: Path) -> None:
    """Where no artists are known, no new artists are claimed."""
    shape = Shape(live=True, protocols=("track",))
    page = open_page("demo", benchmark("by_track", shape, tmp_path))
    assert "tracks that it had never heard" in texts(page)


def test_the_verdict_says_how_often_it_is_right(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """The counts beside a verdict are those of the stored answers that are closest to it."""
    page = upload(synthetic, ("clip.wav", track[1]), demo__model=title(synthetic, "mlp"))
    said = predict(track[1], "mlp", synthetic)
    asked = answers(synthetic, "mlp", synthetic.strictest)
    found = record(calibrated(asked, synthetic.classes), said.confidence, said.genre)
    assert page.metric[0].value.strip("?") == said.genre
    assert f"{found.right} of {found.said}" in texts(page)


def title(artifacts: Artifacts, model: str) -> str:
    return artifacts.models[model].title


def test_who_is_mostly_wrong_does_not_know(
    synthetic: Artifacts, track: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where such answers were wrong more often than right, the page says so and puts a ?."""
    from dashboard import state

    honest = state.calibrated
    monkeypatch.setattr(state, "calibrated", lambda *a: honest(*a).assign(right=False))
    page = upload(synthetic, ("clip.wav", track[1]))
    assert page.metric[0].value.endswith("?")
    assert "It does not know" in texts(page)
    assert "right 0 of" in texts(page)


def test_raw_probabilities_are_there_on_demand(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """The switch draws what the model said before calibration."""
    page = upload(synthetic, ("clip.wav", track[1]), demo__model=title(synthetic, "mlp"))
    said = predict(track[1], "mlp", synthetic)
    for values in (said.probabilities, said.raw):
        bars = json.loads(page.get("plotly_chart")[0].proto.spec)["data"][0]
        drawn = dict(zip(bars["y"], [float(t.rstrip("%")) for t in bars["text"]], strict=True))
        assert drawn == {genre: round(100 * value) for genre, value in values.items()}
        page.toggle(key="demo.raw").set_value(True).run()


def test_every_model_answers(synthetic: Artifacts, track: tuple[str, bytes]) -> None:
    """The table of all models has each one's own answer, and the agreement is counted."""
    page = upload(synthetic, ("clip.wav", track[1]), demo__model=title(synthetic, "mlp"))
    table = next(frame for frame in frames(page) if "family" in frame)
    assert set(table["title"]) == {card.title for card in synthetic.models.values()}
    for name, card in synthetic.models.items():
        own = predict(track[1], name, synthetic)
        row = table.set_index("title").loc[card.title]
        assert row["genre"] == own.genre
        assert row["confidence"] == pytest.approx(own.confidence, abs=2e-3)
        assert row["seconds"] > 0
    real = table[~table["title"].isin([title(synthetic, "dummy_prior")])]
    said = [f"**{genre}** {n}" for genre, n in Counter(real["genre"]).most_common()]
    sentence = f"What {len(real)} models say"
    [agreement] = [text.value for text in page.markdown if text.value.startswith(sentence)]
    assert all(count in agreement for count in said)


def test_a_track_that_was_learnt_is_recognised(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """The closest track is the recording itself, at distance 0, and the page says what it means."""
    for model, group in (("mlp", {}), ("transfer", {}), ("random_forest", TABULAR)):
        page = upload(synthetic, ("c.wav", track[1]), demo__model=title(synthetic, model), **group)
        near = next(frame for frame in frames(page) if "distance" in frame)
        assert near["distance"].iloc[0] == pytest.approx(0, abs=0.02), model
        assert near["genre"].iloc[0] == track[0]
        assert near["distance"].is_monotonic_increasing
        assert "which the model learnt from" in texts(page), model


@pytest.mark.parametrize("model", ["logistic_ovr", "random_forest", "xgboost"])
def test_features_speak_for_and_against(synthetic: Artifacts, model: str) -> None:
    """Models of statistics show contributions, and percentiles for each genre."""
    page = upload(synthetic, ("n.wav", noise(7)), demo__model=title(synthetic, model), **TABULAR)
    specs = [json.loads(chart.proto.spec)["data"] for chart in page.get("plotly_chart")]
    bars = next(d[0] for d in specs[1:] if d[0]["type"] == "bar")
    heat = next(d[0] for d in specs if d[0]["type"] == "heatmap" and d[0]["x"] != [])
    assert bars["y"] == heat["y"]
    assert heat["x"] == synthetic.classes


def test_what_no_track_has_is_flagged(synthetic: Artifacts) -> None:
    """A sound beyond all that was learnt from is called so: what is said of it is a guess."""
    rng = np.random.default_rng(0)
    t = np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    shrill = wav(0.9 * np.sign(np.sin(2 * np.pi * 5000 * t)) * (rng.random(len(t)) > 0.01))
    page = upload(synthetic, ("shrill.wav", shrill), **TABULAR)
    assert "Beyond anything in the benchmark" in texts(page)


def test_doubts_come_before_the_verdict(synthetic: Artifacts) -> None:
    """A clip of two seconds is answered after a word of warning."""
    page = upload(synthetic, ("short.wav", noise(2)))
    assert "Only 2.0 s long" in page.info[0].value
    assert page.metric


def test_several_files_make_a_table(synthetic: Artifacts, track: tuple[str, bytes]) -> None:
    """Each file has a row; the one that is no music has a sentence and does not stop the rest."""
    files = [("a.wav", track[1]), ("b.wav", b"<html>"), ("c.wav", noise(4))]
    page = upload(synthetic, *files, demo__model=title(synthetic, "mlp"))
    table = next(frame for frame in frames(page) if "problem" in frame)
    assert table["name"].tolist() == ["a.wav", "b.wav", "c.wav"]
    assert table["genre"].iloc[0] == predict(track[1], "mlp", synthetic).genre
    assert "no audio" in table["problem"].iloc[1]
    assert pd.isna(table["genre"].iloc[1])
    assert table["second"].iloc[2] in synthetic.classes
    assert not page.metric


def test_an_album_can_be_stopped_and_goes_on(
    synthetic: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped, what was found stays and the others wait; going on asks about those only."""
    from dashboard.live import album

    page = open_page("demo", synthetic, demo__model=title(synthetic, "mlp"))
    page.session_state[album.STOPPED] = True
    for i in range(3):
        page.file_uploader(key="demo.file").upload(f"{i}.wav", noise(3, i), "audio/wav")
    page.run()
    assert "3 of 3 wait" in texts(page)
    page.button(key="demo.go").click().run()
    assert not page.exception
    table = next(frame for frame in frames(page) if "problem" in frame)
    assert table["genre"].notna().all()


def test_the_same_bytes_are_heard_once(
    synthetic: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a comparison of all models nor coming back to one asks any of them again."""
    heard: list[str] = []
    listen = hearing.listen
    monkeypatch.setattr(hearing, "listen", lambda *a: heard.extend(a[1]) or listen(*a))
    page = upload(synthetic, ("n.wav", noise(4)))
    page.segmented_control(key="demo.library").set_value("scikit-learn / XGBoost").run()
    page.segmented_control(key="demo.library").set_value("Keras").run()
    assert not page.exception
    assert sorted(heard) == sorted(synthetic.models)


def test_history_holds_what_was_said(synthetic: Artifacts, track: tuple[str, bytes]) -> None:
    """Each recording and model has a line; who forgets them has none."""
    page = upload(synthetic, ("clip.wav", track[1]))
    page.segmented_control(key="demo.library").set_value("scikit-learn / XGBoost").run()
    table = next(frame for frame in frames(page) if "benchmark" in frame)
    assert table["name"].tolist() == ["clip.wav", "clip.wav"]
    assert table["model"].nunique() == 2
    assert "nothing is stored on the server" in texts(page)
    page.button(key="demo.forget").click().run()
    table = next(frame for frame in frames(page) if "benchmark" in frame)
    assert len(table) == 1  # the one that is shown


def test_nothing_is_kept_of_what_is_forgotten(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """Neither sound nor answers: after it, the page knows of the recording that is shown only."""
    page = open_page("demo", synthetic, demo__source="Record")
    for gain in (0.5, 1.0):
        recorded = to_wav(gain * decode(track[1]))
        page.get("audio_input")[0].upload("recording.wav", recorded).run()
    kept = page.session_state[hearing.SLOTS]
    assert len(kept["normalized"]) == 2
    page.button(key="demo.forget").click().run()
    assert {slot: len(found) for slot, found in page.session_state[hearing.SLOTS].items()} == (
        dict.fromkeys(kept, 1)
    )


def test_a_recording_that_is_forgotten_is_gone(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """What the timed recorder or a link brought stays no longer than what was said of it."""
    for source, held in (("Record", "recorder"), ("Paste a link", "link")):
        page = open_page("demo", synthetic, demo__source=source, demo__recorder="Ten seconds")
        page.session_state[hearing.SLOTS] = {"held": {(held,): Recording("song.wav", track[1])}}
        page.run()
        assert page.session_state[hearing.SLOTS]["heard"]
        page.button(key="demo.forget").click().run()
        assert hearing.SLOTS not in page.session_state  # the recording with it


def test_sound_of_few_recordings_is_held(synthetic: Artifacts) -> None:
    """Sound is large: of many recordings only the last ones' stays; their answers stay longer."""
    page = open_page("demo", synthetic, demo__source="Record")
    for seed in range(4):
        page.get("audio_input")[0].upload("recording.wav", noise(4, seed)).run()
    kept = page.session_state[hearing.SLOTS]
    assert len(kept["normalized"]) == 2


def test_names_are_text(synthetic: Artifacts) -> None:
    """Markup in a file's name stays what it is."""
    name = "<script>alert(1)</script> **bold** [x](http://y).wav"
    page = upload(synthetic, (name, noise(4)), ("other.wav", noise(4, 1)))
    table = next(frame for frame in frames(page) if "problem" in frame)
    assert name in table["name"].tolist()
    assert not any("<script>" in block.value for block in page.markdown)


def test_a_link_is_fetched_at_the_press_of_a_button(
    synthetic: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found behind an address is classified; a refusal is a sentence."""
    asked = []

    def fetch(url: str, watch: object = None) -> links.Fetched:
        asked.append(url)
        if "bad" in url:
            raise AudioError("The site refuses: 403.")
        return links.Fetched(name="A *title*", data=noise(4), url=url, cut=False)

    monkeypatch.setattr(sources.links, "fetch", fetch)
    bad = "https://example.org/bad"
    page = open_page("demo", synthetic, demo__source="Paste a link", demo__link=bad)
    assert page.text_input(key="demo.link").value == bad
    assert asked == []
    page.button[0].click().run()
    assert "The site refuses" in texts(page)
    assert not page.metric
    page.text_input(key="demo.link").set_value("https://example.org/song")
    page.button[0].click().run()
    assert asked == ["https://example.org/bad", "https://example.org/song"]
    assert page.metric
    assert r"A \*title\*" in texts(page)


def test_links_can_be_turned_off(synthetic: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server's owner turned them off, nothing is asked for."""
    monkeypatch.setenv("GENRESCOPE_LINKS", "off")
    page = open_page("demo", synthetic, demo__source="Paste a link")
    assert "turned off" in texts(page)
    assert not page.text_input


def test_streamlit_s_recorder_is_answered(synthetic: Artifacts, track: tuple[str, bytes]) -> None:
    """It is there at first, asks for 44.1 kHz, and what it gives is classified."""
    page = open_page("demo", synthetic, demo__source="Record")
    microphone = page.get("audio_input")[0]
    assert microphone.proto.sample_rate == 44_100
    microphone.upload("recording.wav", track[1]).run()
    assert page.metric[0].value.strip("?") == track[0]


def test_a_recording_s_level_does_not_matter(
    synthetic: Artifacts, track: tuple[str, bytes]
) -> None:
    """A microphone that is set low gives the same answer."""
    y = decode(track[1])
    answered = []
    for gain in (1.0, 0.03):
        page = open_page("demo", synthetic, demo__source="Record")
        page.get("audio_input")[0].upload("recording.wav", to_wav(gain * y)).run()
        answered.append((page.metric[0].label, page.metric[0].value))
    assert answered[0] == answered[1]


def test_a_recording_without_sound_gets_a_sentence(synthetic: Artifacts) -> None:
    """A recorder that was stopped at once sends a file that holds nothing."""
    page = open_page("demo", synthetic, demo__source="Record")
    page.get("audio_input")[0].upload("recording.wav", to_wav(np.zeros(0, np.float32))).run()
    assert "holds no sound" in page.warning[-1].value
    assert not page.metric


def test_smoothing_keeps_the_mean() -> None:
    """Smoothed windows are means around each; of long recordings few steps remain, and no time."""
    n = 1200
    start = 3.0 * np.arange(n)
    p = np.random.default_rng(0).random(n)
    windows = pd.DataFrame({"start": start, "end": start + 3, "a": p, "b": 1 - p})
    raw = sound.smoothed(windows.iloc[:100], ["a", "b"], 0)
    np.testing.assert_allclose(raw, windows.iloc[:100])
    five = sound.smoothed(windows.iloc[:100], ["a", "b"], 15)
    assert five["a"].iloc[50] == pytest.approx(p[48:53].mean())
    long = sound.smoothed(windows, ["a", "b"], 0)
    assert len(long) == sound.STEPS
    assert long["a"].mean() == pytest.approx(p.mean())
    assert (long["start"].iloc[0], long["end"].iloc[-1]) == (0, 3.0 * n)
    assert (long["start"].iloc[1:].to_numpy() == long["end"].iloc[:-1].to_numpy()).all()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (75.9, "1:15"), (3600, "1:00:00"), (3725, "1:02:05")]
)
def test_clock(seconds: float, text: str) -> None:
    """Minutes and seconds, with hours where there are some."""
    assert hearing.clock(seconds) == text


def test_examples_are_all_there() -> None:
    """Each piece of the list is a file, and none is left out."""
    listed = {piece["file"] for piece in json.loads((EXAMPLES / "index.json").read_text())}
    assert listed == {path.name for path in EXAMPLES.glob("*.mp3")}


def test_bytes_io_is_no_recording() -> None:
    """Recordings are told apart by what they hold, not by their names."""
    one, two = sources.Recording("a", b"x"), sources.Recording("b", io.BytesIO(b"x").read())
    assert one.digest == two.digest
