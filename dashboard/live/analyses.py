"""Recordings analysed by models, each once a session."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.live import session
from pipeline.errors import AudioError
from pipeline.inference.deciding import taggers
from pipeline.inference.predict import analyse
from pipeline.progress import silent
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.predict import Analysis
    from pipeline.progress import Progress

logger = logging.getLogger(__name__)


def analysed(
    recording: Recording,
    models: Iterable[str],
    artifacts: Artifacts,
    progress: Progress = silent,
    networks: Iterable[str] = (),
) -> Analysis:
    """What models find in a recording, see `pipeline.inference.predict.analyse`."""
    kept, key = session.current().analyses, session.result_key(recording, artifacts)
    before = kept.get(key)
    missing = [name for name in models if before is None or name not in before.predictions]
    untagged = [name for name in networks if before is None or name not in before.tags]
    if before and not missing and not untagged:
        return before
    try:
        found = analyse(recording.data, missing, artifacts, decoding.blocks, progress, untagged)
    except AudioError as error:
        logger.info("A recording was refused: %s", error)
        raise
    return kept.keep(key, before | found if before else found)


def analysed_visibly(recording: Recording, model: str, artifacts: Artifacts) -> Analysis:
    """The same by one model, with progress on the page."""
    place = st.empty()

    def progress(task: str, done: float, total: float | None) -> None:
        place.caption(f"Listening … {clock(done)}")

    found = analysed(recording, [model], artifacts, progress, taggers(artifacts))
    place.empty()
    return found


def clock(seconds: float) -> str:
    """Time as minutes and seconds, with hours where there are some."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
