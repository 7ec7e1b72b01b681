"""One recording, and what a model makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import sample_colorscale

from dashboard import theme, units
from dashboard.figures.base import ROW, buttons, figure, percent_in, points_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MEL_RANGE_DB = 80
# Red, green and blue of 256 steps.
MAGMA = np.rint(255 * np.array(sample_colorscale("Magma", 256, colortype="tuple")))
MAX_STEPS = 300  # of a timeline; more would be narrower than a pixel of a phone


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


def timeline(
    windows: pd.DataFrame, classes: Sequence[str], mel_db: np.ndarray, shown: float, sr: int
) -> go.Figure:
    """Probability of each genre over the recording, stacked, above its mel spectrogram.

    Parameters
    ----------
    windows
        ``start, end`` in seconds and one column a genre; see `smoothed`.
    mel_db : np.ndarray [shape=(n_mels, t)]
    shown
        Where the spectrogram ends, in seconds.

    Notes
    -----
    Nearly transparent markers can be clicked; their ``customdata`` is the start of the window.
    """
    edges = [*windows["start"], windows["end"].iloc[-1]]
    colors = theme.genre_colors(classes)
    layers = [_layer(windows[genre], edges, colors[genre]) for genre in classes]
    moments = [_moments(windows, 0.5), _moments(windows, len(mel_db) / 2).update(yaxis="y2")]
    drawn = figure(
        [*layers, *moments],
        height=560,
        hovermode="x",
        clickmode="event+select",
        xaxis={"range": [0, max(shown, edges[-1])], "anchor": "y2", "title": "seconds"},
        yaxis={"tickformat": units.PERCENT, "range": [0, 1], "domain": [0.5, 1]},
        yaxis2={
            "domain": [0, 0.46],
            "title": "Hz",
            "range": [-0.5, len(mel_db) - 0.5],
            "showgrid": False,
            **_hertz(len(mel_db), sr),
        },
    )
    return drawn.add_layout_image(_picture(mel_db, shown))


def _layer(values: pd.Series, edges: Sequence[float], color: str) -> go.Scatter:
    return go.Scatter(
        name=str(values.name),
        x=edges,
        y=[*values.round(4), round(values.iloc[-1], 4)],
        stackgroup="genres",
        mode="lines",
        line={"width": 0, "color": color, "shape": "hv"},
        fillcolor=color,
        hovertemplate=f"%{{fullData.name}} {percent_in('y')}<extra></extra>",
    )


def _moments(windows: pd.DataFrame, y: float) -> go.Scatter:
    return buttons(
        60,
        x=(windows["start"] + windows["end"]) / 2,
        y=np.full(len(windows), y),
        customdata=windows["start"],
        hovertemplate="click to play from %{customdata:.0f} s<extra></extra>",
    )


def smoothed(windows: pd.DataFrame, classes: Sequence[str], seconds: float) -> pd.DataFrame:
    """Windows with moving averages of the probabilities over about so many seconds.

    Of long recordings `MAX_STEPS` windows remain, each the mean of its neighbours.
    """
    length = float(windows["end"].iloc[0] - windows["start"].iloc[0])
    around = windows[list(classes)].rolling(
        max(1, round(seconds / length)), center=True, min_periods=1
    )
    table = windows.assign(**around.mean())
    together = np.arange(len(table)) * MAX_STEPS // max(len(table), MAX_STEPS)
    how = dict.fromkeys(classes, "mean") | {"start": "first", "end": "last"}
    return table.groupby(together).agg(how)[list(windows)].reset_index(drop=True)


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


def _picture(mel_db: np.ndarray, seconds: float) -> dict[str, object]:
    """The spectrogram as an image, which browsers draw at once, unlike a heatmap."""
    shares = np.clip(1 + (mel_db - mel_db.max()) / MEL_RANGE_DB, 0, 1)
    picture = Image.fromarray((255 * shares[::-1]).astype(np.uint8))
    picture.putpalette(MAGMA.astype(np.uint8).tobytes())
    return {
        "source": picture,
        "xref": "x",
        "yref": "y2",
        "x": 0,
        "y": len(mel_db) - 0.5,
        "sizex": seconds,
        "sizey": len(mel_db),
        "sizing": "stretch",
        "layer": "below",
    }


def _hertz(n_mels: int, sr: int) -> dict[str, object]:
    ticks = np.array([500, 1000, 2000, 4000, 8000])
    places = _mel(ticks) / _mel(np.array(sr / 2)) * n_mels
    return {"tickvals": places, "ticktext": [f"{hz}" for hz in ticks]}


def _mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's mel scale, as in librosa's filters."""
    linear = hz / (200 / 3)
    return np.where(hz < 1000, linear, 15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4))
