"""Scores of models, their differences, and what they cost."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures.base import figure, log_axis, percent_in, points_in, whiskers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

STYLES = ("dot", "dash", "longdash", "dashdot", "longdashdot")
BELOW = {"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0}


def leaderboard(
    board: pd.DataFrame, lines: Mapping[str, float], colors: Mapping[str, str]
) -> go.Figure:
    """Accuracy of each model with its interval, as dot and whiskers, the best on top.

    Parameters
    ----------
    board
        `pipeline.evaluation.leaderboard.leaderboard`
    lines
        Accuracies to compare with, by what they are; the first, the baseline, is dotted.
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
        error_x=whiskers(board["accuracy"], board["low"], board["high"]),
        customdata=board[["low", "high", "n"]],
        hovertemplate=(
            f"%{{y}}: {percent_in('x')}<br>95% interval {percent_in('customdata[0]')} to"
            f" {percent_in('customdata[1]')}<br>n = %{{customdata[2]}}<extra></extra>"
        ),
    )
    drawn = figure(
        [dots],
        height=110 + 34 * len(order) + 18 * len(lines),
        xaxis={"tickformat": units.PERCENT, "range": [0, 1], "title": "accuracy"},
        yaxis={"categoryorder": "array", "categoryarray": order},
    )
    for (name, value), dash in zip(lines.items(), cycle(STYLES), strict=False):
        line = {"dash": dash, "width": 2, "color": theme.GREY}
        drawn.add_vline(
            value, line=line, name=f"{name} {units.exact_percent(value)}", showlegend=True
        )
    return drawn


def price(
    board: pd.DataFrame,
    cost: str,
    label: str,
    front: pd.Series,
    colors: Mapping[str, str],
    written: Callable[[float], str],
) -> go.Figure:
    """Accuracy against cost; a line joins the models that no other beats in both.

    These have numbers, from cheap to dear; their names would hide each other.

    Parameters
    ----------
    cost
        Column of `board` on the horizontal axis, logarithmic.
    front
        Whether each row is on the Pareto front.
    written
        A cost with its unit.
    """
    best = board[front].sort_values(cost)
    line = go.Scatter(
        x=best[cost],
        y=best["accuracy"],
        mode="lines",
        line={"dash": "dot", "color": theme.GREY},
        showlegend=False,
        hoverinfo="skip",
    )
    filled = _priced(best, cost, "no model is both better and cheaper", colors, written)
    numbers = [str(n) for n in range(1, len(best) + 1)]
    filled.update(mode="markers+text", text=numbers, textposition="top left", cliponaxis=False)
    others = _priced(board[~front], cost, "another is both better and cheaper", colors, written)
    others.update(marker={"symbol": "circle-open"})
    return figure(
        [line, others, filled],
        height=460,
        xaxis={"title": label, **log_axis(board[cost], written)},
        yaxis={
            "tickformat": units.PERCENT,
            "title": "accuracy",
            # Around a single model, Plotly would show half as much again on either side.
            "autorangeoptions": {"clipmin": 0, "clipmax": 1},
        },
    )


