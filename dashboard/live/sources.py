"""Where a visitor's music comes from: files, a microphone, an example, a link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, theme
from dashboard.listener import COUNTDOWN
from dashboard.live import listening, session
from dashboard.live.recording import Recording
from pipeline.audio.formats import EXTENSIONS
from pipeline.errors import AudioError
from pipeline.untrusted import links

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[1] / "examples"
RECORDING = "recording.wav"  # name of what a microphone brings
RECORD_SECONDS = 10.0
RECORDERS = {"free": "As long as you like", "timed": "Ten seconds"}
TREATED = (
    " With this recorder, the browser filters the sound as if it were speech: it evens out the"
    " loudness and removes steady sounds, of which music is full. The other recorder gives better"
    " results."
)


def upload() -> list[Recording]:
    """Files from the visitor's machine."""
    limit = st.get_option("server.maxUploadSize")
    files = st.file_uploader(
        f"One song, or several, of up to {limit} MB each",
        type=list(EXTENSIONS),
        accept_multiple_files=True,
        key=(key := _holder("file")),
        on_change=_take,
        args=("upload", key),
        help="Files are held in memory until you close the page, and never written to disk.",
    )
    return _brought("upload", shown=bool(files))


def _holder(name: str) -> str:
    """Key of a widget that holds sound; another one, which is empty, when it is to be rid of it."""
    return session.widget(name, session.current().emptied)


def _take(source: str, key: str, name: str = "") -> None:
    """Keep what a widget was given, which it forgets when its page or its source is left."""
    given = st.session_state[key] or []
    files = given if isinstance(given, list) else [given]
    session.bring(source, [Recording(name or file.name, file.getvalue()) for file in files])


def _brought(source: str, shown: bool = False) -> list[Recording]:
    """What a source brought last.

    Parameters
    ----------
    shown
        Whether its widget shows it; else a line says what is still there.
    """
    held = session.current().brought.get(source, [])
    if held and not shown:
        names = held[0].name if len(held) == 1 else f"{held[0].name} and {len(held) - 1} more"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/music_note: {components.plain(names)}", width="content")
            st.button(
                "Remove",
                key=session.widget("remove", source),
                type="tertiary",
                icon=":material/close:",
                on_click=session.bring,
                args=(source, []),
            )
    return held


def record() -> list[Recording]:
    """A recording by microphone."""
    _warn_of_an_open_line()
    recorder = components.segments("Recorder", RECORDERS, session.widget("recorder"))
    st.caption(
        "Hold the microphone near the loudspeaker and let ten seconds or more play. A room and a"
        " microphone change the sound, so an uploaded file gives a better result. Loudness does"
        " not matter: models hear everything at one loudness."
        + (TREATED if recorder == "timed" else "")
    )
    shown = _timed() if recorder == "timed" else _free()
    return _brought("record", shown)


def _free() -> bool:
    """Streamlit's own recorder; at a sample rate other than its 16 kHz Chromium filters nothing."""
    key = _holder("microphone")
    return bool(
        st.audio_input(
            "Record",
            sample_rate=44_100,
            key=key,
            on_change=_take,
            args=("record", key, RECORDING),
        )
    )


def _timed() -> bool:
    """Record with a fixed length; the bytes are taken over and the recorder is made anew.

    The recorder sends what it holds along with every rerun, so one that keeps its recording makes
    each click slow.
    """
    # Here, since pages are imported before the server that it makes itself known to.
    from audio_recorder_streamlit import audio_recorder

    with st.container(horizontal=True, vertical_alignment="center"):
        data = audio_recorder(
            text="Record 10 seconds",
            # Thresholds that no sound crosses: it would otherwise stop in a quiet passage.
            energy_threshold=(-1.0, 1.0),
            pause_threshold=RECORD_SECONDS,
            sample_rate=44_100,
            neutral_color=theme.GREY,
            key=_holder("recorder"),
        )
        COUNTDOWN(key=session.widget("countdown"), data={"seconds": RECORD_SECONDS})
    if data:
        session.bring("record", [Recording(RECORDING, bytes(data))])
        session.current().emptied += 1
        st.rerun()
    return False


def live() -> list[Recording]:
    """What was taken over from listening live, see `dashboard.live.listening`."""
    _warn_of_an_open_line()
    return _brought(listening.SOURCE)


def _warn_of_an_open_line() -> None:
    """Say so where browsers keep the microphone shut."""
    if not _secure():
        st.warning(
            "Your browser allows the microphone on https addresses and on this machine only. Open"
            " the page over https, or upload a file."
        )


def _secure() -> bool:
    url = st.context.url or ""
    return url.startswith("https://") or "//localhost" in url or "//127.0.0.1" in url


def example() -> list[Recording]:
    """One of the pieces that come with the project."""
    examples = {piece["file"]: piece for piece in json.loads((EXAMPLES / "index.json").read_text())}
    titles = {name: f"{piece['title']} ({piece['style']})" for name, piece in examples.items()}
    file = components.choose("Piece", titles, session.widget("example"))
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
    with st.form(session.widget("link", "form"), border=False):
        url = st.text_input(
            "Address of a song or a video, or of an audio file",
            key=session.widget("link"),
            bind="query-params",
            placeholder="https://",
            help="YouTube, SoundCloud, Bandcamp and hundreds of others; the first minutes count.",
        )
        pressed = st.form_submit_button("Listen", icon=":material/hearing:")
    if pressed and (found := _fetched(url)):
        session.bring("link", found)
    return _brought("link")


def _fetched(url: str) -> list[Recording]:
    bar = st.progress(0.0, "Fetching …")

    def progress(task: str, done: float, total: float | None) -> None:
        bar.progress(done, "Fetching …")

    try:
        found = links.fetch(url, progress)
    except AudioError as error:
        st.warning(str(error), icon=":material/link_off:")
        return []
    finally:
        bar.empty()
    return [Recording(found.name, found.data)]


SOURCES: dict[str, tuple[str, Callable[[], list[Recording]]]] = {
    "upload": ("Upload files", upload),
    "record": ("Record", record),
    listening.SOURCE: ("Listen live", live),
    "example": ("Pick an example", example),
    "link": ("Paste a link", link),
}
