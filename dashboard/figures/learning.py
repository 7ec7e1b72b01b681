"""Accuracy by the number of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures.base import figure, percent_in, whiskers

if TYPE_CHECKING:
    from pipeline.evaluation.intervals import Interval

HEIGHT = 380


def curve(sizes: pd.DataFrame, then: Interval, times: float) -> go.Figure:
    """Accuracy with fewer labels and with all, and what is expected of so many times the labels.

    Parameters
    ----------
    sizes
        `pipeline.evaluation.learning_curve.curve`
    """
    now = sizes.iloc[-1]
    later = pd.DataFrame([{"labelled": now["labelled"] * times, **then._asdict()}])
    found = _points(sizes, "accuracy", "measured", theme.MODELS[0])
    hoped = _points(later, "value", "expected", theme.MODELS[1], symbol="diamond-open")
    way = go.Scatter(
        x=[now["labelled"], later["labelled"][0]],
        y=[now["accuracy"], then.value],
        mode="lines",
        line={"dash": "dot", "color": theme.GREY},
        hoverinfo="skip",
        showlegend=False,
    )
    x = {"type": "log", "title": "labels a genre, on average", "tickformat": ".0f", "dtick": "D2"}
    y = {"tickformat": units.PERCENT, "title": "accuracy"}
    return figure([found, way, hoped], height=HEIGHT, xaxis=x, yaxis=y)


def _points(
    table: pd.DataFrame, column: str, name: str, color: str, **marker: object
) -> go.Scatter:
    return go.Scatter(
        x=table["labelled"],
        y=table[column],
        name=name,
        mode="lines+markers",
        line={"color": color},
        marker={"size": 11, **marker},
        error_y=whiskers(table[column], table["low"], table["high"]),
        hovertemplate=f"%{{x:.0f}} labels a genre: {percent_in('y')}<extra>{name}</extra>",
    )