def _priced(
    board: pd.DataFrame,
    cost: str,
    name: str,
    colors: Mapping[str, str],
    written: Callable[[float], str],
) -> go.Scatter:
    return go.Scatter(
        x=board[cost],
        y=board["accuracy"],
        name=name,
        mode="markers",
        marker={"size": 13, "color": [colors[model] for model in board["model"]]},
        customdata=list(zip(board["title"], map(written, board[cost]), strict=True)),
        hovertemplate=f"%{{customdata[1]}}: {percent_in('y')}<extra>%{{customdata[0]}}</extra>",
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
    colors = theme.model_colors(scores, next(iter(scores)))
    markers = theme.model_markers(scores)
    genres = next(iter(scores.values())).index.tolist()
    traces = [
        go.Scatter(
            name=names[model],
            x=values,
            y=genres,
            mode="markers",
            orientation="h",
            marker={"size": 11, "symbol": markers[model], "color": colors[model], "opacity": 0.9},
            hovertemplate=f"%{{y}}: {percent_in('x')}<extra>{names[model]}</extra>",
        )
        for model, values in scores.items()
    ]
    return figure(
        traces,
        height=130 + 34 * len(genres),
        xaxis={"tickformat": units.PERCENT, "range": [-0.02, 1.02], "title": label},
        yaxis={"categoryorder": "array", "categoryarray": genres[::-1]},
    )


def differences(pairs: pd.DataFrame, names: Mapping[str, str]) -> go.Figure:
    """Difference in accuracy of each two models in points, with its simultaneous interval.

    Differences that are not significant are grey.

    Parameters
    ----------
    pairs
        `pipeline.evaluation.comparison.compare`
    """
    labels = [
        f"{names[a]} −<br>{names[b]}"
        for a, b in zip(pairs["model_a"], pairs["model_b"], strict=True)
    ]
    points = units.in_points(pairs[["difference", "low", "high"]])
    bars = go.Bar(
        x=points["difference"],
        y=labels,
        orientation="h",
        marker={"color": [theme.MODELS[0] if s else theme.GREY for s in pairs["significant"]]},
        error_x=whiskers(points["difference"], points["low"], points["high"]),
        customdata=points[["low", "high"]].assign(p=pairs["p_adjusted"]),
        hovertemplate=(
            f"{points_in('x')}<br>95% interval {points_in('customdata[0]')} to"
            f" {points_in('customdata[1]')}"
            f"<br>p = %{{customdata[2]:{units.P_VALUE}}}<extra></extra>"
        ),
    )
    return figure(
        [bars],
        height=90 + 46 * len(labels),
        xaxis={"tickformat": units.POINTS, "title": "difference in accuracy, points"},
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1]},
    )


def gains(steps: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> go.Figure:
    """Points that models gain by each leak, with their intervals; a line marks no gain.

    Parameters
    ----------
    steps
        By what is compared: `pipeline.evaluation.leak.Gains.models`.
    names
        Title of each model.
    """
    colors, markers = theme.series_colors(steps), theme.model_markers(steps)
    models = list(dict.fromkeys(model for table in steps.values() for model in table.index))
    traces = [
        _gain(step, table, names, colors[step], markers[step]) for step, table in steps.items()
    ]
    order = {"categoryorder": "array", "categoryarray": [names[model] for model in models]}
    drawn = figure(
        traces,
        height=130 + (20 + 20 * len(traces)) * len(models),
        scattermode="group",  # steps of one model lie below each other
        showlegend=True,  # also of a single step
        xaxis={"tickformat": units.POINTS, "title": "gain in accuracy, points"},
        yaxis=order | {"autorange": "reversed"},
    )
    return drawn.add_vline(0, line={"dash": "dot", "width": 2, "color": theme.GREY})


def _gain(
    step: str, table: pd.DataFrame, names: Mapping[str, str], color: str, symbol: str
) -> go.Scatter:
    points = units.in_points(table)
    return go.Scatter(
        name=step,
        x=points["gain"],
        y=[names[model] for model in table.index],
        orientation="h",
        mode="markers",
        marker={"size": 11, "color": color, "symbol": symbol},
        error_x=whiskers(points["gain"], points["low"], points["high"]),
        customdata=points[["low", "high"]],
        hovertemplate=(
            f"%{{y}}: {points_in('x')}<br>95% interval {points_in('customdata[0]')} to"
            f" {points_in('customdata[1]')}<extra>{step}</extra>"
        ),
    )


def stacked(table: pd.DataFrame, parts: Mapping[str, str]) -> go.Figure:
    """Shares of each label as bars that add up to 1, the first label on top.

    Parameters
    ----------
    table
        ``label, n`` and a column for each part.
    parts
        What each part is in words.
    """
    label = [f"{name} ({n})" for name, n in zip(table["label"], table["n"], strict=True)]
    bars = [
        go.Bar(
            x=table[part],
            y=label,
            orientation="h",
            name=words,
            marker_color=color,
            hovertemplate=f"%{{y}}, {words.lower()}: {percent_in('x')}<extra></extra>",
        )
        for (part, words), color in zip(parts.items(), cycle(theme.MODELS), strict=False)
    ]
    return figure(
        bars,
        height=140 + 24 * len(table),
        barmode="stack",
        xaxis={"tickformat": units.PERCENT, "range": [0, 1], "title": "share of the tracks"},
        yaxis={"autorange": "reversed"},
        legend=BELOW,
    )
