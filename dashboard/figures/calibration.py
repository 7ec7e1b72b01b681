"""Confidence of models against their accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures.base import figure, percent_in, whiskers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def reliability(curves: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> go.Figure:
    """Accuracy of predictions by their confidence; on the diagonal the two are equal.

    Parameters
    ----------
    curves
        By model: `pipeline.evaluation.calibration.reliability`.
    """
    colors = theme.model_colors(curves, next(iter(curves)))
    markers, dashes = theme.model_markers(curves), theme.model_dashes(curves)
    filled = {model: curve[curve["count"] > 0] for model, curve in curves.items()}
    traces = [
        go.Scatter(
            name=names[model],
            x=curve["confidence"],
            y=curve["accuracy"],
            mode="lines+markers",
            line={"dash": dashes[model], "color": colors[model]},
            marker={"size": 9, "symbol": markers[model], "color": colors[model]},
            error_y={"thickness": 1, "width": 2}
            | whiskers(curve["accuracy"], curve["accuracy_low"], curve["accuracy_high"]),
            customdata=curve[["count"]],
            hovertemplate=(
                f"confidence {percent_in('x')}, accuracy {percent_in('y')},"
                " n = %{customdata[0]}<extra></extra>"
            ),
        )
        for model, curve in filled.items()
    ]
    ideal = go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="perfectly calibrated",
        line={"dash": "dot", "color": theme.GREY},
        hoverinfo="skip",
    )
    return figure(
        [ideal, *traces],
        height=480,
        xaxis={"tickformat": units.PERCENT, "range": [0, 1.02], "title": "confidence"},
        yaxis={"tickformat": units.PERCENT, "range": [0, 1.02], "title": "accuracy"},
    )


def coverage(
    curves: Mapping[str, pd.DataFrame], threshold: float, names: Mapping[str, str]
) -> go.Figure:
    """Accuracy on the most confident predictions by their share; a mark at a threshold.

    Parameters
    ----------
    curves
        By model: `pipeline.evaluation.calibration.coverage`.
    """
    colors = theme.model_colors(curves, next(iter(curves)))
    markers, dashes = theme.model_markers(curves), theme.model_dashes(curves)
    traces = []
    for model, curve in curves.items():
        line = {"color": colors[model], "width": 2, "dash": dashes[model]}
        traces.append(
            go.Scatter(
                name=names[model],
                x=curve["coverage"],
                y=curve["accuracy"],
                mode="lines",
                line=line,
                customdata=curve[["threshold"]],
                hovertemplate=(
                    f"coverage {percent_in('x')}, accuracy {percent_in('y')}, confidence"
                    f" at least {percent_in('customdata[0]')}<extra></extra>"
                ),
            )
        )
        at = curve[curve["threshold"] >= threshold].tail(1)
        mark = {"size": 13, "symbol": markers[model], "color": colors[model]}
        traces.append(
            go.Scatter(
                x=at["coverage"],
                y=at["accuracy"],
                mode="markers",
                marker=mark,
                showlegend=False,
                hoverinfo="skip",
            )
        )
    return figure(
        traces,
        height=460,
        xaxis={
            "tickformat": units.PERCENT,
            "range": [0, 1.02],
            "title": "coverage (share of tracks)",
        },
        yaxis={"tickformat": units.PERCENT, "range": [0, 1.02], "title": "accuracy on these"},
    )
