"""The verdict of one model on one recording, and how far it can be trusted."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from dashboard.figures import sound
from dashboard.live import session
from dashboard.live.analyses import clock
from dashboard.units import percent
from pipeline.audio.decoding import to_wav
from pipeline.evaluation.calibration import record
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.calibration import Record
    from pipeline.inference.predict import Analysis, Verdict

PLAYER_SECONDS = 600
# Formats that every current browser plays; others are played from the decoded sound.
PLAYABLE = {"wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "webm", "mp4"}
SMOOTH = {"raw": 0.0, "smooth": 15.0}
MIN_SHARE_RIGHT = 0.5  # below it the page says that the model does not know


def expect(artifacts: Artifacts, model: str) -> None:
    """The genres a model knows, and how far to trust it; stands where the verdict will be."""
    table = state.per_genre(artifacts, model, artifacts.headline)
    precision = table["precision"].rename("precision")
    st.subheader("What to expect")
    st.markdown(
        f"{artifacts.titles[model]} knows {len(precision)} genres and gives every recording one of"
        f" them. How often it was right when it predicted each, on {_unseen(artifacts)} that it was"
        " not trained on:"
    )
    components.chart(
        sound.shares(precision),
        f"Precision of each genre; highest for {precision.idxmax()}, {percent(precision.max())}.",
        "expected",
        precision.rename_axis("genre").reset_index(),
    )


def show(artifacts: Artifacts, verdict: Verdict) -> None:
    """The verdict in words and in numbers, and all genres."""
    table = state.calibrated(artifacts, verdict.model, artifacts.headline)
    peers = record(table, verdict.confidence)
    known = peers.right >= MIN_SHARE_RIGHT * peers.n
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.metric(
            artifacts.titles[verdict.model],
            verdict.genre if known else f"{verdict.genre}?",
            f"{percent(verdict.confidence)} confident",
            delta_color="off",
            delta_arrow="off",
        )
        st.markdown(
            " ".join(
                [
                    _in_words(verdict) if known else _doubt(peers),
                    _track_record(table, verdict, _unseen(artifacts)),
                ]
            )
        )
        raw = st.toggle(
            "Before calibration",
            key=session.widget("raw"),
            bind="query-params",
            help="Most models are more confident, or less, than they are right. What is shown was"
            " corrected for that, by their predictions on tracks that they were not trained on.",
        )
    values = verdict.raw if raw else verdict.probabilities
    with right:
        components.chart(
            sound.shares(values),
            f"Probability of each genre; {verdict.genre} {percent(values[verdict.genre])}.",
            "verdict",
            values.rename_axis("genre").reset_index(name="probability"),
        )


def _doubt(peers: Record) -> str:
    """Why the page does not take the prediction for a verdict."""
    return (
        f"**It does not know:** at about this confidence it was right {peers.right} of {peers.n}"
        " times."
    )


def _in_words(verdict: Verdict) -> str:
    """How confident the model is, and its second guess."""
    second, share = verdict.second
    names = [components.plain(name) for name in (verdict.genre, second)]
    if verdict.confidence - share < 0.1:
        return f"It cannot decide between **{names[0]}** and **{names[1]}**."
    sure = "It is quite sure" if verdict.confidence >= 0.7 else "It leans towards this genre"
    return f"{sure}; its second guess is {names[1]}, {percent(share)}."


def _unseen(artifacts: Artifacts) -> str:
    """What a model had not been trained on when it was tested."""
    return artifacts.manifest.protocols[artifacts.headline].unseen


def _track_record(table: pd.DataFrame, verdict: Verdict, unseen: str) -> str:
    """How predictions like this one turned out in the tests."""
    found, genre = record(table, verdict.confidence, verdict.genre), components.plain(verdict.genre)
    if not found.n:
        return f"In the tests it never predicted {genre}, so its record there is unknown."
    otherwise = f"; otherwise the true genre was mostly {components.plain(found.instead)}"
    return (
        f"When it predicted {genre} at about this confidence, on {unseen} that it was not trained"
        f" on, it was right **{found.right} of {found.n}** times"
        f"{otherwise if found.instead else ''}."
    )


def over_time(
    recording: Recording, artifacts: Artifacts, analysis: Analysis, verdict: Verdict
) -> None:
    """Player, genres over time and the sound on one axis of time."""
    st.subheader("Over time")
    strongest = _strongest(verdict, artifacts.classes)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        genre = st.selectbox(
            "Play what sounds most like",
            ["", *strongest.index],
            format_func=lambda name: _in_time(strongest, name) if name else "from the beginning",
            key=session.widget("passage"),
        )
        smooth = components.segments(
            "Line", {n: n.capitalize() for n in SMOOTH}, session.widget("line")
        )
    windows = sound.smoothed(verdict.windows, artifacts.classes, SMOOTH[smooth])
    figure = sound.timeline(
        windows,
        artifacts.classes,
        analysis.mel_db,
        analysis.mel_seconds,
        artifacts.manifest.sample_rate,
    )
    player = st.container()
    chosen = components.chart(
        figure,
        "Probability of each genre over the recording, and its mel spectrogram.",
        "timeline",
        verdict.windows,
        key=session.widget("timeline", recording.digest[:12], verdict.model),
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
    return f"{genre}: {clock(start)}–{clock(end)} ({percent(probability)})"


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
        return to_wav(decoding.decode(recording.data, PLAYER_SECONDS))

    return session.current().playable.once((recording.digest,), wav)
