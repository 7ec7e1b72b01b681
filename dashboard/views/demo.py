"""Try a model on your own music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from dashboard.live import album, hearing, history, verdict, why
from dashboard.live.sources import SOURCES
from dashboard.views import View
from pipeline.errors import AudioError
from pipeline.predict import verdict as verdict_of

if TYPE_CHECKING:
    from dashboard.live.sources import Recording
    from pipeline.artifacts import Artifacts

GROUPS = {"Keras": ("Keras",), "scikit-learn / XGBoost": ("scikit-learn", "XGBoost")}


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
    source = components.segments("Where is the music?", titles, "demo.source")
    model = _model_picker(artifacts)
    recordings = SOURCES[source][1]()
    if not recordings:
        verdict.expect(artifacts, model)
    elif len(recordings) == 1:
        _ask(recordings[0], artifacts, model)
    elif chosen := album.choose(recordings, artifacts, model):
        _ask(chosen, artifacts, model)
    history.show()


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
    with right:
        return components.model_picker(artifacts, groups[group], "demo.model")


def _ask(recording: Recording, artifacts: Artifacts, model: str) -> None:
    """First the verdict, then what explains it."""
    try:
        heard = hearing.aloud(recording, model, artifacts)
    except AudioError as error:
        st.warning(str(error), icon=":material/hearing_disabled:")
        return
    said = verdict_of(heard, model, artifacts)
    history.note(artifacts, recording, heard, said)
    for finding in heard.findings:
        st.info(finding.message, icon=":material/info:")
    verdict.show(artifacts, said)
    verdict.listen_along(recording, artifacts, heard, said)
    everyone = why.everyone(recording, artifacts)
    why.also_hears(artifacts, everyone)
    why.reasons_for(recording, artifacts, heard, said)
    why.sounds_like(artifacts, heard, model)


VIEW = View(name="demo", title="Demo", icon=":material/mic:", order=1, render=render)
