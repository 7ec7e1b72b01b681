"""Tracks that were chosen on the map: played, listed, and taken away as slice or playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import components, page_links, pickers, playlists
from pipeline.errors import SliceError
from pipeline.evaluation import slices
from pipeline.inference.neighbours import model_in_space_of, near_track

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pipeline.artifacts.reader import Artifacts

CHOSEN = "map.tracks"  # in the session as ids, in the address as in that of their slice
CHOICES = "map.choices"  # how many there were: each has a chart of its own, see `chart_number`
CLICKED = "map.clicked"  # the track that was; one from the address does not start by itself
N_NEAR = 30  # tracks in the list of the nearest, and in its playlist
FACTS = ["track_id", "genre", "artist", "title"]


def chosen(tracks: pd.DataFrame) -> list[str]:
    """Ids of the chosen tracks that are on the map; the choice is in the address, if it fits."""
    if asked := st.query_params.get(CHOSEN):
        ids = slices.Slice(slices.CHOSEN, asked).ids
    else:
        ids = st.session_state.get(CHOSEN, [])
    choose(ids)
    there = set(tracks["track_id"])
    if missing := [name for name in ids if name not in there]:
        st.warning(f"Not on this map: {pickers.not_there(missing, len(ids))}.")
    return [name for name in ids if name in there]


def choose(ids: Sequence[str]) -> None:
    """Choose these tracks in place of those before, in the address too.

    A choice that is too long for it is kept in the session alone.
    """
    ids = list(dict.fromkeys(ids))
    st.session_state[CHOICES] = chart_number() + (ids != st.session_state.get(CHOSEN, []))
    st.session_state[CHOSEN] = ids
    try:
        text = str(slices.chosen(ids).value)
    except SliceError:
        text = ""
    if text:
        st.query_params[CHOSEN] = text
    else:
        st.query_params.pop(CHOSEN, None)


def chart_number() -> int:
    """Part of the chart's key: a browser keeps what was drawn on a chart that it knows."""
    return int(st.session_state.get(CHOICES, 0))


def take_click(key: str) -> None:
    """Choose what was clicked, boxed or lassoed on the chart with a key.

    An event without tracks changes nothing: one may follow when the chart is drawn again.
    """
    event: Any = st.session_state[key]
    points = event["selection"]["points"]
    if ids := [point["customdata"] for point in points if "customdata" in point]:
        choose(ids)
        st.session_state[CLICKED] = ids[0] if len(ids) == 1 else None


def announce(artifacts: Artifacts, tracks: pd.DataFrame, ids: Sequence[str], hint: str) -> None:
    """Above the map, where a click is seen: the chosen track with its player, or what to do."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_said(tracks, ids, hint), width="content")
        if st.session_state[CHOSEN]:
            icon = ":material/close:"
            st.button("Choose nothing", key="map.clear", icon=icon, on_click=choose, args=([],))
    if len(ids) == 1:
        _play(artifacts, ids[0])


def _said(tracks: pd.DataFrame, ids: Sequence[str], hint: str) -> str:
    if len(ids) != 1:
        return f"**{len(ids):,} tracks are chosen**, see below the map." if ids else hint
    artist, title, genre = _plain(tracks[tracks["track_id"] == ids[0]].iloc[0])
    return f"**{artist}: {title}**, {genre} ({components.plain(ids[0])})"


def _plain(row: pd.Series) -> tuple[str, str, str]:
    """Artist, title and genre of a track, for Markdown."""
    artist, title, genre = (components.plain(str(row[n])) for n in ("artist", "title", "genre"))
    return artist, title or "–", genre


def _play(artifacts: Artifacts, track_id: str) -> None:
    at_once = st.session_state.get(CLICKED) == track_id
    components.play(artifacts, track_id, "map", at_once)


def show(artifacts: Artifacts, features: str, tracks: pd.DataFrame, ids: Sequence[str]) -> None:
    """What was chosen, or a table to choose from without a pointer."""
    rows = tracks.set_index("track_id", drop=False).loc[list(ids), FACTS]
    if len(ids) == 1:
        _one(artifacts, features, rows.iloc[0])
    elif ids:
        _several(artifacts, rows)
    with st.expander("Choose from a table", icon=":material/table:"):
        _choice(tracks[FACTS].reset_index(drop=True))


def _choice(table: pd.DataFrame) -> None:
    event: Any = st.dataframe(
        table,
        hide_index=True,
        column_config=components.TRACK_COLUMNS,
        key="map.table",
        on_select="rerun",
        selection_mode="multi-row",
        alt=f"{len(table)} tracks on the map",
    )
    marked = [row for row in event.selection.rows if row < len(table)]
    ids = table["track_id"].iloc[marked].tolist()
    st.button(
        f"Choose the {len(ids)} marked tracks" if len(ids) != 1 else "Choose the marked track",
        key="map.choose",
        disabled=not ids,
        on_click=choose,
        args=(ids,),
    )


def _one(artifacts: Artifacts, features: str, row: pd.Series) -> None:
    """The tracks that are near one in these features."""
    _, title, genre = _plain(row)
    st.header(f"Near {title}")
    model = model_in_space_of(artifacts, features)
    near = None if model is None else near_track(artifacts, model, row["track_id"], N_NEAR)
    if near is None or near.empty:
        st.caption("Which tracks are nearest is not known: single tracks' features are not stored.")
        _actions(artifacts, [row["track_id"]], "chosen")
        return
    same = (near["genre"] == row["genre"]).sum()
    st.markdown(f"Of its {len(near)} nearest tracks in these features, {same} are {genre}.")
    _actions(artifacts, [row["track_id"], *near["track_id"]], "near", also=f"{len(near)} nearest")
    _list(artifacts, near[[*FACTS, "distance"]], f"near {row['track_id']}")


def _several(artifacts: Artifacts, rows: pd.DataFrame) -> None:
    st.header(f"{len(rows):,} chosen tracks")
    counts = [f"{genre} {n}" for genre, n in rows["genre"].value_counts().items()]
    st.markdown(components.plain(", ".join(counts)))
    _actions(artifacts, rows["track_id"].tolist(), "chosen")
    _list(artifacts, rows, f"of {len(rows)}")


def _list(artifacts: Artifacts, rows: pd.DataFrame, key: str) -> None:
    """Tracks, of which a marked one is played."""
    row = components.table(
        rows,
        f"map.list {key}",
        f"{len(rows)} tracks",
        **components.TRACK_COLUMNS,
        distance=components.number("Distance", "%.2f", "0: the same; 1: two tracks on average"),
    )
    if row is not None:
        _play(artifacts, rows["track_id"].iloc[row])


def _actions(artifacts: Artifacts, ids: list[str], name: str, also: str = "") -> None:
    """What can be done with tracks: a slice, or a further choice, and a playlist."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if also:
            label = f"Choose it and the {also}"
            st.button(label, key="map.near", on_click=choose, args=(ids,))
        else:
            _slice(ids)
        playlists.offer(artifacts, ids, name)


def _slice(ids: list[str]) -> None:
    """Make the tracks the part that other pages show."""
    try:
        text = str(slices.chosen(ids))
    except SliceError as error:
        st.caption(str(error))
        return
    if st.session_state.get(pickers.SLICE) == text:
        page_links.page_link("slices", "These tracks are the slice: see how models do on them")
        return
    st.button(
        "Make them the slice" if len(ids) > 1 else "Make it the slice",
        key="map.slice",
        icon=":material/filter_alt:",
        help="Pages about models then show these tracks alone.",
        on_click=pickers.put,
        args=(text,),
    )
