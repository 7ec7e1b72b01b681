"""Labelling: the track that is asked about, how good it is by now, and the steps so far."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, units
from dashboard.live import verdict
from dashboard.live.parts import guarded
from pipeline.errors import PipelineError
from pipeline.teaching.head import ENOUGH_TRACKS
from pipeline.teaching.labelling import NOTHING, queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.live.collection import Collection, Learnt
    from pipeline.evaluation.intervals import Interval

KEYS = 9  # genres that have a key
TRACK, SKIPPED, PROBLEM, NEW = "teach.track", "teach.skipped", "teach.problem", "teach.new"


# -------------------------------------------------------------------------------------- one track


def ask(collection: Collection, learnt: Learnt | None) -> None:
    """Play the track that is most in doubt, and take its label by key, button or text."""
    if problem := st.session_state.pop(PROBLEM, ""):
        st.warning(components.plain(problem))
    waiting = _waiting(collection, learnt)
    track_id = _current(waiting)
    if track_id is None:
        _nothing_left()
        return
    st.header(components.plain(track_id))
    st.markdown(_why(waiting.loc[[track_id]].iloc[0]))
    _play(collection, track_id)
    _genres(collection, track_id)


@guarded
def _play(collection: Collection, track_id: str) -> None:
    """Play a track, or say why it cannot be; it can be labelled or skipped all the same."""
    verdict.play(collection.sound(track_id), "teach.player")


def _waiting(collection: Collection, learnt: Learnt | None) -> pd.DataFrame:
    """What is left to ask, see `pipeline.teaching.labelling.queue`."""
    tracks = collection.tracks()
    return queue(tracks, learnt.now if learnt else NOTHING, collection.labelled())


def _current(waiting: pd.DataFrame) -> str | None:
    """The track that is asked about: the same until it has a label, whatever is learnt."""
    left = waiting.index[~waiting.index.isin(st.session_state.get(SKIPPED, []))]
    if st.session_state.get(TRACK) not in left:
        st.session_state[TRACK] = left[0] if len(left) else None
    found: str | None = st.session_state[TRACK]
    return found


def _nothing_left() -> None:
    st.success("Every track was asked about.", icon=":material/check:")
    if st.session_state.get(SKIPPED):
        st.button("Ask again what was skipped", key="teach.again", on_click=_ask_again)


def _ask_again() -> None:
    st.session_state[SKIPPED] = []


def _why(row: pd.Series) -> str:
    """Its label, what the head answers, and whether that is a dispute."""
    label, answer = (components.plain(str(name)) for name in (row["genre"], row["answer"]))
    said = f"Labelled **{label}**." if row["genre"] else "It has no label yet."
    if pd.isna(row["probability"]):
        return said
    share = units.percent(row["probability"])
    if not row["genre"]:
        return f"{said} What was learnt so far says {answer}, {share}."
    if row["answer"] == row["genre"]:
        return f"{said} What was learnt from the others agrees, {share}."
    return f"{said} What was learnt from the others disputes it: **{answer}**, {share}."


def _genres(collection: Collection, track_id: str) -> None:
    """A button for each genre, the first with a key; a text for a new one."""
    with st.container(horizontal=True):
        for n, genre in enumerate(collection.overlay.genres(), start=1):
            st.button(
                components.plain(genre),
                key=f"teach.genre {genre}",
                shortcut=str(n) if n <= KEYS else None,
                on_click=_say,
                args=(collection, track_id, genre),
            )
        st.button("Skip", key="teach.skip", type="tertiary", shortcut="S", on_click=_skip)
    st.text_input(
        "Another genre",
        key=NEW,
        placeholder="folk, techno, shoegaze …",
        help="Press Enter to label the track.",
        on_change=_say_new,
        args=(collection, track_id),
    )


def _say(collection: Collection, track_id: str, genre: str) -> None:
    _tried(partial(collection.label, track_id, genre))


def _say_new(collection: Collection, track_id: str) -> None:
    genre = st.session_state[NEW]
    if genre.strip():
        _say(collection, track_id, genre)
    st.session_state[NEW] = ""


def _skip() -> None:
    st.session_state[SKIPPED] = [*st.session_state.get(SKIPPED, []), st.session_state[TRACK]]


def _tried(change: Callable[[], None]) -> None:
    """Change the labels, or keep the sentence that says why not for the page."""
    try:
        change()
    except PipelineError as error:
        st.session_state[PROBLEM] = str(error)


# ----------------------------------------------------------------------------------- how good it is


def how_good(collection: Collection, learnt: Learnt | None) -> None:
    """Accuracy by artist, before and now, and genres that are not yet known."""
    if learnt is None:
        return
    st.header("How good is it?")
    then, now = learnt.first.accuracy, learnt.now.accuracy
    if now is None or then is None:
        st.info(
            f"Not tested yet: two genres with {ENOUGH_TRACKS} tracks each, by five artists or more,"
            " are needed."
        )
    else:
        st.markdown(f"{_accuracy(learnt, then, now)} {_moved(learnt.moved)}")
        st.caption(
            "Tested on artists that were not learnt from. A track whose artist is not known counts"
            " as by an artist of its own; if some are by the same artist, the test is too kind."
        )
    if few := learnt.now.unknown:
        listed = ", ".join(f"{components.plain(genre)} ({n})" for genre, n in few.items())
        st.caption(f"Not yet known, with fewer than {ENOUGH_TRACKS} tracks: {listed}.")


def _accuracy(learnt: Learnt, then: Interval, now: Interval) -> str:
    n, before = len(learnt.now.tested), len(learnt.first.tested)
    if learnt.first is learnt.now:
        return f"By artist, **{_share(now)}** of {n} tracks are answered right."
    return f"By artist: at first {_share(then)} of {before} tracks, now **{_share(now)}** of {n}."


def _share(score: Interval) -> str:
    row = {"accuracy": score.value, "low": score.low, "high": score.high}
    return units.with_interval(row)


def _moved(moved: Interval | None) -> str:
    """Rising or not, as far as the interval allows."""
    if moved is None or moved == (0, 0, 0):
        return ""
    span = f"{units.points(moved.value)} ({units.points(moved.low)} to {units.points(moved.high)})"
    same = "on the same tracks, judged by the labels of now"
    if moved.low > 0:
        return f"**Rising:** {span} {same}."
    if moved.high < 0:
        return f"**Falling:** {span} {same}."
    return f"Whether it rises cannot be told yet: {span} {same}."


# -------------------------------------------------------------------------------------------- steps


def steps(collection: Collection) -> None:
    """What was said, and a button that takes any of it back."""
    table = collection.overlay.table()
    if table.empty:
        return
    st.header(f"What you said ({len(table)})")
    words = {row.step: f"{row.track_id}: {row.new}" for row in table.itertuples()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Step",
            list(words),
            format_func=lambda step: words.get(step, ""),
            key=f"teach.step {len(collection.overlay.steps)}",  # the latest, after each step
        )
        st.button(
            "Undo",
            key="teach.undo",
            icon=":material/undo:",
            shortcut="U",
            on_click=_undo,
            args=(collection, chosen),
        )
    components.table(
        table.assign(when=pd.to_datetime(table["when"])),
        alt=f"{len(table)} labels",
        step=None,
        track_id=st.column_config.TextColumn("Track", pinned=True),
        old="Label before",
        new="Label",
        when=st.column_config.DatetimeColumn("When", format="distance"),
    )


def _undo(collection: Collection, step: int) -> None:
    """Take a step back, and ask about its track again."""
    track_id = collection.overlay.steps[step].track_id
    _tried(partial(collection.undo, step))
    if track_id not in collection.labelled():
        st.session_state[TRACK] = track_id
