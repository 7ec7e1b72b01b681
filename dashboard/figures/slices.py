"""Accuracy of a model on slices of the tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures.base import figure, percent_in, points_in, whiskers, wrapped

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 24  # characters in a line of a slice's name
ROW = 46


def accuracy(bins: pd.DataFrame, overall: float) -> go.Figure:
    """Accuracy in each bin with its interval, and a line where that of all tracks is.

    Parameters
    ----------
    bins
        `pipeline.evaluation.slice_scores.by_bin`
    """
    dots = go.Scatter(
        x=bins["accuracy"],
        y=bins["words"],
        mode="markers",
        showlegend=False,
        marker={"size": 12, "color": theme.MODELS[0]},
        error_x=whiskers(bins["accuracy"], bins["low"], bins["high"]),
        customdata=bins[["n", "artists"]],
        hovertemplate=(
            f"%{{y}}: {percent_in('x')}<br>n = %{{customdata[0]}}, %{{customdata[1]}} artists"
            "<extra></extra>"
        ),
    )
    axis = {"tickformat": units.PERCENT, "range": [-0.02, 1.02], "title": "accuracy"}
    drawn = figure([dots], height=120 + ROW * len(bins), xaxis=axis, yaxis=_rows(bins))
    line = {"dash": "dot", "width": 2, "color": theme.GREY}
    name = f"all of them {units.exact_percent(overall)}"
    return drawn.add_vline(overall, line=line, name=name, showlegend=True)


def within(bins: pd.DataFrame) -> go.Figure:
    """Points by which each bin differs from what its genres let expect, with intervals."""
    points = units.in_points(bins[["within", "within_low", "within_high"]])
    bars = go.Bar(
        x=points["within"],
        y=bins["words"],
        orientation="h",
        marker={"color": theme.MODELS[0]},
        error_x=whiskers(*(points[name] for name in points)),
        hovertemplate=f"%{{y}}: {points_in('x')}<extra></extra>",
    )
    axis = {"tickformat": units.POINTS, "title": "points within genres", "zeroline": True}
    return figure([bars], height=90 + ROW * len(bins), xaxis=axis, yaxis=_rows(bins))


def _rows(bins: pd.DataFrame) -> dict[str, object]:
    """The first bin on top."""
    order = bins["words"].tolist()[::-1]
    return {"categoryorder": "array", "categoryarray": order, **wrapped(order, WIDTH)}
