"""Try a model on your own music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from dashboard.live import album, explanation, history, listening, session, taught, verdict
from dashboard.live.analyses import analysed_for_verdict
from dashboard.live.sources import SOURCES
from dashboard.views import View
from pipeline.errors import AudioError
from pipeline.inference.deciding import decided
from pipeline.inference.predict import verdict as verdict_of

if TYPE_CHECKING:
    from dashboard.live.collection import Learnt
    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts


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
    titles = {name: title for name, (title, _) in SOURCES.items()}
    source = components.segments("Where is the music?", titles, session.widget("source"))
    lesson = taught.learnt()
    model = _model_picker(artifacts, lesson is not None)
    recordings = SOURCES[source][1]()
    if source == listening.SOURCE:
        listening.listen(artifacts, model)
    if lesson is not None and model is None:
        _taught(recordings, lesson)
    elif model is not None:
        _shipped(recordings, artifacts, model)
    history.show()


def _taught(recordings: list[Recording], lesson: Learnt) -> None:
    """What was taught answers about each recording."""
    st.caption(taught.how_good(lesson))
    for recording in recordings:
        st.subheader(components.plain(recording.name))
        taught.answer(recording, lesson)


def _shipped(recordings: list[Recording], artifacts: Artifacts, model: str) -> None:
    """A model of the benchmark answers."""
    if not recordings:
        verdict.expect(artifacts, model)
    elif len(recordings) == 1:
        _analyse(recordings[0], artifacts, model)
    elif chosen := album.choose(recordings, artifacts, model):
        _analyse(chosen, artifacts, model)


def _model_picker(artifacts: Artifacts, taught_one: bool) -> str | None:
    """Choose a model among those that one library serves, the best first; None: what was taught."""
    board = state.leaderboard(artifacts, artifacts.headline)
    groups = libraries(artifacts, [n for n in board["model"] if n in artifacts.answering])
    left, right = st.columns([1, 2])
    with left:
        titles = {title: title for title in [*groups, *[taught.TITLE] * taught_one]}
        group = components.segments("Library", titles, session.widget("library"))
    if group not in groups:
        return None
    with right:
        return components.model_picker(artifacts, groups[group], session.widget("model"))


def libraries(artifacts: Artifacts, models: list[str]) -> dict[str, list[str]]:
    """Models by the libraries that trained them; those whose files have one format together."""
    cards = {name: artifacts.models[name] for name in models}
    groups: dict[str, list[str]] = {}
    for form in sorted({str(card.format) for card in cards.values()}):
        names = [name for name, card in cards.items() if card.format == form]
        title = " / ".join(sorted({str(cards[name].library) for name in names}, key=str.lower))
        groups[title] = names
    return groups


def _analyse(recording: Recording, artifacts: Artifacts, model: str) -> None:
    """First the verdict, then what explains it."""
    news = st.empty()
    try:
        analysis = analysed_for_verdict(recording, model, artifacts, news.caption)
    except AudioError as error:
        news.warning(str(error), icon=":material/hearing_disabled:")
        return
    news.empty()
    given = verdict_of(analysis, model, artifacts)
    history.note(artifacts, recording, analysis, given)
    for finding in analysis.findings:
        st.info(finding.message, icon=":material/info:")
    decision = decided(analysis, given, artifacts, state.answers(artifacts, model))
    agreement = verdict.show(artifacts, given, decision)
    taught.say_what_it_is(recording, artifacts, analysis)
    verdict.cautions(artifacts, analysis, given)
    verdict.over_time(recording, artifacts, analysis, given)
    explanation.all_models(recording, artifacts, given, agreement)
    explanation.also_hears(recording, artifacts)
    explanation.why(recording, artifacts, analysis, given)
    explanation.sounds_like(artifacts, analysis, model)


VIEW = View(name="demo", title="Demo", icon=":material/mic:", order=1, render=render, narrows=False)
