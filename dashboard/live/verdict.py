"""The verdict of one model on one recording, and how far it can be trusted."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import sound
from dashboard.live import session
from dashboard.live.analyses import clock
from dashboard.units import percent
from pipeline.artifacts.manifest import ALL_GENRES
from pipeline.audio.decoding import to_wav
from pipeline.evaluation.decision import MIN_PEERS
from pipeline.inference import neighbours
from pipeline.inference.explanation import percentiles
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.decision import Decision, Record
    from pipeline.inference.predict import Analysis, Verdict

PLAYER_SECONDS = 600
# Formats that every current browser plays; others are played from the decoded sound.
PLAYABLE = {"wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "webm", "mp4"}
SMOOTH = {"raw": 0.0, "smooth": 15.0}


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


def show(artifacts: Artifacts, verdict: Verdict, decision: Decision) -> DeltaGenerator:
    """The verdict in words and in numbers, and all genres; a place for what other models say."""
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.metric(
            artifacts.titles[verdict.model],
            shown(verdict, decision),
            f"{percent(verdict.confidence)} confident",
            delta_color="off",
            delta_arrow="off",
        )
        words, count = in_words(artifacts, verdict, decision), _record(verdict, decision.record)
        st.markdown(f"{words} {count}")
        others = st.empty()
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
    return others


def shown(verdict: Verdict, decision: Decision) -> str:
    """The genre, with a question mark where it is no verdict."""
    marks = {"unknown": f"{verdict.genre}?", "none_of_these": "none of these?"}
    return marks.get(decision.kind, verdict.genre)


def in_words(artifacts: Artifacts, verdict: Verdict, decision: Decision) -> str:
    """What the verdict may be called, and the second guess."""
    genre, second = (components.plain(name) for name in (verdict.genre, verdict.second[0]))
    share = percent(verdict.second[1])
    return {
        "sure": f"**Sure.** The second guess is {second}, {share}.",
        "leaning": f"**Leaning** towards {genre}. The second guess is {second}, {share}.",
        "unknown": f"**It does not know.** It guesses {genre}, and second {second}, {share}.",
        "none_of_these": f"**None of these {len(artifacts.classes)} genres:** it sounds like"
        f" {decision.outside}. The nearest of them is {genre}.",
    }[decision.kind]


def _record(verdict: Verdict, found: Record) -> str:
    """How answers like this one turned out in the tests."""
    genre = f" of {components.plain(verdict.genre)}" if found.same_genre else ""
    length = " from recordings as long" if found.same_length else ""
    if found.n < MIN_PEERS:
        return f"Only {found.n} answers in the tests were about as sure, too few to tell."
    text = (
        f"Of {found.n} answers in the tests that were about as sure{genre}{length},"
        f" **{found.right} were right**"
    )
    if found.elsewhere:
        text += f" ({found.elsewhere} are about other collections)"
    if found.instead:
        text += f"; otherwise the true genre was mostly {components.plain(found.instead)}"
    return f"{text}."


def cautions(artifacts: Artifacts, analysis: Analysis, verdict: Verdict) -> None:
    """Say if the model was trained on this recording, or on nothing like it."""
    near = neighbours.nearest_tracks(artifacts, verdict.model, analysis.embeddings[verdict.model])
    if near["near_duplicate"].any():
        nearest = components.plain(near["track_id"].iloc[0])
        st.warning(
            f"In the model's space this lies as near to {nearest} as two excerpts of one recording."
            " If it is that track, the model was trained on it, and its verdict proves nothing.",
            icon=":material/school:",
        )
    if outside := ", ".join(map(components.plain, _outside(artifacts, analysis, verdict))):
        st.warning(
            f"Outside the range of the benchmark's tracks: {outside}."
            " The model has seen nothing like it, so its verdict is a guess.",
            icon=":material/straighten:",
        )


def _outside(artifacts: Artifacts, analysis: Analysis, verdict: Verdict) -> list[str]:
    """Features that no track of the benchmark has as low or as high."""
    features = artifacts.model(verdict.model).features
    distributions = artifacts.summary(features, "distributions")
    if distributions is None:
        return []
    of_all = distributions[distributions["genre"] == ALL_GENRES]
    columns = artifacts.manifest.features[features]["columns"]
    mean = pd.Series(analysis.features[features].mean(axis=0), index=columns)
    placed = percentiles(mean, of_all)
    return list(placed.loc[placed["outside"], "feature"])


def _unseen(artifacts: Artifacts) -> str:
    """What a model had not been trained on when it was tested."""
    return artifacts.manifest.protocols[artifacts.headline].unseen


@st.fragment
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
