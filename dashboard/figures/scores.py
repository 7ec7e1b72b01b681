"""How good models are, and at what price."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures._base import PERCENT, figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

STYLES = ("dot", "dash", "longdash", "dashdot", "longdashdot")
BELOW = {"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0}  # many models


def leaderboard(
    board: pd.DataFrame, lines: Mapping[str, float], colors: Mapping[str, str]
) -> go.Figure:
    """Accuracy of each model with its interval, as dot and whisker, the best on top.

    Parameters
    ----------
    board
        `pipeline.evaluate.leaderboard`
    lines
        Accuracies to compare with, by what they are; the first, the floor, is dotted.
    colors
        Of each model.
    """
    order = board["title"].tolist()[::-1]
    dots = go.Scatter(
        x=board["accuracy"],
        y=board["title"],
        mode="markers",
        showlegend=False,
        marker={"size": 12, "color": [colors[name] for name in board["model"]]},
        error_x=_whiskers(board["accuracy"], board["low"], board["high"]),
        customdata=board[["low", "high", "n"]],
        hovertemplate=(
            "%{y}: %{x:.1%}<br>95 % interval %{customdata[0]:.1%} to %{customdata[1]:.1%}"
            "<br>of %{customdata[2]}<extra></extra>"
        ),
    )
    drawn = figure(
        [dots],
        height=110 + 34 * len(order) + 18 * len(lines),
        xaxis={"tickformat": PERCENT, "range": [0, 1], "title": "answered right"},
        yaxis={"categoryorder": "array", "categoryarray": order},
    )
    styles = zip(cycle(STYLES), cycle(theme.MODELS), strict=False)
    for (name, value), (dash, color) in zip(lines.items(), styles, strict=False):
        line = {"dash": dash, "width": 2, "color": color}
        drawn.add_vline(value, line=line, name=f"{name} {value:.1%}", showlegend=True)
    return drawn


def _whiskers(value: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, object]:
    bars = {"array": high - value, "arrayminus": value - low}
    return {"type": "data", "thickness": 1.5, "width": 4, "color": theme.GREY} | bars


def price(
    board: pd.DataFrame, cost: str, label: str, front: pd.Series, colors: Mapping[str, str]
) -> go.Figure:
    """Accuracy against what it costs; a line joins the models that none beats in both.

    Parameters
    ----------
    cost
        Column of `board` on the horizontal axis, logarithmic.
    front
        Whether each row is on the Pareto front.
    """
    best, markers = board[front].sort_values(cost), theme.model_markers(colors)
    dots = [
        go.Scatter(
            x=[row[cost]],
            y=[row["accuracy"]],
            name=row["title"],
            mode="markers",
            marker={
                "size": 13,
                "color": colors[row["model"]],
                "symbol": markers[row["model"]] + ("" if on_front else "-open"),
            },
            hovertemplate="%{x:.3g}: %{y:.1%}<extra>" + row["title"] + "</extra>",
        )
        for (_, row), on_front in zip(board.iterrows(), front, strict=True)
    ]
    line = go.Scatter(
        x=best[cost],
        y=best["accuracy"],
        mode="lines",
        line={"dash": "dot", "color": theme.GREY},
        name="none is better and cheaper",
        hoverinfo="skip",
    )
    return figure(
        [line, *dots],
        height=420 + 14 * len(dots),
        legend=BELOW,
        xaxis={"type": "log", "title": label},
        yaxis={"tickformat": PERCENT, "title": "answered right"},
    )


def per_genre(scores: Mapping[str, pd.Series], label: str, names: Mapping[str, str]) -> go.Figure:
    """One score of each genre, a mark for each model.

    Parameters
    ----------
    scores
        By model: the score, indexed by genre.
    names
        Title of each model.
    """
    colors, markers = theme.model_colors(names), theme.model_markers(names)
    genres = next(iter(scores.values())).index.tolist()
    traces = [
        go.Scatter(
            name=names[model],
            x=values,
            y=genres,
            mode="markers",
            orientation="h",
            marker={"size": 11, "symbol": markers[model], "color": colors[model], "opacity": 0.9},
            hovertemplate="%{y}: %{x:.0%}<extra>" + names[model] + "</extra>",
        )
        for model, values in scores.items()
    ]
    return figure(
        traces,
        height=130 + 34 * len(genres),
        xaxis={"tickformat": PERCENT, "range": [-0.02, 1.02], "title": label},
        yaxis={"categoryorder": "array", "categoryarray": genres[::-1]},
    )


def differences(pairs: pd.DataFrame, names: Mapping[str, str]) -> go.Figure:
    """Difference in accuracy of each two models with its interval; grey: not significant.

    Parameters
    ----------
    pairs
        `pipeline.evaluate.compare`
    """
    labels = [
        f"{names[a]} −<br>{names[b]}"
        for a, b in zip(pairs["model_a"], pairs["model_b"], strict=True)
    ]
    bars = go.Bar(
        x=pairs["difference"],
        y=labels,
        orientation="h",
        marker={"color": [theme.MODELS[0] if s else theme.GREY for s in pairs["significant"]]},
        error_x=_whiskers(pairs["difference"], pairs["low"], pairs["high"]),
        customdata=pairs[["low", "high", "p_holm"]],
        hovertemplate=(
            "%{x:+.1%}<br>95 % interval %{customdata[0]:+.1%} to %{customdata[1]:+.1%}"
            "<br>p = %{customdata[2]:.2g}<extra></extra>"
        ),
    )
    return figure(
        [bars],
        height=90 + 46 * len(labels),
        xaxis={"tickformat": "+.0%", "title": "accuracy ahead"},
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1]},
    )


def slopes(lines: pd.DataFrame, names: Mapping[str, str]) -> go.Figure:
    """Accuracy of models from the most lenient protocol to the strictest.

    Parameters
    ----------
    lines : pd.DataFrame [shape=(n_protocols, n_models)]
        Index: title of the protocol.
    """
    colors, markers = theme.model_colors(names), theme.model_markers(names)
    traces = [
        go.Scatter(
            name=names[model],
            x=lines.index,
            y=lines[model],
            mode="lines+markers",
            connectgaps=True,
            line={"color": colors[model], "width": 2},
            marker={"size": 10, "symbol": markers[model], "color": colors[model]},
            hovertemplate="%{x}: %{y:.1%}<extra>" + names[model] + "</extra>",
        )
        for model in map(str, lines)
    ]
    return figure(
        traces,
        height=520,
        legend=BELOW,
        xaxis={"type": "category", "tickangle": 0, **wrapped(lines.index, 10)},
        yaxis={"tickformat": PERCENT, "range": [0, 1], "title": "answered right"},
    )


def reliability(curves: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> go.Figure:
    """How often answers of a confidence are right; on the diagonal they are as sure as right.

    Parameters
    ----------
    curves
        By model: `pipeline.evaluate.reliability`.
    """
    colors, markers = theme.model_colors(names), theme.model_markers(names)
    filled = {model: curve[curve["count"] > 0] for model, curve in curves.items()}
    traces = [
        go.Scatter(
            name=names[model],
            x=curve["confidence"],
            y=curve["accuracy"],
            mode="lines+markers",
            marker={"size": 9, "symbol": markers[model], "color": colors[model]},
            error_y={"thickness": 1, "width": 2}
            | _whiskers(curve["accuracy"], curve["accuracy_low"], curve["accuracy_high"]),
            customdata=curve[["count"]],
            hovertemplate="%{x:.0%} sure, %{y:.0%} right of %{customdata[0]}<extra></extra>",
        )
        for model, curve in filled.items()
    ]
    ideal = go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="as sure as right",
        line={"dash": "dot", "color": theme.GREY},
        hoverinfo="skip",
    )
    return figure(
        [ideal, *traces],
        height=480,
        xaxis={"tickformat": PERCENT, "range": [0, 1.02], "title": "confidence"},
        yaxis={"tickformat": PERCENT, "range": [0, 1.02], "title": "of these, right"},
    )


def coverage(
    curves: Mapping[str, pd.DataFrame], threshold: float, names: Mapping[str, str]
) -> go.Figure:
    """Accuracy on the answers that are surest, by how many those are; a mark at a threshold.

    Parameters
    ----------
    curves
        By model: `pipeline.evaluate.coverage`.
    """
    colors, markers = theme.model_colors(names), theme.model_markers(names)
    traces = []
    for model, curve in curves.items():
        line = {"color": colors[model], "width": 2}
        traces.append(
            go.Scatter(
                name=names[model],
                x=curve["coverage"],
                y=curve["accuracy"],
                mode="lines",
                line=line,
                customdata=curve[["threshold"]],
                hovertemplate=(
                    "%{x:.0%} answered, %{y:.0%} right, at least %{customdata[0]:.0%} sure"
                    "<extra></extra>"
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
        xaxis={"tickformat": PERCENT, "range": [0, 1.02], "title": "of all tracks, answered"},
        yaxis={"tickformat": PERCENT, "range": [0, 1.02], "title": "of these, right"},
    )
