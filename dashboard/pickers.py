"""What is chosen above every page: benchmark, protocol, and a part of the tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from pipeline.errors import SliceError
from pipeline.evaluation import slices
from pipeline.evaluation.slice_scores import cautions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from streamlit.delta_generator import DeltaGenerator

    from pipeline.artifacts.reader import Artifacts

KEPT = "protocol.kept"  # in the session, since not every page offers protocols
SLICE = "slice"  # in the address and in the session, as text
NAMED = 3  # tracks that are not there; of more, the number says enough
IMAGES = {"png": "PNG", "svg": "SVG"}


def benchmark(names: list[str]) -> tuple[DeltaGenerator, Artifacts]:
    """Choose a benchmark; the choice is in the address, for every page.

    Returns
    -------
    tuple of DeltaGenerator and Artifacts
        Where a page offers its `protocol`, beside the benchmark.
    """
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        name = components.choose("Benchmark", {name: name for name in names}, "benchmark")
    return bar, state.artifacts(name)


def protocol(artifacts: Artifacts, offered: bool) -> None:
    """Choose a protocol, if the page offers them, a slice, and the format of images."""
    if offered:
        st.session_state[KEPT] = _protocol_picker(artifacts)
    else:
        _keep_protocol_of_address(artifacts)
    slice_picker(artifacts, kept_protocol(artifacts))
    with st.popover("Images", icon=":material/image:", help="Format of downloaded charts"):
        components.segments("Save charts as", IMAGES, "image")


def _protocol_picker(artifacts: Artifacts) -> str:
    """Choose a protocol; the headline protocol is first, as in the manifest."""
    protocols = artifacts.manifest.protocols
    if "protocol" not in st.session_state and "protocol" not in st.query_params:
        st.session_state["protocol"] = kept_protocol(artifacts)  # after a page without protocols
    return components.choose("Protocol", {n: p.title for n, p in protocols.items()}, "protocol")


def _keep_protocol_of_address(artifacts: Artifacts) -> None:
    """For the next page that offers protocols."""
    asked = st.query_params.get("protocol")
    for name, facts in artifacts.manifest.protocols.items():
        if facts.title == asked:
            st.session_state[KEPT] = name


def kept_protocol(artifacts: Artifacts) -> str:
    """What was chosen, on this page or another; else the headline."""
    kept = st.session_state.get(KEPT)
    return kept if kept in artifacts.manifest.protocols else artifacts.headline


def slice_picker(artifacts: Artifacts, protocol: str) -> None:
    """Choose a fact and its value, or write them."""
    _keep_in_address()
    with st.popover("Slice", icon=":material/filter_alt:", help="Show a part of the tracks only"):
        _choosers(state.tested_tracks(artifacts, protocol), st.session_state[SLICE])


def _keep_in_address() -> None:
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


def narrow(artifacts: Artifacts, protocol: str, narrows: bool) -> None:
    """Narrow the tables of a page to the chosen slice, and say so; or say why they are not.

    Parameters
    ----------
    narrows
        Whether the page can be narrowed.
    """
    state.narrow(None)
    text = st.session_state[SLICE]
    if not text:
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
    if not narrows:
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
