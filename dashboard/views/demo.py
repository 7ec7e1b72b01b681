"""Try a model on your own music."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import streamlit as st
from audio_recorder_streamlit import audio_recorder

from dashboard import components, state
from dashboard.figures import sound
from dashboard.views import View
from pipeline.audio import EXTENSIONS, decode, to_wav
from pipeline.errors import AudioError
from pipeline.predict import Clip, Verdict, analyse, classify

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.artifacts import Artifacts

T = TypeVar("T")
EXAMPLES = Path(__file__).parents[1] / "examples"
RECORD_SECONDS = 10.0
SOURCES = {"upload": "Upload a file", "record": "Record", "example": "Pick an example"}
GROUPS = {"Keras": ("Keras",), "scikit-learn / XGBoost": ("scikit-learn", "XGBoost")}
PLAYER_SECONDS = 600
# Formats that every current browser plays; others are played from the decoded sound.
PLAYABLE = {"wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "webm", "mp4"}


@dataclass(frozen=True)
class Recording:
    """Bytes that a visitor gave, and what they are called."""

    name: str
    data: bytes

    @property
    def digest(self) -> str:
        """Tells recordings apart by content."""
        return sha256(self.data).hexdigest()


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Demo", "What genre is this? Ask a model about a recording of yours.")
    if not artifacts.manifest.live:
        st.info(
            f"The models of {artifacts.manifest.title} know published features only, which nobody"
            " else can compute from audio. Choose another benchmark to try models on your music.",
            icon=":material/hearing_disabled:",
        )
        return
    source = components.segments("Where is the music?", SOURCES, "demo.source")
    model = _model_picker(artifacts)
    recording = {"upload": _upload, "record": _record, "example": _example}[source]()
    if recording is None:
        return
    try:
        with st.spinner("Listening …"):
            clip = _clip(recording, artifacts, model)
    except AudioError as error:
        st.warning(str(error), icon=":material/hearing_disabled:")
        return
    _player(recording)
    for finding in clip.findings:
        st.info(finding.message, icon=":material/info:")
    _show(artifacts, clip, classify(clip, model, artifacts))


def _player(recording: Recording) -> None:
    """Play the recording, decoded first where browsers cannot."""
    data, kind = recording.data, mimetypes.guess_type(recording.name)[0] or "audio/wav"
    if Path(recording.name).suffix.lower().removeprefix(".") not in PLAYABLE:
        decoded = _once("demo.player", recording, lambda: to_wav(decode(data, PLAYER_SECONDS)))
        data, kind = decoded, "audio/wav"
    st.audio(data, format=kind, alt=f"Player for {recording.name}")


def _model_picker(artifacts: Artifacts) -> str:
    """Choose a model, Keras ones apart from the others, the best first."""
    board = state.leaderboard(artifacts, artifacts.strictest)
    groups = {
        group: board.loc[board["family"].isin(families), "model"].tolist()
        for group, families in GROUPS.items()
    }
    left, right = st.columns([1, 2])
    with left:
        there = {group: group for group, names in groups.items() if names}
        group = components.segments("Library", there, "demo.library")
    return str(
        right.selectbox(
            "Model",
            groups[group],
            format_func=lambda name: artifacts.models[name].title,
            key="demo.model",
            bind="query-params",
        )
    )


def _upload() -> Recording | None:
    file = st.file_uploader(
        "A song or a part of one",
        type=list(EXTENSIONS),
        key="demo.file",
        help="Nothing is kept: the file is forgotten when you leave.",
    )
    return Recording(file.name, file.getvalue()) if file else None


def _record() -> Recording | None:
    """Record with a fixed length; the bytes are taken over and the recorder is made anew.

    The recorder sends what it holds along with every rerun, so one that keeps its recording makes
    each click slow.
    """
    st.caption(
        f"Hold the microphone near the loudspeaker, press the button, and wait {RECORD_SECONDS:.0f}"
        " seconds. Browsers filter what they record for speech, so an uploaded file gives a better"
        " answer."
    )
    if not _secure():
        st.warning(
            "Your browser allows the microphone on https addresses and on this machine only. Open"
            " the page over https, or upload a file."
        )
    turn = st.session_state.setdefault("demo.turn", 0)
    data = audio_recorder(
        text="Record 10 seconds",
        # Thresholds that no sound crosses: the recorder would otherwise stop in a quiet passage.
        energy_threshold=(-1.0, 1.0),
        pause_threshold=RECORD_SECONDS,
        sample_rate=44_100,
        key=f"demo.recorder.{turn}",
    )
    if data:
        st.session_state["demo.recording"] = Recording("recording.wav", bytes(data))
        st.session_state["demo.turn"] = turn + 1
        st.rerun()
    return st.session_state.get("demo.recording")


def _secure() -> bool:
    url = st.context.url or ""
    return url.startswith("https://") or "//localhost" in url or "//127.0.0.1" in url


def _example() -> Recording:
    examples = {piece["file"]: piece for piece in json.loads((EXAMPLES / "index.json").read_text())}
    file = st.selectbox(
        "Piece",
        list(examples),
        format_func=lambda name: f"{examples[name]['title']} ({examples[name]['style']})",
        key="demo.example",
        bind="query-params",
    )
    st.caption(
        f"{examples[file]['description']} Rendered by a synthesizer from notes written for this"
        " page: a plaything, not a test of the models."
    )
    return Recording(file, (EXAMPLES / file).read_bytes())


def _clip(recording: Recording, artifacts: Artifacts, model: str) -> Clip:
    """Analyse a recording, as far as the model needs it: some features take a second."""
    windows = artifacts.windows([model])
    slot = f"demo.clip.{windows}"
    return _once(slot, recording, lambda: analyse(recording.data, windows))


def _once(slot: str, recording: Recording, make: Callable[[], T]) -> T:
    """Make something of a recording once; the session keeps what it made of the last one."""
    digest = recording.digest
    kept = st.session_state.get(slot)
    if kept is None or kept[0] != digest:
        st.session_state[slot] = kept = (digest, make())
    return cast("T", kept[1])


def _show(artifacts: Artifacts, clip: Clip, verdict: Verdict) -> None:
    """Verdict, all genres, the timeline and the sound."""
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.metric(
            f"{artifacts.models[verdict.model].title} says",
            verdict.genre,
            f"{verdict.confidence:.0%} confident",
            delta_color="off",
            delta_arrow="off",
        )
        st.markdown(_in_words(verdict))
    with right:
        components.chart(
            sound.probabilities(verdict.probabilities),
            f"Probability of each genre; {verdict.genre} {verdict.confidence:.0%}.",
            "verdict",
            verdict.probabilities.rename_axis("genre").reset_index(name="probability"),
        )
    if len(verdict.windows) > 1:
        st.subheader("Over time")
        components.chart(
            sound.timeline(verdict.windows, artifacts.classes),
            "Probability of each genre over the recording.",
            "timeline",
            verdict.windows,
        )
    st.subheader("The sound")
    components.chart(
        sound.mel_spectrogram(clip.mel_db, clip.shown, artifacts.manifest.sample_rate),
        f"Mel spectrogram of {clip.seconds:.0f} seconds.",
        "mel-spectrogram",
    )


def _in_words(verdict: Verdict) -> str:
    """How sure the model is, and what else it considered."""
    first, second = verdict.probabilities.nlargest(2).items()
    gap = first[1] - second[1]
    if gap < 0.1:
        return f"It cannot decide between **{first[0]}** and **{second[0]}**."
    sure = "It is quite sure" if first[1] >= 0.7 else "It leans to it"
    return f"{sure}; next comes {second[0]} with {second[1]:.0%}."


VIEW = View(name="demo", title="Demo", icon=":material/mic:", order=1, render=render)
