"""The demo: recorders, links and examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from support.demo_pages import noisy_tone
from support.pages import open_page, texts

from dashboard.live import sources
from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode, to_wav
from pipeline.errors import AudioError
from pipeline.untrusted import links

if TYPE_CHECKING:
    import pytest

    from pipeline.artifacts.reader import Artifacts


def test_a_link_is_fetched_at_the_press_of_a_button(
    two_models: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found behind an address is classified; a refusal is a sentence."""
    fetched = []

    def fetch(url: str, progress: object = None) -> links.Fetched:
        fetched.append(url)
        if "bad" in url:
            raise AudioError("The site refuses: 403.")
        return links.Fetched(name="A *title*", data=noisy_tone(4), url=url, cut=False)

    monkeypatch.setattr(sources.links, "fetch", fetch)
    bad = "https://example.org/bad"
    page = open_page("demo", two_models, demo__source="Paste a link", demo__link=bad)
    assert page.text_input(key="demo.link").value == bad
    assert fetched == []
    page.button[0].click().run()
    assert "The site refuses" in texts(page)
    assert not page.metric
    page.text_input(key="demo.link").set_value("https://example.org/song")
    page.button[0].click().run()
    assert fetched == ["https://example.org/bad", "https://example.org/song"]
    assert page.metric
    assert r"A \*title\*" in texts(page)


def test_links_can_be_turned_off(two_models: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server's owner turned them off, there is no field for an address."""
    monkeypatch.setenv("GENRESCOPE_LINKS", "off")
    page = open_page("demo", two_models, demo__source="Paste a link")
    assert "turned off" in texts(page)
    assert not [field for field in page.text_input if field.key and "link" in field.key]


def test_streamlit_s_recorder_gets_a_verdict(
    two_models: Artifacts, track: tuple[str, bytes]
) -> None:
    """It is there at first, asks for 44.1 kHz, and what it gives is classified."""
    page = open_page("demo", two_models, demo__source="Record")
    microphone = page.get("audio_input")[0]
    assert microphone.proto.sample_rate == 44_100
    microphone.upload("recording.wav", track[1]).run()
    assert page.metric[0].value.strip("?") == track[0]


def test_a_recording_s_level_does_not_matter(
    two_models: Artifacts, track: tuple[str, bytes]
) -> None:
    """A microphone that is set low gives the same verdict."""
    y = decode(track[1])
    verdicts = []
    for gain in (1.0, 0.03):
        page = open_page("demo", two_models, demo__source="Record")
        page.get("audio_input")[0].upload("recording.wav", to_wav(gain * y)).run()
        verdicts.append((page.metric[0].label, page.metric[0].value))
    assert verdicts[0] == verdicts[1]


def test_a_recording_without_sound_gets_a_sentence(two_models: Artifacts) -> None:
    """A recorder that was stopped at once sends a file that holds nothing."""
    page = open_page("demo", two_models, demo__source="Record")
    page.get("audio_input")[0].upload("recording.wav", to_wav(np.zeros(0, np.float32))).run()
    assert "holds no sound" in page.warning[-1].value
    assert not page.metric


def test_examples_are_all_there() -> None:
    """Each piece of the list is a file, and none is left out."""
    listed = {piece["file"] for piece in json.loads((EXAMPLES / "index.json").read_text())}
    assert listed == {path.name for path in EXAMPLES.glob("*.mp3")}
