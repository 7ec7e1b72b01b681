"""Tracks in two dimensions, and whether the sound alone forms genres."""

from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import streamlit as st

from dashboard import choices, components, state, theme, units
from dashboard.figures import map as drawings
from dashboard.live import placed
from dashboard.units import percent
from dashboard.views import View
from dashboard.views.sections import map_choice, map_own
from pipeline.evaluation.confusion import cluster_agreement

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from dashboard.live.placed import Placed
    from pipeline.artifacts.reader import Artifacts

LAYOUTS = {"tsne": "t-SNE", "pca": "Principal components"}
COLORS = {"genre": "Genre", "right": "Right or wrong", "cluster": "Cluster"}
SHOW = "map.show"  # in the address


class Pointer(NamedTuple):
    """How tracks are chosen: what it is called, what to do, and what Streamlit calls it."""

    title: str
    hint: str
    mode: Literal["points", "box", "lasso"]


POINTERS: dict[drawings.Drag, Pointer] = {
    "tap": Pointer("Click", "Click a track to hear it and to see what is near it.", "points"),
    "select": Pointer("Box", "Draw a box around tracks to choose them.", "box"),
    "lasso": Pointer("Lasso", "Draw a line around tracks to choose them.", "lasso"),
}


def render(artifacts: Artifacts, protocol: str) -> None:
    """Draw the page."""
    components.header("Map", "Do tracks that sound alike belong to the same genre?")
    features = components.set_picker(artifacts, "map", "map.features")
    if features is None:
        return
    map_own.lead_elsewhere(artifacts, features)
    with st.container(horizontal=True):
        layout = components.segments("Layout", LAYOUTS, "map.layout")
        color = components.segments("Colour", COLORS, "map.colour")
        titles = {str(name): pointer.title for name, pointer in POINTERS.items()}
        drag = cast("drawings.Drag", components.segments("Choose by", titles, "map.pointer"))
    tracks = _tracks(artifacts, features, layout)
    tracks["group"], names, colors = _groups(artifacts, protocol, tracks, color)
    chosen = map_choice.chosen(tracks)
    own = placed.placed(artifacts, features, tracks)
    shown = tracks[tracks["group"].isin(_shown(names, colors, f"{SHOW}.{color}"))]
    map_choice.announce(artifacts, tracks, chosen, POINTERS[drag].hint)
    axes = _axes(tracks, layout)
    figure = drawings.tracks(shown, names, colors, chosen, drag, axes, components.is_dark())
    _chart(figure, shown, own, drag, f"map-{features}-{layout}-{color}")
    st.caption(_explanation(artifacts, tracks, layout))
    map_choice.show(artifacts, features, tracks, chosen)
    map_own.describe(own)
    _clusters(tracks)


def _chart(
    figure: go.Figure, shown: pd.DataFrame, own: list[Placed], drag: drawings.Drag, name: str
) -> None:
    """The map, on which tracks are chosen."""
    key = f"map.chart {map_choice.chart_number()}"
    components.chart(
        drawings.with_stars(figure, map_own.stars(own)) if own else figure,
        _alt(shown, name.rpartition("-")[2], own),
        name,
        shown[["track_id", "x", "y", "genre", "group"]],
        key=key,
        on_select=partial(map_choice.take_click, key),
        selection_mode=POINTERS[drag].mode,
    )


def _tracks(artifacts: Artifacts, features: str, layout: str) -> pd.DataFrame:
    """Facts of the tracks on the map, with their ``x, y``, ``cluster`` and ``label``."""
    table: Any = artifacts.summary(features, "map")
    tracks = table.merge(artifacts.tracks[["track_id", "genre", "artist", "title"]], on="track_id")
    label = tracks["artist"] + ": " + tracks["title"] + " (" + tracks["track_id"] + ")"
    return tracks.assign(
        x=tracks[f"{layout}_1"], y=tracks[f"{layout}_2"], label=label.map(html.escape)
    )


def _axes(tracks: pd.DataFrame, layout: str) -> tuple[str, str]:
    """What the axes are: of t-SNE they are nothing."""
    if layout != "pca":
        return "", ""
    shares = (percent(tracks[f"pca_{n}_share"].iloc[0]) for n in (1, 2))
    first, second = shares
    return f"First component ({first} of the variance)", f"Second component ({second})"


