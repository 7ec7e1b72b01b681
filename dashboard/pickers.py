"""What is chosen above every page: benchmark, protocol, and a part of the tracks."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import choices, components, state
from pipeline.errors import SliceError
from pipeline.evaluation import slices
from pipeline.evaluation.slice_scores import cautions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dashboard.views import View
    from pipeline.artifacts.reader import Artifacts

BENCHMARK, PROTOCOL = "benchmark", "protocol"  # in the address and in the session
SLICE = "slice"  # in the address and in the session, as text
NAMED = 3  # tracks that are not there; of more, the number says enough
_offered: ContextVar[bool] = ContextVar("offered", default=False)
IMAGES = {"png": "PNG", "svg": "SVG"}


def benchmark_to_come(names: list[str]) -> str:
    """The benchmark that a page is about, before its name is chosen on it."""
    return choices.to_come({name: name for name in names}, BENCHMARK)


def begin() -> None:
    """Begin a run of the script, in which no benchmark is offered yet."""
    _offered.set(False)


def offer_others(names: list[str]) -> None:
    """Offer benchmarks on a page that broke off before it did: others may be whole.

    It is a list of its own: Streamlit would take the choice in another part of the script for
    another list, and begin anew there.
    """
    if _offered.get():
        return
    key, before = f"{BENCHMARK}.instead", benchmark_to_come(names)
    chosen = st.selectbox("Benchmark", names, names.index(before), key=key)
    if chosen != before:
        st.session_state[BENCHMARK] = st.query_params[BENCHMARK] = chosen
        st.rerun()


def benchmark(names: list[str]) -> None:
    """Choose a benchmark; the choice is kept for every page, in the session and in addresses."""
    _offered.set(True)
    before = benchmark_to_come(names)
    chosen = components.choose("Benchmark", {name: name for name in names}, BENCHMARK)
    if chosen != before:  # the browser's Back button tells the widget only
        st.rerun()


def bar(names: list[str], artifacts: Artifacts, view: View) -> None:
    """What is chosen above a page: only what has an effect on it."""
    keep_slice()
    if not view.is_of_benchmark:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        benchmark(names)
        if view.compares:
            components.choose("Protocol", _protocols(artifacts), PROTOCOL)
        if view.narrows:
            slice_picker(artifacts, protocol_to_come(artifacts))
        images()


def images() -> None:
    """Choose the format of images."""
    with st.popover("Images", icon=":material/image:", help="Format of downloaded charts"):
        components.segments("Save charts as", IMAGES, "image")


def protocol_to_come(artifacts: Artifacts) -> str:
    """The protocol that holds, on this page or the next that offers it; else the headline."""
    return choices.to_come(_protocols(artifacts), PROTOCOL)


def _protocols(artifacts: Artifacts) -> dict[str, str]:
    """Title of each protocol; the headline is first, as in the manifest."""
    return {name: facts.title for name, facts in artifacts.manifest.protocols.items()}


def slice_picker(artifacts: Artifacts, protocol: str) -> None:
    """Choose a fact and its value, or write them."""
    with st.popover("Slice", icon=":material/filter_alt:", help="Show a part of the tracks only"):
        _choosers(state.tested_tracks(artifacts, protocol), st.session_state[SLICE])


def keep_slice() -> None:
    """Take the slice from the address, or write it there again after a change of page.

    No widget could hold it there: the browser draws those in a popover only when it is opened.
    """
    kept = st.query_params.get(SLICE, st.session_state.get(SLICE, ""))
    st.session_state[SLICE] = kept
    if kept:
        st.query_params[SLICE] = kept


def _choosers(tracks: pd.DataFrame, now: str) -> None:
    """Lists of facts and of the values of one, and a text; all begin with the slice in force."""
    there, before = slices.columns(tracks), now.partition(":")[0]
    if there:
        at = there.index(before) if before in there else 0
        key = f"slice.fact {' '.join(there)} {now}"  # a new list, or it would keep the last choice
        column = st.selectbox("Fact", there, at, format_func=slices.title, key=key)
        _values({str(part): part.words for part in slices.values(tracks, column)}, column, now)
    st.text_input(
        "Or as text",
        now,
        key=f"slice.text {now}",
        on_change=_take,
        args=(f"slice.text {now}",),
        placeholder="seconds:10..40",
        help="A column and a value, or a range whose upper end is not included.",
    )


def _values(parts: dict[str, str], column: str, now: str) -> None:
    """Slices by a fact, as text and in words."""
    names = list(parts)
    st.selectbox(
        "Only tracks with",
        names,
        names.index(now) if now in names else None,
        format_func=parts.__getitem__,
        key=(key := f"slice.value {column} {' '.join(names)} {now}"),
        on_change=_take,
        args=(key,),
        placeholder="All tracks",
    )


def _take(key: str) -> None:
    """Put what was chosen in a widget into the address."""
    put(st.session_state[key] or "")


def put(text: str) -> None:
    """Make a text the slice of all pages, and write it into the address; empty: no slice."""
    st.session_state[SLICE] = text
    if text:
        st.query_params[SLICE] = text
    else:
        st.query_params.pop(SLICE, None)


def narrow(artifacts: Artifacts, protocol: str, view: View) -> None:
    """Narrow the tables of a page to the chosen slice, and say so; or say why they are not."""
    state.narrow(None)
    text = st.session_state[SLICE]
    if not text or not view.is_of_benchmark:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="slice.bar"):
        said = st.container(width="content")
        st.button(
            "Show all tracks",
            key="slice.remove",
            icon=":material/close:",
            on_click=put,
            args=("",),
        )
    tracks = state.tested_tracks(artifacts, protocol)
    try:
        only = slices.parse(text, tracks)
    except SliceError as error:
        said.warning(components.plain(f"{error} All tracks are shown."))
        return
    if not view.narrows:
        said.caption(f"This page shows all tracks, not only {components.plain(only.words)}.")
        return
    state.narrow(only)
    left = tracks[only.holds(tracks)]
    words = components.plain(only.words)
    said.markdown(f"**Only {words}: {len(left):,} of {len(tracks):,} tracks**")
    if missing := only.missing(tracks):
        st.caption(f"Not among these: {not_there(missing, len(only.ids))}.")
    for sentence in cautions(left):
        st.caption(components.plain(sentence))


def not_there(missing: Sequence[str], of: int) -> str:
    """How many of so many chosen tracks are missing, and which, for Markdown."""
    named = ", ".join(missing[:NAMED]) + (", …" if len(missing) > NAMED else "")
    return f"{len(missing)} of the {of} chosen tracks ({components.plain(named)})"
