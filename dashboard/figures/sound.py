"""What a model says of one recording, and the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.figures._base import PERCENT, ROW, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


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
    return figure(
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
    return figure(
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
    return figure(
        [heatmap],
        height=300,
        xaxis={"title": "seconds"},
        yaxis={"title": "Hz", "tickvals": places, "ticktext": [f"{hz}" for hz in ticks]},
    )


def _mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's mel scale, which librosa's filters use."""
    linear = hz / (200 / 3)
    return np.where(hz < 1000, linear, 15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4))
