"""The verdict of one model on one recording, and how far it can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, state
from dashboard.figures import sound
from dashboard.live import session
from dashboard.live.parts import computing, folded, guarded, part
from dashboard.player import component
from dashboard.player.over_time import Spectrogram, genres
from dashboard.player.sound import PLAYED_SECONDS, Sound, sound_of
from dashboard.units import percent
from pipeline.artifacts.manifest import ALL_GENRES
from pipeline.audio.decoding import to_wav
from pipeline.audio.peaks import Waveform, waveform
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

PICTURES = {"mel": "Mel spectrogram", "waveform": "Waveform"}
SMOOTH = {"raw": 0.0, "smooth": 15.0}
# What a verdict may be called; where it must not be taken for one, in place of the genre.
WORDS = {
    "sure": "sure",
    "leaning": "leaning",
    "unknown": "does not know",
    "none_of_these": "none of these",
}


def expect(artifacts: Artifacts, model: str) -> None:
    """The genres a model knows, and how far to trust it; stands where the verdict will be."""
    table = state.per_genre(artifacts, model, artifacts.headline)
    precision = table["precision"].rename("precision")
    st.subheader("What to expect")
    st.markdown(
        f"{components.plain(artifacts.titles[model])} knows {len(precision)} genres and gives every"
        f" recording one of them. How often it was right when it predicted each, on"
        f" {_unseen(artifacts)} that it was not trained on:"
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
            components.plain(artifacts.titles[verdict.model]),
            components.plain(shown(verdict, decision)),
            f"{percent(verdict.confidence)} confident",
            delta_color="off",
            delta_arrow="off",
        )
        words, count = in_words(artifacts, verdict, decision), _record(verdict, decision.record)
        st.markdown(f"{words} {count}")
        others = st.container()
    with right:
        bars = st.container()
        raw = st.toggle(
            "Before calibration",
            key=session.widget("raw"),
            bind="query-params",
            help="Most models are more confident, or less, than they are right. What is shown was"
            " corrected for that, by their predictions on tracks that they were not trained on.",
        )
    values = verdict.raw if raw else verdict.probabilities
    with bars:
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


def in_short(found: Record) -> str:
    """How many answers like this one were right in the tests, in few words."""
    return f"{found.right} of {found.n}" if found.n >= MIN_PEERS else ""


def _record(verdict: Verdict, found: Record) -> str:
    """How answers like this one turned out in the tests."""
    if found.n < MIN_PEERS:
        return f"Only {found.n} answers in the tests were about as sure, too few to tell."
    genre = f" “{components.plain(verdict.genre)}”" if found.same_genre else ""
    others = f" ({found.elsewhere} of them in other collections)" if found.elsewhere else ""
    length = ", on recordings of similar length" if found.same_length else ""
    right = "1 answer was" if found.right == 1 else f"{found.right} answers were"
    text = (
        f"In the tests, the model answered{genre} about this confidently {found.n} times{others}"
        f"{length}. **{right} right**"
    )
    if found.instead:
        text += f"; otherwise the true genre was mostly {components.plain(found.instead)}"
    return f"{text}."


@guarded
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


@part
def over_time(
    recording: Recording, artifacts: Artifacts, analysis: Analysis, verdict: Verdict
) -> None:
    """The recording, to be played, and genres over time."""
    with folded("Listen, and see genres over time", "time", ":material/graphic_eq:") as opened:
        if opened.open:
            _played(recording, artifacts, analysis, verdict)


def _played(
    recording: Recording, artifacts: Artifacts, analysis: Analysis, verdict: Verdict
) -> None:
    with st.container(horizontal=True):
        picture = components.segments("Sound", PICTURES, session.widget("picture"))
        smooth = components.segments(
            "Line", {n: n.capitalize() for n in SMOOTH}, session.widget("line")
        )
    mel = Spectrogram(analysis.mel_db, analysis.mel_seconds, artifacts.manifest.sample_rate)
    drawn = picture == "mel"
    component.play(
        _sound(recording),
        Waveform(analysis.seconds, []) if drawn else _waveform(recording),
        session.widget("player"),
        genres(verdict.windows, artifacts.classes, SMOOTH[smooth]),
        mel if drawn else None,
    )
    components.download(
        "CSV", verdict.windows.to_csv(index=False), "timeline.csv", "Genres of each window"
    )


@guarded
def play(recording: Recording, key: str) -> None:
    """Play a recording of which no model was asked."""
    component.play(_sound(recording), _waveform(recording), key)


def _sound(recording: Recording) -> Sound:
    """The recording, decoded first where browsers cannot."""

    def wav() -> bytes:
        return to_wav(decoding.decode(recording.data, PLAYED_SECONDS))

    kept = session.current().playable
    return sound_of(recording.name, recording.data, lambda: kept.once((recording.digest,), wav))


def _waveform(recording: Recording) -> Waveform:
    def drawn() -> Waveform:
        with computing("Drawing the waveform"):
            return waveform(decoding.blocks(recording.data))

    return session.current().waveforms.once((recording.digest,), drawn)
