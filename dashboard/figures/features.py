"""Distributions of features, their relations, and how much models rely on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures.base import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Shape = Literal["violin", "box", "histogram"]
N_BINS = 20
N_SIGMAS = 1.0  # radius of an ellipse in standard deviations
DOT_SIZE = 6
MOST_IN_LEGEND = 6  # more hide what they explain, on a phone at least


def importance(
    tables: Mapping[str, pd.DataFrame], label: str, names: Mapping[str, str]
) -> go.Figure:
    """Importance of features with its spread; each feature has a row with a mark for each model.

    Parameters
    ----------
    tables
        By model: ``feature, value, std``, with the same features in the same order.
    """
    colors = theme.model_colors(tables, next(iter(tables)))
    markers = theme.model_markers(tables)
    features = next(iter(tables.values()))["feature"].tolist()
    traces = [
        go.Scatter(
            name=names[model],
            x=table["value"],
            y=table["feature"],
            mode="markers",
            orientation="h",
            marker={"size": 9, "symbol": markers[model], "color": colors[model]},
            error_x={"type": "data", "array": table["std"], "thickness": 1, "width": 0},
            hovertemplate="%{y}: %{x:.3g}<extra>" + names[model] + "</extra>",
        )
        for model, table in tables.items()
    ]
    return figure(
        traces,
        height=120 + len(features) * (16 + 9 * len(tables)),
        scattermode="group",
        xaxis={"title": label},
        yaxis={"categoryorder": "array", "categoryarray": features[::-1]},
    )


def distribution(
    genres: pd.DataFrame, shape: Shape, label: str, colors: Mapping[str, str]
) -> go.Figure:
    """Distribution of a feature over the tracks of each genre.

    Parameters
    ----------
    genres
        Index: genre; ``count`` of tracks and quantiles ``q0000 … q1000`` of
        `pipeline.benchmark.summary.distributions`.
    """
    quantiles = genres.filter(regex=r"^q\d+$")
    draw = {"violin": _violin, "box": _box, "histogram": _histogram}[shape]
    traces = [
        draw(genre, quantiles.loc[genre].to_numpy(), colors[genre]) for genre in quantiles.index
    ]
    if shape == "histogram":
        traces += _names({str(trace.name): _peak(trace) for trace in traces}, colors)
        axes = {"xaxis": {"title": label}, "yaxis": {"title": "density"}}
        return figure(traces, height=440, showlegend=len(quantiles) <= MOST_IN_LEGEND, **axes)
    return figure(traces, height=460, showlegend=False, yaxis={"title": label})


def _violin(genre: str, values: np.ndarray, color: str) -> go.Violin:
    # Evenly spaced quantiles have the same density as the tracks.
    return go.Violin(
        y=values,
        name=genre,
        line={"color": color},
        points=False,
        box={"visible": True},
        spanmode="hard",
    )


def _box(genre: str, values: np.ndarray, color: str) -> go.Box:
    n = len(values) - 1
    five = [values[round(n * share)] for share in (0.05, 0.25, 0.5, 0.75, 0.95)]
    names = ("lowerfence", "q1", "median", "q3", "upperfence")
    ends = {name: [value] for name, value in zip(names, five, strict=True)}
    return go.Box(name=genre, x=[genre], marker={"color": color}, **ends)


def _histogram(genre: str, values: np.ndarray, color: str) -> go.Scatter:
    """Density in bins of equal width, from the share of tracks below each edge."""
    edges = np.linspace(values[0], values[-1], N_BINS + 1)
    below = np.interp(edges, values, np.linspace(0, 1, len(values)))
    below[0] = 0  # so that tracks at the minimum count too
    width = max(edges[1] - edges[0], np.finfo(float).tiny)
    return go.Scatter(
        x=edges,
        y=np.append(np.diff(below) / width, 0),
        name=genre,
        mode="lines",
        line={"shape": "hv", "color": color},
        hovertemplate="%{x:.3g}<extra>" + genre + "</extra>",
    )


def pair(
    ellipses: Mapping[str, tuple[np.ndarray, np.ndarray]],
    dots: pd.DataFrame | None,
    labels: tuple[str, str],
    colors: Mapping[str, str],
) -> go.Figure:
    """Scatter plot of two features, with an ellipse around the mean of each genre.

    Parameters
    ----------
    ellipses
        By genre: means [shape=(2,)] and covariance [shape=(2, 2)].
    dots
        ``x, y, genre, label`` of each track; None where tracks may not be shown.
    """
    traces = [_ellipse(genre, *facts, colors[genre]) for genre, facts in ellipses.items()]
    if dots is not None:
        traces += [
            _dots(rows["x"], rows["y"], rows["label"], str(genre), colors[str(genre)])
            for genre, rows in dots.groupby("genre")
        ]
    traces += _names({genre: (mean[0], mean[1]) for genre, (mean, _) in ellipses.items()}, colors)
    axes = {"xaxis": {"title": labels[0]}, "yaxis": {"title": labels[1]}}
    return figure(traces, height=520, showlegend=len(ellipses) <= MOST_IN_LEGEND, **axes)


def _names(
    places: Mapping[str, tuple[float, float]], colors: Mapping[str, str]
) -> list[go.Scatter]:
    """Names of genres beside what they name, where they are too many for a legend."""
    if len(places) <= MOST_IN_LEGEND:
        return []
    x, y = zip(*places.values(), strict=True)
    names = list(places)
    style = {"mode": "markers+text", "textposition": "top center", "showlegend": False}
    marker = {"size": 7, "color": [colors[name] for name in names]}
    return [go.Scatter(x=x, y=y, text=names, marker=marker, hoverinfo="skip", **style)]


def _peak(trace: go.Scatter) -> tuple[float, float]:
    """Where a histogram is highest: the middle of that bin."""
    at = int(np.argmax(trace.y))
    return float(trace.x[at] + trace.x[min(at + 1, len(trace.x) - 1)]) / 2, float(trace.y[at])


def _ellipse(genre: str, mean: np.ndarray, covariance: np.ndarray, color: str) -> go.Scatter:
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, 60)
    circle = np.stack([np.cos(angle), np.sin(angle)])  # (2, n)
    x, y = mean[:, None] + N_SIGMAS * vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * circle)
    return go.Scatter(
        x=x,
        y=y,
        name=genre,
        legendgroup=genre,
        mode="lines",
        line={"color": color, "width": 3},
        hoverinfo="name",
    )


def _dots(x: pd.Series, y: pd.Series, text: pd.Series, name: str, color: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        text=text,
        name=name,
        legendgroup=name,
        showlegend=False,
        mode="markers",
        marker={"size": DOT_SIZE, "color": color, "opacity": 0.65},
        hovertemplate="%{text}<extra>" + name + "</extra>",
    )


def profile(values: pd.Series, label: str) -> go.Figure:
    """Deviation of a genre from the mean of all tracks, a bar for each feature."""
    ordered = values[::-1]
    bars = go.Bar(
        x=ordered,
        y=ordered.index,
        orientation="h",
        marker={"color": [theme.MODELS[1] if value > 0 else theme.MODELS[0] for value in ordered]},
        hovertemplate="%{y}: %{x:+.2f}<extra></extra>",
    )
    return figure([bars], height=90 + 24 * len(ordered), xaxis={"title": label})
