"""One recording, and what a model makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures.base import ROW, figure, percent_in, points_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def shares(values: pd.Series) -> go.Figure:
    """A share for each genre, such as its probability, as bars; the largest on top."""
    ordered = values.sort_values()
    colors = theme.genre_colors(values.index)
    bars = go.Bar(
        x=ordered,
        y=ordered.index,
        orientation="h",
        marker={"color": [colors[genre] for genre in ordered.index]},
        text=[units.percent(value) for value in ordered],
        textposition="outside",
        cliponaxis=False,
        hovertemplate=f"%{{y}}: {percent_in('x')}<extra></extra>",
    )
    return figure(
        [bars],
        height=40 + ROW * len(ordered),
        xaxis={"range": [0, 1.1], "showticklabels": False, "showgrid": False, "zeroline": False},
    )


def seen(window: np.ndarray, lost: np.ndarray, start: float, seconds: float) -> go.Figure:
    """The input of a network, and which parts of it speak for a genre and which against it.

    Parameters
    ----------
    window : np.ndarray [shape=(frames, columns)]
    lost : np.ndarray [shape=(bands, times)]
        See `pipeline.inference.explanation.occlusion`.
    """
    frames, columns = window.shape
    bands, times = lost.shape
    most = units.in_points(float(np.abs(lost).max())) or 1.0
    below = go.Heatmap(
        z=np.round(window.T, 2),
        x=start + (np.arange(frames) + 0.5) * seconds / frames,
        colorscale="Greys_r",
        showscale=False,
        hoverinfo="skip",
    )
    above = go.Heatmap(
        z=units.in_points(lost),
        x=start + np.arange(times + 1) * seconds / times,
        y=np.arange(bands + 1) * columns / bands - 0.5,
        zmin=-most,
        zmax=most,
        colorscale=theme.DIVERGING,
        opacity=0.55,
        colorbar={"tickformat": units.POINTS, "thickness": 10},
        hovertemplate=f"%{{x:.1f}} s: {points_in('z')}<extra></extra>",
    )
    return figure(
        [below, above],
        height=320,
        xaxis={"title": "seconds"},
        yaxis={"title": "low to high", "showticklabels": False},
    )


def contributions(values: pd.Series, labels: Sequence[str]) -> go.Figure:
    """Points that features add to a probability, the most on top; negative ones are red."""
    points = units.in_points(values)
    bars = go.Bar(
        x=points,
        y=list(values.index),
        orientation="h",
        marker={"color": [theme.MODELS[3] if v < 0 else theme.MODELS[0] for v in values]},
        text=[format(value, units.POINTS_EXACT) for value in points],
        textposition="outside",
        cliponaxis=False,
        customdata=labels,
        hovertemplate=f"%{{y}}: {points_in('x')}<br>%{{customdata}}<extra></extra>",
    )
    most = float(points.abs().max()) * 1.4 or 1.0
    return figure(
        [bars],
        height=40 + ROW * len(values),
        xaxis={"range": [-most, most], "tickformat": units.POINTS, "title": "points"},
        yaxis={"autorange": "reversed"},
    )
