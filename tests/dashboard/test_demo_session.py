"""The demo: what is kept of recordings during a session, and what is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.demo_pages import noisy_tone, table_of, upload
from support.pages import choose_row, open_page, opened, texts

from dashboard.live import analyses, sources
from dashboard.live.analyses import clock
from dashboard.live.recording import Recording
from dashboard.live.session import MAX_SOUNDS, SESSION, Latest, Session
from pipeline.audio.decoding import decode, to_wav

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


def other_library(page: AppTest) -> str:
    """The library that is not chosen."""
    control = page.segmented_control(key="demo.library")
    return next(name for name in control.options if name != control.value)


def test_the_same_bytes_are_analysed_once(
    two_models: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a comparison of all models nor coming back to one runs any of them again."""
    run: list[str] = []
    analyse = analyses.analyse
    monkeypatch.setattr(analyses, "analyse", lambda *a: run.extend(a[1]) or analyse(*a))
    page = upload(two_models, ("n.wav", noisy_tone(4)))
    for _ in range(2):
        page.segmented_control(key="demo.library").set_value(other_library(page)).run()
    assert not page.exception
    assert sorted(run) == sorted(two_models.models)


def test_history_holds_every_verdict(two_models: Artifacts, track: tuple[str, bytes]) -> None:
    """Each recording and model has a line; a visitor who forgets them has none."""
    page = upload(two_models, ("clip.wav", track[1]))
    page.segmented_control(key="demo.library").set_value(other_library(page)).run()
    table = table_of(page, "benchmark")
    assert table["name"].tolist() == ["clip.wav", "clip.wav"]
    assert table["model"].nunique() == 2
    assert "nothing is stored on the server" in texts(page)
    page.button(key="demo.forget").click().run()
    assert not [table for table in page.dataframe if "benchmark" in table.value]
    assert not page.metric


def kept(page: AppTest) -> dict[str, int]:
    """How many results of each kind a session holds."""
    session = page.session_state[SESSION]
    return {name: len(held) for name, held in vars(session).items() if isinstance(held, Latest)}


def test_nothing_is_kept_of_what_is_forgotten(
    two_models: Artifacts, track: tuple[str, bytes]
) -> None:
    """Neither sound nor results, nor what the recorder shows."""
    page = open_page("demo", two_models, demo__source="Record")
    for gain in (0.5, 1.0):
        recorded = to_wav(gain * decode(track[1]))
        page.get("audio_input")[0].upload("recording.wav", recorded).run()
    before = kept(page)
    assert before["analyses"] == 2
    page.button(key="demo.forget").click().run()
    assert not any(kept(page).values())


@pytest.mark.parametrize(("source", "brought"), [("Record", "record"), ("Paste a link", "link")])
def test_a_recording_that_is_forgotten_is_gone(
    two_models: Artifacts, track: tuple[str, bytes], source: str, brought: str
) -> None:
    """What the timed recorder or a link brought stays no longer than its verdict."""
    page = open_page("demo", two_models, demo__source=source, demo__recorder="Ten seconds")
    recording = Recording("song.wav", track[1])
    page.session_state[SESSION] = Session(brought={brought: [recording]}, emptied=3)
    page.run()
    assert kept(page)["analyses"] == 1
    page.button(key="demo.forget").click().run()
    assert not any(kept(page).values())
    assert page.session_state[SESSION] == Session(emptied=4)  # the recording is gone


def choose_source(page: AppTest, title: str) -> None:
    """Go to another way to bring music."""
    names = {title: name for name, (title, _) in sources.SOURCES.items()}
    page.segmented_control(key="demo.source").set_value(names[title]).run()
    assert not page.exception


def test_a_recording_survives_a_change_of_source(two_models: Artifacts) -> None:
    """It is still there, and analysed, until it is removed; its verdict is not computed again."""
    page = upload(two_models, ("song.wav", noisy_tone(4)))
    verdict = page.metric[0].value
    choose_source(page, "Record")
    assert not page.metric
    choose_source(page, "Upload files")
    assert "song.wav" in texts(page)
    assert page.metric[0].value == verdict
    page.button(key="demo.remove.upload").click().run()
    assert not page.metric


