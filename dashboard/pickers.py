"""What is chosen above every page: benchmark, protocol, and a part of the tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, state
from pipeline.errors import SliceError
from pipeline.evaluation import slices
from pipeline.evaluation.slice_scores import cautions

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts

SLICE = "slice"  # of the text box, and in the address
IMAGES = {"png": "PNG", "svg": "SVG"}


def pickers(names: list[str]) -> tuple[Artifacts, str]:
    """Choose benchmark, protocol and slice; the choice is in the address, for every page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = components.choose("Benchmark", {name: name for name in names}, "benchmark")
        artifacts = state.artifacts(name)
        protocol = _protocol_picker(artifacts)
        slice_picker(artifacts, protocol)
        with st.popover("Images", icon=":material/image:", help="Format of downloaded charts"):
            components.segments("Save charts as", IMAGES, "image")
    return artifacts, protocol


def _protocol_picker(artifacts: Artifacts) -> str:
    """Choose a protocol; the headline protocol is first, as in the manifest."""
    protocols = artifacts.manifest.protocols
    return components.choose("Protocol", {n: p.title for n, p in protocols.items()}, "protocol")


def slice_picker(artifacts: Artifacts, protocol: str) -> None:
    """Choose a fact and its value, which are written into a text box that the address holds."""
    with st.popover("Slice", icon=":material/filter_alt:", help="Show a part of the tracks only"):
        _choosers(state.tested_tracks(artifacts, protocol))
        st.text_input(
            "As text",
            key=SLICE,
            bind="query-params",
            placeholder="seconds:10..40",
            help="A column and a value, or a range whose upper end is not included.",
        )


def _choosers(tracks: pd.DataFrame) -> None:
    """Lists of facts and of the values of one, which start with those of the slice in force."""
    now = st.session_state.get(SLICE) or st.query_params.get(SLICE, "")
    there, before = slices.columns(tracks), now.partition(":")[0]
    if not there:
        return
    at = there.index(before) if before in there else 0
    key = f"slice.fact {' '.join(there)} {now}"  # new lists for each slice, or they would keep
    column = st.selectbox("Fact", there, at, format_func=slices.title, key=key)  # the last choice
    parts = {str(part): part.words for part in slices.values(tracks, column)}
    chooser = f"slice.part {column} {hash(tuple(parts))} {now}"
    st.selectbox(
        "Only tracks with",
        list(parts),
        list(parts).index(now) if now in parts else None,
        format_func=parts.__getitem__,
        key=chooser,
        on_change=_take,
        args=(chooser,),
        placeholder="All tracks",
    )


def _take(chooser: str) -> None:
    st.session_state[SLICE] = st.session_state[chooser] or ""


def _remove() -> None:
    st.session_state[SLICE] = ""


def narrow(artifacts: Artifacts, protocol: str, narrows: bool) -> None:
    """Narrow the tables of a page to the chosen slice, and say so; or say why they are not.

    Parameters
    ----------
    narrows
        Whether the page can be narrowed.
    """
    state.narrow(None)
    text = st.session_state[SLICE].strip()
    if not text:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="slice.bar"):
        said = st.container(width="content")
        st.button("Show all tracks", key="slice.remove", icon=":material/close:", on_click=_remove)
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
    for sentence in cautions(left):
        st.caption(components.plain(sentence))
