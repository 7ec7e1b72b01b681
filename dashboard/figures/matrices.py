"""Matrices and tables as heatmaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard import theme, units
from dashboard.figures import scales
from dashboard.figures.base import buttons, figure, percent_in, points_in, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MOST_NUMBERED = 12  # rows of a matrix whose cells have room for two decimals
NAME_WIDTH = 18  # letters of a row's name on one line


def confusion(
    matrix: pd.DataFrame, shares: bool, cell: tuple[str, str] | None = None, dark: bool = False
) -> go.Figure:
    """Confusion matrix as a heatmap; rows are the truth.

    Parameters
    ----------
    matrix
        `pipeline.evaluation.confusion.confusion`
    shares
        Whether the cells are shares in [0, 1] rather than counts.
    cell
        (true genre, predicted genre) of the cell that is framed.
    dark
        Whether the page is, as in all figures below.

    Notes
    -----
    A click on a heatmap selects nothing, so nearly transparent markers lie on the cells; their
    ``customdata`` are the true and the predicted genre.
    """
    form = units.PERCENT if shares else "d"
    cells = _cells(matrix, form, scales.SEQUENTIAL[dark], (0, _top(matrix, shares)))
    drawn = _square([*cells, _buttons(matrix, form)], matrix, "predicted", "true")
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


def difference(matrix: pd.DataFrame, dark: bool = False) -> go.Figure:
    """Confusion of one model minus that of another.

    Parameters
    ----------
    matrix
        Differences of shares of the true genre; they are drawn in points.
    """
    points = units.in_points(matrix)
    most = float(np.abs(points.to_numpy()).max()) or 1.0
    cells = _cells(points, units.POINTS, scales.DIVERGING[dark], (-most, most))
    cells[0].update(hovertemplate=f"%{{y}} / %{{x}}: {points_in('z')}<extra></extra>")
    return _square(cells, matrix, "predicted", "true")


def agreement(matrix: pd.DataFrame, dark: bool = False) -> go.Figure:
    """Share of tracks for which each two models predict the same genre."""
    cells = _cells(matrix, units.PERCENT, scales.SEQUENTIAL[dark], (0, 1))
    return _square(cells, matrix, "", "")


def correlation(matrix: pd.DataFrame, dark: bool = False) -> go.Figure:
    """Correlation of each two features."""
    heatmap, numbers = _cells(matrix, ".2f", scales.DIVERGING[dark], (-1, 1))
    heatmap.update(showscale=True)
    cells = [heatmap, numbers] if len(matrix) <= MOST_NUMBERED else [heatmap]
    drawn = _square(cells, matrix, "", "")
    return drawn.update_layout(height=180 + max(300, 16 * len(matrix)))


def table(frame: pd.DataFrame, label: str, dark: bool = False) -> go.Figure:
    """Shares by row and column, such as accuracy by model and distortion; cells are in percent."""
    cells = _cells(frame, units.PERCENT, scales.SEQUENTIAL[dark], (0, 1))
    cells[1].update(text=[word.rstrip("%") for word in cells[1].text])  # a phone has no room
    cells[0].update(hovertemplate=f"%{{y}}, %{{x}}: {percent_in('z')}<extra>{label}</extra>")
    return _rows(cells, frame)


def losses(frame: pd.DataFrame, label: str, dark: bool = False) -> go.Figure:
    """Points that were lost, or gained, by row and column.

    Parameters
    ----------
    frame
        Differences of shares, more than zero where something was lost.
    """
    points = units.in_points(frame)
    most = float(np.nanmax(np.abs(points.to_numpy()))) or 1.0
    cells = _cells(points, units.POINTS, scales.DIVERGING[dark][::-1], (-most, most))
    cells[0].update(hovertemplate=f"%{{y}}, %{{x}}: {points_in('z')}<extra>{label}</extra>")
    return _rows(cells, frame)


def _rows(cells: list[go.Figure], frame: pd.DataFrame) -> go.Figure:
    names = wrapped(map(str, frame.index), NAME_WIDTH)
    cells[1].update(textfont={"size": 9})
    lines = max(name.count("<br>") + 1 for name in names["ticktext"])
    return figure(
        cells,
        height=140 + max(36, 17 * lines) * len(frame),
        xaxis={"side": "top", "tickangle": -90},  # slanted, they would stand out on the right
        yaxis={"autorange": "reversed", **names},
    )


def _cells(
    matrix: pd.DataFrame, form: str, scale: Sequence[str], ends: tuple[float, float]
) -> list[go.Figure]:
    """A heatmap, and its numbers, each in the colour that is legible on its cell.

    Plotly would write them in dark grey or white, which is too faint on colours between.
    """
    text = [[format(v, form) if v else "" for v in row] for row in matrix.fillna(0).to_numpy()]
    heatmap = go.Heatmap(
        z=matrix.to_numpy(),
        x=matrix.columns.tolist(),
        y=matrix.index.tolist(),
        text=text,
        colorscale=scales.stops(scale),
        zmin=ends[0],
        zmax=ends[1],
        showscale=form.startswith("+"),
        xgap=1,
        ygap=1,
        hovertemplate="%{y} / %{x}: %{text}<extra></extra>",
    )
    return [heatmap, _numbers(heatmap, scale)]


def _numbers(heatmap: go.Heatmap, scale: Sequence[str]) -> go.Scatter:
    values = np.nan_to_num(np.asarray(heatmap.z, dtype=float).ravel())
    places = np.clip((values - heatmap.zmin) / (heatmap.zmax - heatmap.zmin), 0, 1)
    return go.Scatter(
        x=[x for _ in heatmap.y for x in heatmap.x],
        y=[y for y in heatmap.y for _ in heatmap.x],
        text=[word for row in heatmap.text for word in row],
        mode="text",
        textfont={"color": scales.words_on(scales.colors_at(scale, places)).tolist(), "size": 11},
        hoverinfo="skip",
        showlegend=False,
    )


def _square(traces: list[go.Figure], matrix: pd.DataFrame, x: str, y: str) -> go.Figure:
    return figure(
        traces,
        height=120 + 42 * len(matrix),
        clickmode="event+select",
        xaxis={"title": x, "side": "top", "tickangle": -45, "type": "category"},
        yaxis={"title": y, "autorange": "reversed", "type": "category"},
    )
