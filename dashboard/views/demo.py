"""Try a model on your own music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from dashboard.live import (
    album,
    explanation,
    history,
    listening,
    reload,
    session,
    taught,
    verdict,
)
from dashboard.live.analyses import analysed_for_verdict
from dashboard.live.sources import SOURCES
from dashboard.views import View
from dashboard.views.sections import answering
from pipeline.errors import AudioError
from pipeline.inference.deciding import decided
from pipeline.inference.predict import verdict as verdict_of

if TYPE_CHECKING:
    from dashboard.live.collection import Learnt
    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts

VERDICT_PIXELS = 320


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page: the song first, then who answers, then the verdict."""
    components.header("Demo", "What genre is this song?")
    lesson = taught.learnt()
    if artifacts.answering or lesson is not None:
        _ask(artifacts, lesson)
    else:
        _nobody(artifacts)
    history.show(answering.choose_again)


def _ask(artifacts: Artifacts, lesson: Learnt | None) -> None:
    """What the visitor brings, or opened again; who answers; the answer."""
    titles = {name: title for name, (title, _) in SOURCES.items()}
    source = components.segments("Where is the music?", titles, session.widget("source"))
    recordings, place = history.reopened() or SOURCES[source][1](), st.container()
    reload.note()
    model = answering.choose(artifacts, lesson is not None)
    if source == listening.SOURCE:
        with place:
            listening.listen(artifacts, model)
    if model is not None:
        _shipped(recordings, artifacts, model)
    elif lesson is not None:
        _taught(recordings, lesson)


def _nobody(artifacts: Artifacts) -> None:
    st.info(
        f"The models of {artifacts.manifest.title} know published features only, which nobody"
        " else can compute from audio. Choose another benchmark to try models on your music.",
        icon=":material/hearing_disabled:",
    )
    answering.choose(artifacts, taught_one=False)


def _taught(recordings: list[Recording], lesson: Learnt) -> None:
    """What was taught answers about each recording, once about those with the same sound."""
    st.caption(taught.how_good(lesson))
    for recording in {recording.digest: recording for recording in recordings}.values():
        st.header(components.plain(recording.name))
        taught.answer(recording, lesson)


def _shipped(recordings: list[Recording], artifacts: Artifacts, model: str) -> None:
    """A model of the benchmark answers."""
    if not recordings:
        verdict.expect(artifacts, model)
    elif len(recordings) == 1:
        _analyse(recordings[0], artifacts, model)
    elif chosen := album.choose(recordings, artifacts, model):
        _analyse(chosen, artifacts, model)


def _analyse(recording: Recording, artifacts: Artifacts, model: str) -> None:
    """First the verdict, then what explains it."""
    news = st.empty()
    try:
        with news.container():
            tell = st.empty().caption
            st.skeleton(height=VERDICT_PIXELS)  # moves where the verdict will be
        analysis = analysed_for_verdict(recording, model, artifacts, tell)
    except AudioError as error:
        news.warning(str(error), icon=":material/hearing_disabled:")
        return
    news.empty()
    given = verdict_of(analysis, model, artifacts)
    decision = decided(analysis, given, artifacts, state.answers(artifacts, model))
    history.note(artifacts, recording, analysis, given, decision)
    second = verdict.show(artifacts, given, decision)
    for finding in analysis.findings:
        st.info(finding.message, icon=":material/info:")
    verdict.cautions(artifacts, analysis, given)
    taught.say_what_it_is(recording, artifacts, analysis)
    verdict.over_time(recording, artifacts, analysis, given)
    explanation.all_models(recording, artifacts)
    explanation.also_hears(recording, artifacts)
    explanation.why(recording, artifacts, analysis, given)
    explanation.sounds_like(artifacts, analysis, model)
    with second:  # last: by now all models may have been asked
        explanation.second_opinion(recording, artifacts, analysis, given, decision)


VIEW = View(
    name="demo",
    title="Demo",
    icon=":material/mic:",
    order=1,
    render=render,
    narrows=False,
    is_of_benchmark=False,
)
