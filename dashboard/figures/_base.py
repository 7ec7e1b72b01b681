"""What all figures share."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROW = 30  # pixels that a row of a chart needs to be read
PERCENT = ".0%"
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def buttons(size: int, **points: object) -> go.Scatter:
    """Squares that are all but transparent, to be clicked where a click alone selects nothing.

    Parameters
    ----------
    points
        ``x, y``, ``customdata``: what a click tells, and ``hovertemplate``, without which a marker
        cannot be clicked either.
    """
    faint = {"marker": {"opacity": 0.01}}
    marker = {"symbol": "square", "size": size, "opacity": 0.01}
    return go.Scatter(
        mode="markers",
        marker=marker,
        selected=faint,
        unselected=faint,
        showlegend=False,
        **points,
    )


def wrapped(names: Iterable[str], width: int) -> dict[str, list[str]]:
    """Marks of an axis whose names stand on several lines: long ones leave a phone no chart."""
    names = list(names)
    return {"tickvals": names, "ticktext": ["<br>".join(wrap(name, width)) for name in names]}


def figure(traces: Sequence[go.Figure], height: int, **layout: object) -> go.Figure:
    """A figure with margins and legend as everywhere."""
    defaults = {
        "height": height,
        "margin": MARGIN,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None},
        "dragmode": False,
    }
    drawn = go.Figure(traces, defaults | layout)
    return drawn.update_yaxes(automargin=True).update_xaxes(automargin=True)
