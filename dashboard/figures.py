"""Tables in, Plotly figures out: nothing is computed that is not drawing, nothing knows Streamlit.

Backgrounds and text take the page's light or dark theme from Streamlit's own Plotly template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

ROW = 30  # pixels that a row of a chart needs to be read
PERCENT = ".0%"
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def _figure(traces: Sequence[go.Figure], height: int, **layout: object) -> go.Figure:
    defaults = {
        "height": height,
        "margin": MARGIN,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None},
        "dragmode": False,
    }
    figure = go.Figure(traces, defaults | layout)
    return figure.update_yaxes(automargin=True).update_xaxes(automargin=True)


def leaderboard(boards: Mapping[str, pd.DataFrame], floors: Mapping[str, float]) -> go.Figure:
    """Accuracy of each model with its interval, as dot and whisker, under one or more protocols.

    Parameters
    ----------
    boards
        `pipeline.evaluate.leaderboard` by the title of the protocol; the first decides the order.
    floors
        By the title of the protocol: accuracy of always answering the commonest genre, a line.
    """
    order = next(iter(boards.values()))["title"].tolist()[::-1]
    traces = [
        go.Scatter(
            name=protocol,
            x=board["accuracy"],
            y=board["title"],
            mode="markers",
            orientation="h",
            marker={"size": 12, "symbol": symbol, "color": color},
            error_x={
                "type": "data",
                "array": board["high"] - board["accuracy"],
                "arrayminus": board["accuracy"] - board["low"],
                "thickness": 1.5,
                "width": 4,
            },
            customdata=board[["low", "high", "n"]],
            hovertemplate=(
                "%{y}: %{x:.1%}<br>95 % interval %{customdata[0]:.1%} to %{customdata[1]:.1%}"
                "<br>%{customdata[2]} tracks<extra>" + protocol + "</extra>"
            ),
        )
        for (protocol, board), symbol, color in zip(
            boards.items(), theme.MARKERS, theme.MODELS, strict=False
        )
    ]
    figure = _figure(
        traces,
        height=90 + 44 * len(order),
        scattermode="group",
        xaxis={"tickformat": PERCENT, "range": [0, 1], "title": "tracks answered right"},
        yaxis={"categoryorder": "array", "categoryarray": order},
    )
    for floor, color in zip(floors.values(), theme.MODELS, strict=False):
        figure.add_vline(
            floor,
            line={"dash": "dot", "width": 2, "color": color},
            name="always the commonest genre",
            showlegend=True,
        )
    return figure


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
    return _figure(
        traces,
        height=130 + 34 * len(genres),
        xaxis={"tickformat": PERCENT, "range": [-0.02, 1.02], "title": label},
        yaxis={"categoryorder": "array", "categoryarray": genres[::-1]},
    )


def confusion(matrix: pd.DataFrame, shares: bool) -> go.Figure:
    """Confusion matrix as a heatmap; rows are the truth.

    Parameters
    ----------
    shares
        Whether the cells are shares in [0, 1] rather than counts.
    """
    form = ".0%" if shares else "d"
    text = matrix.map(lambda value: format(value, form) if value else "")
    heatmap = go.Heatmap(
        z=matrix,
        x=matrix.columns,
        y=matrix.index,
        text=text,
        texttemplate="%{text}",
        colorscale=theme.SEQUENTIAL,
        zmin=0,
        zmax=1 if shares else None,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{y} called %{x}: %{z:" + form + "}<extra></extra>",
    )
    return _figure(
        [heatmap],
        height=120 + 42 * len(matrix),
        xaxis={"title": "called", "side": "top", "tickangle": -45},
        yaxis={"title": "truly", "autorange": "reversed"},
    )


def importance(
    tables: Mapping[str, pd.DataFrame], label: str, names: Mapping[str, str]
) -> go.Figure:
    """Importance of features with its spread, a group of marks for each feature.

    Parameters
    ----------
    tables
        By model: ``feature, value, std``, with the same features in the same order.
    """
    colors, markers = theme.model_colors(names), theme.model_markers(names)
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
            hovertemplate="%{y}: %{x:.3f}<extra>" + names[model] + "</extra>",
        )
        for model, table in tables.items()
    ]
    return _figure(
        traces,
        height=120 + len(features) * (16 + 9 * len(tables)),
        scattermode="group",
        xaxis={"title": label},
        yaxis={"categoryorder": "array", "categoryarray": features[::-1]},
    )


def probabilities(values: pd.Series) -> go.Figure:
    """Probability of each genre as a bar, the likeliest on top."""
    ordered = values.sort_values()
    colors = theme.genre_colors(values.index)
    bars = go.Bar(
        x=ordered,
        y=ordered.index,
        orientation="h",
        marker={"color": [colors[genre] for genre in ordered.index]},
        text=[f"{value:.0%}" for value in ordered],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    return _figure(
        [bars],
        height=40 + ROW * len(ordered),
        xaxis={"range": [0, 1.1], "showticklabels": False, "showgrid": False, "zeroline": False},
    )


def timeline(windows: pd.DataFrame, classes: Sequence[str]) -> go.Figure:
    """Probability of each genre over the recording, stacked."""
    colors = theme.genre_colors(classes)
    edges = [*windows["start"], windows["end"].iloc[-1]]
    traces = [
        go.Scatter(
            name=genre,
            x=edges,
            y=[*windows[genre], windows[genre].iloc[-1]],
            stackgroup="genres",
            mode="lines",
            line={"width": 0, "color": colors[genre], "shape": "hv"},
            fillcolor=colors[genre],
            hovertemplate="%{y:.0%}",
        )
        for genre in classes
    ]
    return _figure(
        traces,
        height=320,
        hovermode="x unified",
        xaxis={"title": "seconds", "range": [0, float(windows["end"].max())]},
        yaxis={"tickformat": PERCENT, "range": [0, 1]},
    )


def mel_spectrogram(mel_db: np.ndarray, seconds: float, sr: int) -> go.Figure:
    """Mel spectrogram with a time axis in seconds and a frequency axis in Hz.

    Parameters
    ----------
    mel_db : np.ndarray [shape=(n_mels, t)]
    """
    n_mels, t = mel_db.shape
    ticks = np.array([500, 1000, 2000, 4000, 8000])
    places = _mel(ticks) / _mel(np.array(sr / 2)) * n_mels
    heatmap = go.Heatmap(
        z=np.round(mel_db - mel_db.max(), 1),
        x=np.round((np.arange(t) + 0.5) * seconds / t, 2),
        zmin=-80,
        zmax=0,
        colorscale="Magma",
        colorbar={"title": "dB", "thickness": 10},
        hovertemplate="%{x:.1f} s, %{z:.0f} dB<extra></extra>",
    )
    return _figure(
        [heatmap],
        height=300,
        xaxis={"title": "seconds"},
        yaxis={"title": "Hz", "tickvals": places, "ticktext": [f"{hz}" for hz in ticks]},
    )


def _mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's mel scale, which librosa's filters use."""
    linear = hz / (200 / 3)
    return np.where(hz < 1000, linear, 15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4))
