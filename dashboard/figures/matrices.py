"""Matrices and tables as heatmaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures.base import buttons, figure, percent_in, points_in, wrapped

if TYPE_CHECKING:
    import pandas as pd

NAME_WIDTH = 18  # letters of a row's name on one line


def confusion(matrix: pd.DataFrame, shares: bool, cell: tuple[str, str] | None = None) -> go.Figure:
    """Confusion matrix as a heatmap; rows are the truth.

    Parameters
    ----------
    matrix
        `pipeline.evaluation.confusion.confusion`
    shares
        Whether the cells are shares in [0, 1] rather than counts.
    cell
        (true genre, predicted genre) of the cell that is framed.

    Notes
    -----
    A click on a heatmap selects nothing, so nearly transparent markers lie on the cells; their
    ``customdata`` are the true and the predicted genre.
    """
    form = units.PERCENT if shares else "d"
    heatmap = _heatmap(matrix, form, colorscale=theme.SEQUENTIAL, zmin=0, zmax=_top(matrix, shares))
    drawn = _square([heatmap, _buttons(matrix, form)], matrix, "predicted", "true")
    return _framed(drawn, matrix, cell) if cell else drawn


def _top(matrix: pd.DataFrame, shares: bool) -> float:
    return min(1.0, float(matrix.to_numpy().max())) if shares else float(matrix.to_numpy().max())


def _buttons(matrix: pd.DataFrame, form: str) -> go.Scatter:
    cells = [(true, predicted) for true in matrix.index for predicted in matrix.columns]
    return buttons(
        40,
        x=[predicted for _, predicted in cells],
        y=[true for true, _ in cells],
        customdata=cells,
        text=[format(value, form) for value in matrix.to_numpy().ravel()],
        hovertemplate="%{customdata[0]} predicted as %{customdata[1]}: %{text}<extra></extra>",
    )


def _framed(drawn: go.Figure, matrix: pd.DataFrame, cell: tuple[str, str]) -> go.Figure:
    row, column = list(matrix.index).index(cell[0]), list(matrix.columns).index(cell[1])
    box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return drawn.add_shape(type="rect", line={"width": 3, "color": theme.MODELS[1]}, **box)


def difference(matrix: pd.DataFrame) -> go.Figure:
    """Confusion of one model minus that of another.

    Parameters
    ----------
    matrix
        Differences of shares of the true genre; they are drawn in points.
    """
    points = units.in_points(matrix)
    most = float(np.abs(points.to_numpy()).max()) or 1.0
    heatmap = _heatmap(points, units.POINTS, colorscale=theme.DIVERGING, zmin=-most, zmax=most)
    heatmap.update(hovertemplate=f"%{{y}} / %{{x}}: {points_in('z')}<extra></extra>")
    return _square([heatmap], matrix, "predicted", "true")


def agreement(matrix: pd.DataFrame) -> go.Figure:
    """Share of tracks for which each two models predict the same genre."""
    heatmap = _heatmap(matrix, units.PERCENT, colorscale=theme.SEQUENTIAL, zmin=0, zmax=1)
    return _square([heatmap], matrix, "", "")


def correlation(matrix: pd.DataFrame) -> go.Figure:
    """Correlation of each two features."""
    heatmap = _heatmap(matrix, ".2f", colorscale=theme.DIVERGING, zmin=-1, zmax=1)
    heatmap.update(texttemplate="%{text}" if len(matrix) <= 12 else "", showscale=True)
    drawn = _square([heatmap], matrix, "", "")
    return drawn.update_layout(height=180 + max(300, 16 * len(matrix)))


def table(frame: pd.DataFrame, label: str) -> go.Figure:
    """Shares by row and column, such as accuracy by model and distortion."""
    heatmap = _heatmap(frame, units.PERCENT, colorscale=theme.SEQUENTIAL, zmin=0, zmax=1)
    heatmap.update(hovertemplate=f"%{{y}}, %{{x}}: {percent_in('z')}<extra>{label}</extra>")
    return _rows(heatmap, frame)


def losses(frame: pd.DataFrame, label: str) -> go.Figure:
    """Points that were lost, or gained, by row and column.

    Parameters
    ----------
    frame
        Differences of shares, more than zero where something was lost.
    """
    points = units.in_points(frame)
    most = float(np.nanmax(np.abs(points.to_numpy()))) or 1.0
    style = {"colorscale": f"{theme.DIVERGING}_r", "zmin": -most, "zmax": most}
    heatmap = _heatmap(points, units.POINTS, **style)
    heatmap.update(hovertemplate=f"%{{y}}, %{{x}}: {points_in('z')}<extra>{label}</extra>")
    return _rows(heatmap, frame)


def _rows(heatmap: go.Heatmap, frame: pd.DataFrame) -> go.Figure:
    names = wrapped(map(str, frame.index), NAME_WIDTH)
    lines = max(name.count("<br>") + 1 for name in names["ticktext"])
    return figure(
        [heatmap],
        height=140 + max(36, 17 * lines) * len(frame),
        xaxis={"side": "top", "tickangle": -90},  # slanted, they would stand out on the right
        yaxis={"autorange": "reversed", **names},
    )


def _heatmap(matrix: pd.DataFrame, form: str, **style: object) -> go.Heatmap:
    signed, shown = form.startswith("+"), matrix.fillna(0)
    text = [[format(v, form) if v else "" for v in row] for row in shown.to_numpy()]
    return go.Heatmap(
        z=matrix.to_numpy(),
        x=matrix.columns.tolist(),
        y=matrix.index.tolist(),
        text=text,
        texttemplate="%{text}",
        showscale=signed,
        xgap=1,
        ygap=1,
        hovertemplate="%{y} / %{x}: %{text}<extra></extra>",
        **style,
    )


def _square(traces: list[go.Figure], matrix: pd.DataFrame, x: str, y: str) -> go.Figure:
    return figure(
        traces,
        height=120 + 42 * len(matrix),
        clickmode="event+select",
        xaxis={"title": x, "side": "top", "tickangle": -45, "type": "category"},
        yaxis={"title": y, "autorange": "reversed", "type": "category"},
    )
