"""What all figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW = 30  # pixels that a row of a chart needs to be read
PERCENT = ".0%"
GREY = "#808080"  # seen on white and on near-black
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


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