def _shown(names: list[str], colors: dict[str, str], key: str) -> list[str]:
    """Groups that are shown: all, or those that are clicked; the legend, kept in the address."""
    unknown = choices.asked(names, key)
    asked = [name for name in st.query_params.get_all(key) if name in names]
    st.session_state.setdefault(key, asked)
    chosen = st.pills(
        "Show only",
        names,
        selection_mode="multi",
        format_func=lambda name: (
            f':color[●]{{foreground="{colors[name]}"}} {components.plain(name)}'
        ),
        key=key,
        on_change=choices.forget,
        args=(key,),
    )
    st.query_params[key] = chosen
    if unknown:
        st.warning(f"Show only: there is no {components.plain(units.listed(unknown))} here.")
    return chosen or names


def _nearest(each: Placed) -> str:
    near = each.place.near.iloc[0]
    return f"{near['artist']}: {near['title']} ({near['genre']})"


def _alt(shown: pd.DataFrame, color: str, own: list[Placed]) -> str:
    """What the map shows, for those who do not see it."""
    counts = ", ".join(f"{name} {n}" for name, n in shown["group"].value_counts().items())
    yours = "".join(f" Your recording {each.name} lies near {_nearest(each)}." for each in own)
    return f"{len(shown)} tracks in two dimensions, by {color}: {counts}.{yours}"


def _groups(
    artifacts: Artifacts, protocol: str, tracks: pd.DataFrame, color: str
) -> tuple[pd.Series, list[str], dict[str, str]]:
    """Group of each track, the groups' order and their colours."""
    if color == "genre":
        return tracks["genre"], artifacts.classes, theme.genre_colors(artifacts.classes)
    if color == "cluster":
        group = "cluster " + (tracks["cluster"] + 1).astype(str).str.zfill(2)
        names = sorted(group.unique())
        return group, names, theme.genre_colors(names)
    model = components.model_picker(artifacts, state.contenders(artifacts, protocol), "map.model")
    predictions = state.labelled_predictions(artifacts, model, protocol)
    right = tracks["track_id"].map(predictions.groupby("track_id")["right"].mean())
    group = right.ge(0.5).map({True: "right", False: "wrong"}).where(right.notna(), "not tested")
    names = ["wrong", "right", "not tested"]
    return group, names, dict(zip(names, (theme.MODELS[1], theme.MODELS[0], "gray"), strict=True))


def _explanation(artifacts: Artifacts, tracks: pd.DataFrame, layout: str) -> str:
    n = f"{len(tracks):,} of {len(artifacts.tracks):,} tracks. All features have the same weight."
    if layout == "pca":
        shares = tracks["pca_1_share"].iloc[0] + tracks["pca_2_share"].iloc[0]
        return f"{n} The first two components explain {percent(shares)} of the variance."
    return (
        f"{n} t-SNE (van der Maaten & Hinton 2008) keeps neighbours together; the sizes of clusters"
        " and the distances between them mean nothing."
    )


def _clusters(tracks: pd.DataFrame) -> None:
    """How far clusters that were found without labels agree with the genres."""
    st.header("Does the sound alone form genres?")
    ari, nmi = cluster_agreement(tracks["cluster"], tracks["genre"])
    verdict = "hardly" if ari < 0.2 else "partly" if ari < 0.6 else "largely"
    st.markdown(
        "Clusters that were found without labels (k-means, as many as there are genres)"
        f" **{verdict} agree** with the genres: adjusted Rand index {ari:.2f} (1: identical, 0:"
        f" chance), normalised mutual information {nmi:.2f}."
    )
    counts = tracks.groupby(["cluster", "genre"]).size().unstack(fill_value=0)
    share = counts.max(axis=1) / counts.sum(axis=1)
    table = counts.assign(most=counts.idxmax(axis=1), share=share, tracks=counts.sum(axis=1))
    table.index = "cluster " + (table.index + 1).astype(str).str.zfill(2)
    components.table(
        table[["tracks", "most", "share", *counts.columns]].rename_axis("cluster").reset_index(),
        alt="Genres in each cluster",
        cluster=st.column_config.TextColumn("Cluster", pinned=True),
        tracks="Tracks",
        most="Most frequent genre",
        share=components.share(
            "Share", "Of the cluster's tracks, the share of its most frequent genre."
        ),
    )


VIEW = View(
    name="map",
    title="Map",
    icon=":material/bubble_chart:",
    order=10,
    render=render,
    compares=True,
    narrows=False,
    section="Music",
)
