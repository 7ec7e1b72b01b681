"""Where a visitor's music comes from: files, a microphone, an example, a link."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from audio_recorder_streamlit import audio_recorder

from dashboard import components, theme
from dashboard.live import hearing
from pipeline import guarded, links
from pipeline.audio import EXTENSIONS, normalize_level, to_wav
from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[1] / "examples"
RECORD_SECONDS = 10.0
MAX_SECONDS = 1_200.0  # no recorder sends more than 100 MB, and what is held must be bounded
RECORDERS = {"free": "As long as you like", "timed": "Ten seconds"}
TREATED = (
    " With this recorder, the browser treats what it hears like speech: it evens the loudness out"
    " and takes away what sounds steadily, of which music is full. The other one answers better."
)


@dataclass(frozen=True)
class Recording:
    """Bytes that a visitor gave, and what they are called."""

    name: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """Tells recordings apart by content."""
        return sha256(self.data).hexdigest()


def upload() -> list[Recording]:
    """Files from the visitor's machine."""
    limit = st.get_option("server.maxUploadSize")
    files = st.file_uploader(
        f"One song, or several: up to {limit} MB each. MP3, WAV, FLAC, M4A, Ogg and whatever else"
        " holds sound.",
        type=list(EXTENSIONS),
        accept_multiple_files=True,
        key="demo.file",
        help="Nothing is kept: files are forgotten when you leave.",
    )
    return [Recording(file.name, file.getvalue()) for file in files]


def record() -> list[Recording]:
    """What a microphone hears."""
    if not _secure():
        st.warning(
            "Your browser allows the microphone on https addresses and on this machine only. Open"
            " the page over https, or upload a file."
        )
    recorder = components.segments("Recorder", RECORDERS, "demo.recorder")
    st.caption(
        "Hold the microphone near the loudspeaker and let ten seconds or more play. A room and a"
        " microphone change the sound, so an uploaded file gives a better answer. How loud it is"
        " does not matter: it is brought to the level of other music."
        + (TREATED if recorder == "timed" else "")
    )
    recording = _timed() if recorder == "timed" else _free()
    try:
        return [_normalized(recording)] if recording else []
    except AudioError as error:
        st.warning(str(error), icon=":material/hearing_disabled:")
        return []


def _normalized(recording: Recording) -> Recording:
    def make() -> Recording:
        y = normalize_level(guarded.decode(recording.data, MAX_SECONDS))
        return Recording(recording.name, to_wav(y))

    return hearing.once("normalized", (recording.digest,), make)


def _free() -> Recording | None:
    """Streamlit's own recorder; at a sample rate other than its 16 kHz Chromium filters nothing."""
    file = st.audio_input("Record", sample_rate=44_100, key="demo.microphone")
    return Recording("recording.wav", file.getvalue()) if file else None


def _timed() -> Recording | None:
    """Record with a fixed length; the bytes are taken over and the recorder is made anew.

    The recorder sends what it holds along with every rerun, so one that keeps its recording makes
    each click slow.
    """
    turn = st.session_state.setdefault("demo.turn", 0)
    data = audio_recorder(
        text="Record 10 seconds",
        # Thresholds that no sound crosses: the recorder would otherwise stop in a quiet passage.
        energy_threshold=(-1.0, 1.0),
        pause_threshold=RECORD_SECONDS,
        sample_rate=44_100,
        neutral_color=theme.GREY,
        key=f"demo.recorder.{turn}",
    )
    if data:
        hearing.hold("recorder", Recording("recording.wav", bytes(data)))
        st.session_state["demo.turn"] = turn + 1
        st.rerun()
    return hearing.held("recorder")


def _secure() -> bool:
    url = st.context.url or ""
    return url.startswith("https://") or "//localhost" in url or "//127.0.0.1" in url


def example() -> list[Recording]:
    """One of the pieces that come with the project."""
    examples = {piece["file"]: piece for piece in json.loads((EXAMPLES / "index.json").read_text())}
    titles = {name: f"{piece['title']} ({piece['style']})" for name, piece in examples.items()}
    file = components.choose("Piece", titles, "demo.example")
    st.caption(
        f"{examples[file]['description']} Rendered by a synthesizer from notes written for this"
        " page: a plaything, not a test of the models."
    )
    return [Recording(file, (EXAMPLES / file).read_bytes())]


def link() -> list[Recording]:
    """Sound behind a web address; it is fetched at the press of a button only."""
    if not links.enabled():
        st.info("Links are turned off on this server. Upload a file instead.")
        return []
    with st.form("demo.link.form", border=False):
        url = st.text_input(
            "Address of a song or a video, or of an audio file",
            key="demo.link",
            bind="query-params",
            placeholder="https://",
            help="YouTube, SoundCloud, Bandcamp and hundreds of others; the first minutes count.",
        )
        pressed = st.form_submit_button("Listen", icon=":material/hearing:")
    if pressed:
        hearing.hold("link", _fetched(url))
    held = hearing.held("link")
    if held:
        st.caption(components.plain(held.name))
    return [held] if held else []


def _fetched(url: str) -> Recording | None:
    bar = st.progress(0.0, "Fetching …")

    def watch(share: float) -> None:
        bar.progress(share, "Fetching …")

    try:
        found = links.fetch(url, watch)
    except AudioError as error:
        st.warning(str(error), icon=":material/link_off:")
        return None
    finally:
        bar.empty()
    return Recording(found.name, found.data)


SOURCES: dict[str, tuple[str, Callable[[], list[Recording]]]] = {
    "upload": ("Upload files", upload),
    "record": ("Record", record),
    "example": ("Pick an example", example),
    "link": ("Paste a link", link),
}
