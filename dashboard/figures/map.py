"""Tracks in two dimensions, and recordings of a visitor among them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures.base import figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

Drag = Literal["tap", "select", "lasso"]
HEIGHT = 560
SIZE, STAR = 7, 17  # pixels
MOST_IN_LEGEND = 6  # more hide what they explain, on a phone at least
MOST_NAMES = 12  # on the map; more of them lie on each other
FAINT = 0.2  # of tracks that are not chosen


class Star(NamedTuple):
    """A recording on the map: its place ``x, y``, and those of the tracks that it is near.

    Attributes
    ----------
    near : np.ndarray [shape=(k, 2)]
    """

    name: str
    at: tuple[float, float]
    near: np.ndarray


def tracks(
    table: pd.DataFrame,
    groups: Sequence[str],
    colors: Mapping[str, str],
    chosen: Sequence[str] = (),
    drag: Drag = "tap",
    titles: tuple[str, str] = ("", ""),
    dark: bool = False,
) -> go.Figure:
    """Tracks on a map without scales: a unit is as long to the right as upwards.

    Parameters
    ----------
    table
        ``track_id, x, y, group, label``
    groups
        In the order of the legend. More than six have names on the map instead; more than twelve
        that are shown have neither.
    chosen
        Ids of tracks that stand out.
    drag
        What the pointer does; with ``tap``, the page scrolls as usual on a touchscreen.
    titles
        Of the axes.
    dark
        Whether the page is.
    """
    of = dict(tuple(table.groupby("group")))
    shown = [group for group in groups if group in of]
    legend = len(groups) <= MOST_IN_LEGEND
    markers = theme.genre_markers(groups)
    traces = [
        _group(of[name], name, {"color": colors[name], "symbol": markers[name]}, chosen, legend)
        for name in shown
    ]
    if not legend and len(shown) <= MOST_NAMES:
        # Below the dots where some are chosen, or it could hide one of these.
        at = 0 if len(chosen) else len(traces)
        traces.insert(at, _names({name: of[name] for name in shown}, dark))
    drawn = figure(traces, HEIGHT, hovermode="closest", dragmode=drag if drag != "tap" else False)
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    fixed = drag == "tap"
    drawn.update_xaxes(**bare, fixedrange=fixed, title=titles[0] or None)
    return drawn.update_yaxes(
        **bare, fixedrange=fixed, title=titles[1] or None, scaleanchor="x", scaleratio=1
    )


def _group(
    rows: pd.DataFrame, name: str, look: Mapping[str, str], chosen: Sequence[str], legend: bool
) -> go.Scatter:
    """Dots of a group; where some tracks are chosen, the others are faint."""
    at = np.flatnonzero(rows["track_id"].isin(list(chosen)))
    return go.Scatter(
        x=rows["x"],
        y=rows["y"],
        text=rows["label"],
        customdata=rows["track_id"],
        name=name,
        showlegend=legend,
        mode="markers",
        marker={"size": SIZE, "opacity": 0.75, **look},
        selectedpoints=at if len(chosen) else None,
        selected={"marker": {"opacity": 1, "size": SIZE + 4}},
        unselected={"marker": {"opacity": FAINT if len(chosen) else 0.75}},
        hovertemplate="%{text}<extra>" + name + "</extra>",
    )


def _names(of: Mapping[str, pd.DataFrame], dark: bool) -> go.Scatter:
    """Names of groups in the middle of their dots: where half of them are to either side."""
    ink, paper = ("white", "black") if dark else ("black", "white")
    halo = ", ".join(f"{x}px {y}px 1px {paper}" for x in (-1, 0, 1) for y in (-1, 0, 1))
    middle = [rows[["x", "y"]].median() for rows in of.values()]
    return go.Scatter(
        x=[at["x"] for at in middle],
        y=[at["y"] for at in middle],
        text=[f"<b>{name}</b>" for name in of],
        mode="text",
        textfont={"color": ink, "shadow": halo},  # legible on dots
        hoverinfo="skip",
        showlegend=False,
    )


def with_stars(drawn: go.Figure, stars: Sequence[Star]) -> go.Figure:
    """The same map with recordings among its tracks."""
    for star in stars:
        ends = np.full((3 * len(star.near), 2), np.nan)  # from the star to a track, and a gap
        ends[::3], ends[1::3] = star.at, star.near
        line = {"color": theme.CHOSEN, "width": 1.5}
        x, y = ends.T
        drawn.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    places = np.array([star.at for star in stars])  # (n, 2)
    outline = {"color": "white", "width": 1}
    return drawn.add_scatter(
        x=places[:, 0],
        y=places[:, 1],
        text=[f"<b>{html.escape(star.name)}</b>" for star in stars],
        mode="markers+text" if len(stars) <= MOST_IN_LEGEND else "markers",
        textposition="top center",
        marker={"size": STAR, "symbol": "star", "color": theme.CHOSEN, "line": outline},
        hovertemplate="%{text}, yours<extra></extra>",
        showlegend=False,
    )
