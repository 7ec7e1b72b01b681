"""Layout and marks that all figures share."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard import theme, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

ROW = 30  # pixels that a row of a chart needs to be legible
MOST_TICKS = 7  # with units, that a phone has room for
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def buttons(size: int, **points: object) -> go.Scatter:
    """Nearly transparent squares that make clickable what Plotly alone lets nobody click.

    Parameters
    ----------
    points
        ``x, y``, ``customdata``, which a click reports, and ``hovertemplate``: a marker without one
        cannot be clicked.
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
    """Ticks of an axis with long names on several lines, so that a phone has room for the chart."""
    names = list(names)
    return {"tickvals": names, "ticktext": ["<br>".join(wrap(name, width)) for name in names]}


class _Figure(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """A figure over which a finger scrolls the page, unless its drag mode says what it draws.

    Streamlit turns no drag mode into one that moves the chart where marks can be clicked, and then
    a touchscreen scrolls no further. A value that means nothing is left alone, and makes Plotly
    take what the template says.
    """

    def to_dict(self) -> dict[str, Any]:
        spec: dict[str, Any] = super().to_dict()
        if self.layout.dragmode is False:
            spec["layout"]["dragmode"] = "none"
            template = spec["layout"].setdefault("template", {})
            template.setdefault("layout", {})["dragmode"] = False
        return spec


def figure(traces: Sequence[go.Figure], height: int, **layout: object) -> go.Figure:
    """A figure with the margins and the legend of all figures."""
    defaults = {
        "height": height,
        "margin": MARGIN,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None},
        "dragmode": False,
    }
    drawn = _Figure(traces, defaults | layout)
    return drawn.update_yaxes(automargin=True).update_xaxes(automargin=True)


def whiskers(value: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, object]:
    """Error bars that reach from `low` to `high`."""
    bars = {"array": high - value, "arrayminus": value - low}
    return {"type": "data", "thickness": 1.5, "width": 4, "color": theme.GREY} | bars


def log_axis(values: pd.Series, written: Callable[[float], str]) -> dict[str, object]:
    """A logarithmic axis whose ticks are round numbers with their unit, as "0.05 s, 0.1 s, 0.2 s".

    Parameters
    ----------
    values
        Each more than zero; at least one.
    written
        A number with its unit.
    """
    low, high = np.floor(np.log10(values.min())), np.ceil(np.log10(values.max()))
    decades = 10.0 ** np.arange(low, high + 1)
    ticks = np.outer(decades, (1, 2, 5)).ravel()
    inside, around = (
        ticks[(ticks >= values.min() / slack) & (ticks <= values.max() * slack)]
        for slack in (1.3, 2.5)
    )
    fine = inside if len(inside) > 1 else around
    shown = fine if len(fine) <= MOST_TICKS else decades
    return {"type": "log", "tickvals": shown, "ticktext": [written(tick) for tick in shown]}


def percent_in(field: str) -> str:
    """Placeholder of a tooltip for a share, such as ``"x"``, in percent."""
    return f"%{{{field}:{units.PERCENT_EXACT}}}"


def points_in(field: str) -> str:
    """Placeholder of a tooltip for a number of points."""
    return f"%{{{field}:{units.POINTS_EXACT}}} points"
