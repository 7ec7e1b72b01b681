"""In the demo: a wrong verdict is put right, and what was taught answers beside the models."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import components, page_links, units
from dashboard.figures import sound
from dashboard.live import session
from dashboard.live.clips import Clips
from dashboard.live.parts import computing, part
from pipeline.errors import AudioError, DatasetError
from pipeline.teaching import embeddings
from pipeline.teaching.head import ENOUGH_TRACKS
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from dashboard.live.collection import Learnt
    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.features import Array
    from pipeline.inference.predict import Analysis

TITLE = "What you taught"
SAID = session.widget("taught", "said")


def clips() -> Clips:
    """The visitor's clips, begun at first use."""
    mine = session.current()
    mine.taught = mine.taught or Clips()
    return mine.taught


def learnt() -> Learnt | None:
    """What the visitor's clips taught; None without a head."""
    mine = session.current().taught
    found = mine.collection.learn() if mine else None
    return found if found and found.now.head is not None else None


def heard(recording: Recording, analysis: Analysis | None = None) -> Array:
    """A recording's embedding: from what was found already, else heard in turn with others.

    Raises
    ------
    AudioError
        If it cannot be heard.
    """
    found = analysis.features.get(embeddings.features()) if analysis else None
    if found is not None:
        return found.mean(axis=0)
    kept = session.current().embeddings

    def hear() -> Array:
        with computing(f"Listening to {components.plain(recording.name)}"):
            return embeddings.of_recording(recording.data, decoding.blocks)

    return kept.once((recording.digest, embeddings.features()), hear)


@part
def say_what_it_is(recording: Recording, artifacts: Artifacts, analysis: Analysis) -> None:
    """A place to put a verdict right, which puts the clip into the visitor's collection."""
    known = clips().collection.overlay.genres()
    key = recording.digest[:12]
    with st.popover("Wrong? Say what it is", icon=":material/edit:"):
        genre = st.selectbox(
            "Genre",
            list(dict.fromkeys([*known, *artifacts.classes])),
            index=None,
            accept_new_options=True,
            placeholder="Choose one, or write a new one",
            key=session.widget("taught", "genre", key),
        )
        st.caption(
            "The clip joins those that you label on the page Teach. It is held for this visit, and"
            " never written to disk."
        )
        if st.button("Teach", key=session.widget("taught", "teach", key), disabled=not genre):
            _put_right(recording, str(genre), analysis)
    _confirm(key)


def _put_right(recording: Recording, genre: str, analysis: Analysis) -> None:
    mine = clips()
    try:
        track_id = mine.add(recording, partial(heard, analysis=analysis))
        mine.collection.label(track_id, genre)
    except (AudioError, DatasetError) as error:
        st.warning(components.plain(str(error)))
        return
    label = mine.collection.overlay.labels()[track_id]
    count = sum(genre == label for genre in mine.collection.overlay.labels().values())
    st.session_state[SAID] = (recording.digest[:12], label, count)


def _confirm(key: str) -> None:
    """Say what was done with this clip, and what is missing until the genre is known."""
    said, label, count = st.session_state.get(SAID, ("", "", 0))
    if said != key:
        return
    more = max(ENOUGH_TRACKS - count, 0)
    until = f" {label} is known after {more} more." if more else ""
    st.success(components.plain(f"It is {label} now, one of {count} clips.{until}"))
    page_links.page_link("teach", "Go on teaching")


def answer(recording: Recording, found: Learnt) -> None:
    """The verdict of what was taught."""
    try:
        X = heard(recording)
    except AudioError as error:
        st.warning(str(error), icon=":material/hearing_disabled:")
        return
    head: Any = found.now.head
    share = pd.Series(head.predict_proba(X[None])[0], head.classes_)
    best, likely = str(share.idxmax()), units.percent(float(share.max()))
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.metric(
            TITLE, components.plain(best), f"{likely} likely", delta_color="off", delta_arrow="off"
        )
    with right:
        components.chart(
            sound.shares(share),
            f"Probability of each genre; {best} {likely}.",
            f"taught-{recording.digest[:12]}",
            share.rename_axis("genre").reset_index(name="probability"),
        )


def how_good(found: Learnt) -> str:
    """Accuracy by artist in words, and that probabilities are the head's own."""
    score = found.now.accuracy
    if score is None:
        return "It is not tested yet: too few artists have a label. Its probabilities are its own."
    words = units.with_interval({"accuracy": score.value, "low": score.low, "high": score.high})
    return (
        f"By artist, {words} of {len(found.now.tested)} labelled tracks are answered right. Its"
        " probabilities are its own, not calibrated."
    )