def test_history_opens_a_recording_again(two_models: Artifacts) -> None:
    """With the model of that verdict, in place of what was brought since, and closes it again."""
    page = upload(two_models, ("first.wav", noisy_tone(4)))
    model = page.metric[0].label
    page.segmented_control(key="demo.library").set_value(other_library(page)).run()
    page.file_uploader(key="demo.file.0").upload("second.wav", noisy_tone(4, 1), "audio/wav").run()
    assert table_of(page, "benchmark")["name"].tolist() == ["second.wav", "first.wav", "first.wav"]
    choose_row(page, "demo.history", 2)
    page.button(key="demo.reopen").click().run()
    assert not page.exception
    assert "first.wav, opened again" in texts(page)
    assert page.metric[0].label == model
    page.button(key="demo.close").click().run()
    assert "opened again" not in texts(page)


def test_the_address_tells_what_a_reload_loses(two_models: Artifacts) -> None:
    """A visit with two files leaves their number in the address; a new visit says they are gone."""
    page = upload(two_models, ("a.wav", noisy_tone(3)), ("b.wav", noisy_tone(3, 1)))
    assert page.query_params["demo.held"] == "2"
    anew = open_page("demo", two_models, demo__held="2")
    assert "comes from a visit with 2 recordings" in texts(anew)
    page.button(key="demo.forget").click().run()
    assert "comes from a visit" not in texts(page)
    assert "demo.held" not in page.query_params


@pytest.mark.parametrize("data", [noisy_tone(3), b"no sound"], ids=["heard", "refused"])
def test_who_removes_a_file_is_not_told_that_it_is_lost(two_models: Artifacts, data: bytes) -> None:
    """Only a page that is loaded anew says so, not the one on which it was removed."""
    page = upload(two_models, ("a.wav", data))
    page.session_state[SESSION].clips.clear()  # as before its verdict is there
    page.file_uploader(key="demo.file.0").set_value([]).run()
    assert not page.exception
    assert "comes from a visit" not in texts(page)


def test_a_benchmark_that_is_made_again_is_asked_again(two_models: Artifacts) -> None:
    """Its verdicts stand beside those of the build before, which have lines of their own."""
    page = upload(two_models, ("a.wav", noisy_tone(3)), ("b.wav", noisy_tone(3, 1)))
    assert len(table_of(page, "benchmark")) == 2
    later = replace(two_models.manifest, created="later")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opened(str(two_models.folder)), "manifest", later)
        page.run()
    assert not page.exception
    assert len(table_of(page, "benchmark")) == 4


def test_large_recordings_make_room_sooner() -> None:
    """What history can open again is limited by its weight, and the last one stays."""
    kept = Latest(10, len)
    for n in range(4):
        kept.keep((n,), b"1234")
    assert list(kept) == [(2,), (3,)]
    kept.keep((9,), b"12345678901")
    assert list(kept) == [(9,)]


def test_sound_of_few_recordings_is_held() -> None:
    """Sound is large: of many recordings only the last ones' stays; results stay longer."""
    session = Session()
    for n in range(MAX_SOUNDS + 2):
        assert session.playable.once((str(n),), lambda: b"sound") == b"sound"
        session.contributions.once((str(n),), lambda: 1)
    assert len(session.playable) == MAX_SOUNDS == 2
    assert len(session.contributions) == MAX_SOUNDS + 2


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (75.9, "1:15"), (3600, "1:00:00"), (3725, "1:02:05")]
)
def test_clock(seconds: float, text: str) -> None:
    """Minutes and seconds, with hours where there are some."""
    assert clock(seconds) == text


def test_recordings_are_told_apart_by_content() -> None:
    """Recordings are told apart by what they hold, not by their names."""
    one, two = sources.Recording("a", b"x"), Recording("b", bytes(bytearray(b"x")))
    assert one.digest == two.digest
    assert one.digest != Recording("a", b"y").digest
