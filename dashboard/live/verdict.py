"""What one model says of one recording, and how far that can be trusted."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from dashboard.figures import sound
from dashboard.live import hearing
from pipeline import guarded
from pipeline.audio import to_wav
from pipeline.evaluate import record

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.live.sources import Recording
    from pipeline.artifacts import Artifacts
    from pipeline.evaluate import Record
    from pipeline.predict import Heard, Verdict

PLAYER_SECONDS = 600
# Formats that every current browser plays; others are played from the decoded sound.
PLAYABLE = {"wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "webm", "mp4"}
SMOOTH = {"raw": 0.0, "smooth": 15.0}
LEAST = 0.5  # share of right answers below which the page says that it does not know


def expect(artifacts: Artifacts, model: str) -> None:
    """What the model can say, and how far to trust it; stands where the verdict will be."""
    table = state.per_genre(artifacts, model, artifacts.strictest)
    said = table["precision"].rename("right")
    st.subheader("What to expect")
    st.markdown(
        f"{artifacts.titles[model]} knows {len(said)} genres and calls everything one of them. How"
        f" often it was right when it named each, of {_strangers(artifacts)} that it had never"
        " heard:"
    )
    components.chart(
        sound.shares(said),
        f"Of the tracks called each genre, the share that is; {said.idxmax()} {said.max():.0%}.",
        "expected",
        said.rename_axis("genre").reset_index(),
    )


def show(artifacts: Artifacts, verdict: Verdict) -> None:
    """The verdict in words and in numbers, and all genres."""
    table = state.calibrated(artifacts, verdict.model, artifacts.strictest)
    crowd = record(table, verdict.confidence)
    known = crowd.right >= LEAST * crowd.said
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.metric(
            f"{artifacts.titles[verdict.model]} says",
            verdict.genre if known else f"{verdict.genre}?",
            f"{verdict.confidence:.0%} confident",
            delta_color="off",
            delta_arrow="off",
        )
        st.markdown(
            " ".join(
                [
                    _in_words(verdict) if known else _doubt(crowd),
                    _history(table, verdict, _strangers(artifacts)),
                ]
            )
        )
        raw = st.toggle(
            "Before calibration",
            key="demo.raw",
            bind="query-params",
            help="Models are mostly surer, or less sure, than they are right. What is shown was"
            " corrected for that, by answers about tracks that they had not heard.",
        )
    values = verdict.raw if raw else verdict.probabilities
    with right:
        components.chart(
            sound.shares(values),
            f"Probability of each genre; {verdict.genre} {values[verdict.genre]:.0%}.",
            "verdict",
            values.rename_axis("genre").reset_index(name="probability"),
        )


def _doubt(crowd: Record) -> str:
    """Why the page does not take the answer for one."""
    return (
        f"**It does not know:** when it was about as unsure as this, it was right {crowd.right} of"
        f" {crowd.said} times."
    )


def _in_words(verdict: Verdict) -> str:
    """How sure the model is, and what else it considered."""
    second, share = verdict.second
    names = [components.plain(name) for name in (verdict.genre, second)]
    if verdict.confidence - share < 0.1:
        return f"It cannot decide between **{names[0]}** and **{names[1]}**."
    sure = "It is quite sure" if verdict.confidence >= 0.7 else "It leans to it"
    return f"{sure}; next comes {names[1]} with {share:.0%}."


def _strangers(artifacts: Artifacts) -> str:
    """What a model had never heard when it was tested."""
    return "artists" if artifacts.strictest == "artist" else "tracks"


def _history(table: pd.DataFrame, verdict: Verdict, strangers: str) -> str:
    """How its answers like this one turned out for music that it had not heard."""
    found, genre = record(table, verdict.confidence, verdict.genre), components.plain(verdict.genre)
    if not found.said:
        return f"In the tests it never said {genre}, so nothing tells how often it is right then."
    otherwise = f"; otherwise it was mostly {components.plain(found.instead)}"
    return (
        f"About this confident, when it said {genre} of {strangers} that it had never heard, it was"
        f" right **{found.right} of {found.said}** times{otherwise if found.instead else ''}."
    )


def listen_along(
    recording: Recording, artifacts: Artifacts, heard: Heard, verdict: Verdict
) -> None:
    """Player, genres over time and the sound on one axis of time."""
    st.subheader("Over time")
    strongest = _strongest(verdict, artifacts.classes)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        genre = st.selectbox(
            "Play what sounds most like",
            ["", *strongest.index],
            format_func=lambda name: _in_time(strongest, name) if name else "from the beginning",
            key="demo.passage",
        )
        smooth = components.segments("Line", {n: n.capitalize() for n in SMOOTH}, "demo.line")
    windows = sound.smoothed(verdict.windows, artifacts.classes, SMOOTH[smooth])
    figure = sound.timeline(
        windows, artifacts.classes, heard.mel_db, heard.shown, artifacts.manifest.sample_rate
    )
    player = st.container()
    chosen = components.chart(
        figure,
        "Probability of each genre over the recording, and its mel spectrogram.",
        "timeline",
        verdict.windows,
        key=f"demo.timeline.{recording.digest[:12]}.{verdict.model}",
        on_select="rerun",
        selection_mode="points",
    )
    clicked = chosen.selection.points
    start = float(clicked[0]["customdata"]) if clicked else 0.0
    with player:
        play(recording, start=strongest["start"][genre] if genre else start)


def _strongest(verdict: Verdict, classes: list[str]) -> pd.DataFrame:
    """Where each genre is likeliest: ``start, end, probability``, the likeliest genre first."""
    windows = verdict.windows
    best = windows[classes].idxmax()
    table = windows.loc[best, ["start", "end"]].set_axis(classes)
    return table.assign(probability=windows[classes].max()).sort_values(
        "probability", ascending=False
    )


def _in_time(strongest: pd.DataFrame, genre: str) -> str:
    start, end, probability = strongest.loc[[genre]].to_numpy()[0]
    return f"{genre}: {hearing.clock(start)}–{hearing.clock(end)} ({probability:.0%})"


def play(recording: Recording, start: float = 0.0) -> None:
    """Play a recording, decoded first where browsers cannot."""
    data, kind = recording.data, mimetypes.guess_type(recording.name)[0] or "audio/wav"
    if Path(recording.name).suffix.lower().removeprefix(".") not in PLAYABLE:
        data, kind = _decoded(recording), "audio/wav"
    st.audio(
        data,
        format=kind,
        start_time=int(start),
        autoplay=start > 0,
        alt=f"Player for {recording.name}",
    )


def _decoded(recording: Recording) -> bytes:
    def wav() -> bytes:
        return to_wav(guarded.decode(recording.data, PLAYER_SECONDS))

    return hearing.once("player", (recording.digest,), wav)
