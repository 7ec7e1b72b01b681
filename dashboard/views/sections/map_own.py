"""The visitor's own recordings on the map: where they lie, and how they were placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import components, units
from dashboard.figures.map import Star
from dashboard.live import placed
from pipeline.inference.neighbours import N_NEIGHBOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.live.placed import Placed
    from pipeline.artifacts.reader import Artifacts

LONGEST = 24  # characters of a name on the map


def stars(own: Sequence[Placed]) -> list[Star]:
    """What is drawn of them."""
    return [
        Star(
            _short(each.name), (each.place.x, each.place.y), each.place.near[["x", "y"]].to_numpy()
        )
        for each in own
    ]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def describe(own: Sequence[Placed]) -> None:
    """Say which tracks each recording is near, and how it was placed."""
    if not own:
        return
    st.header("Your recordings")
    for each in own:
        st.markdown(_near(each))
    st.caption(
        f"A star stands at the mean place of the {N_NEIGHBOURS} tracks that are nearest in these"
        " features, where nearer ones count more; lines lead to them. The recording was not there"
        " when the map was made, and a map made with it would look different."
    )
    _table(own)


def _near(each: Placed) -> str:
    """One recording in a sentence."""
    near = each.place.near
    nearest, counts = near.iloc[0], near["genre"].value_counts()
    genres = [f"{n} of {components.plain(str(genre))}" for genre, n in counts.items()]
    artist, title = (components.plain(str(nearest[name])) for name in ("artist", "title"))
    vague = (
        " These lie far apart on the map, so its place says little." if each.place.is_vague else ""
    )
    return (
        f"**{components.plain(each.name)}** is nearest to {artist}: {title}. Among its"
        f" {len(near)} nearest tracks are {units.listed(genres)}.{vague}"
    )


def _table(own: Sequence[Placed]) -> None:
    rows = [each.place.near.assign(recording=each.name) for each in own]
    table = pd.concat(rows)[["recording", "track_id", "genre", "artist", "title", "distance"]]
    components.table(
        table,
        alt="The tracks that are nearest to each of your recordings",
        recording=st.column_config.TextColumn("Recording", pinned=True),
        distance=components.number("Distance", "%.2f", "0: the same; 1: two tracks on average"),
        **{name: column for name, column in components.TRACK_COLUMNS.items() if name != "track_id"},
        track_id="Track",
    )


def lead_elsewhere(artifacts: Artifacts, features: str) -> None:
    """Lead to the maps on which recordings of this visit have a place."""
    others = {name: n for name, n in placed.maps(artifacts).items() if name != features}
    titles = {name: artifacts.manifest.features[name]["title"] for name in others}
    for name, n in others.items():
        count = "1 of your recordings is" if n == 1 else f"{n} of your recordings are"
        st.button(
            f"{count} on the map of: {components.plain(titles[name])}",
            key=f"map.own {name}",
            icon=":material/star:",
            on_click=_show,
            args=(name,),
        )


def _show(features: str) -> None:
    st.session_state["map.features"] = features
