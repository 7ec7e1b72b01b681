"""The map: dots, names, chosen tracks, and recordings among them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from dashboard import theme
from dashboard.figures import map as drawings

TRACKS = pd.DataFrame(
    {
        "track_id": list("wxyz"),
        "x": [0.0, 1, 2, 3],
        "y": [4.0, 5, 6, 7],
        "group": list("bacb"),
        "label": list("pqrs"),
    }
)
COLORS = {"a": "red", "b": "blue", "c": "green", "none": "gray"}
GROUPS = ["b", "none", "a", "c"]


def test_the_map_holds_every_track_in_its_group() -> None:
    """A trace a group in the given order; groups without tracks are left out."""
    traces = drawings.tracks(TRACKS, GROUPS, COLORS).data
    assert [trace.name for trace in traces] == ["b", "a", "c"]
    assert [trace.marker.color for trace in traces] == ["blue", "red", "green"]
    assert list(traces[0].x) == [0, 3]
    assert list(traces[0].text) == ["p", "s"]
    assert list(traces[0].customdata) == ["w", "z"]  # which a click reports
    assert sum(len(trace.x) for trace in traces) == len(TRACKS)


def test_the_map_has_no_scales_and_equal_units() -> None:
    """No grid, ticks or lines at zero; a unit to the right is as long as one upwards."""
    layout = drawings.tracks(TRACKS, GROUPS, COLORS).layout
    for axis in (layout.xaxis, layout.yaxis):
        assert (axis.showgrid, axis.zeroline, axis.showticklabels) == (False, False, False)
    assert (layout.yaxis.scaleanchor, layout.yaxis.scaleratio) == ("x", 1)


def test_chosen_tracks_stand_out() -> None:
    """They are the selected points of their groups; the others are faint."""
    traces = drawings.tracks(TRACKS, GROUPS, COLORS, chosen=["z", "y", "nowhere"]).data
    assert {trace.name: list(trace.selectedpoints) for trace in traces} == {
        "b": [1],
        "a": [],
        "c": [0],
    }
    assert traces[0].unselected.marker.opacity < traces[0].selected.marker.opacity
    plain = drawings.tracks(TRACKS, GROUPS, COLORS).data[0]
    assert plain.selectedpoints is None


@pytest.mark.parametrize("n", [6, 7, 12, 13])
def test_more_than_six_groups_have_names_instead_of_a_legend(n: int) -> None:
    """Each name stands at the median of its group; more than twelve would hide each other."""
    groups = [f"g{k}" for k in range(n)]
    table = pd.DataFrame({"group": np.repeat(groups, 3), "x": np.arange(3 * n), "y": 0})
    table = table.assign(track_id=table["x"].astype(str), label="")
    drawn = drawings.tracks(table, groups, dict.fromkeys(groups, "red"))
    in_legend = [trace.name for trace in drawn.data if trace.showlegend]
    names = [trace for trace in drawn.data if trace.mode == "text"]
    assert len(in_legend) == (n if n <= 6 else 0)
    assert len(names) == (6 < n <= 12)
    if names:
        assert list(names[0].x) == [3 * k + 1 for k in range(n)]
        assert list(names[0].text) == [f"<b>{name}</b>" for name in groups]


def test_groups_that_share_a_colour_have_different_marks() -> None:
    """There are ten colours: of fourteen genres, the last four are no circles."""
    groups = [f"g{k:02}" for k in range(14)]
    table = pd.DataFrame({"track_id": groups, "group": groups, "x": range(14), "y": 0, "label": ""})
    drawn = drawings.tracks(table, groups, theme.genre_colors(groups))
    looks = {(trace.marker.color, trace.marker.symbol) for trace in drawn.data}
    assert len(looks) == len(groups)
    assert [trace.marker.symbol for trace in drawn.data[:10]] == ["circle"] * 10


def test_a_finger_scrolls_unless_it_draws() -> None:
    """What the browser gets has no drag mode of its own for taps; boxes and lassos have theirs."""
    modes = {}
    for drag in ("tap", "select", "lasso"):
        layout = json.loads(drawings.tracks(TRACKS, GROUPS, COLORS, drag=drag).to_json())["layout"]
        modes[drag] = (layout["dragmode"], layout.get("template", {})["layout"].get("dragmode"))
    assert modes["tap"] == ("none", False)
    assert (modes["select"][0], modes["lasso"][0]) == ("select", "lasso")


def test_recordings_are_stars_with_lines_to_what_they_are_near() -> None:
    """One star each, lines from it to each of its tracks, and names as text."""
    near = np.array([[0.0, 4], [1, 5]])
    stars = [drawings.Star("<b>mine</b>", (0.5, 4.5), near), drawings.Star("two", (3, 7), near[:1])]
    drawn = drawings.with_stars(drawings.tracks(TRACKS, GROUPS, COLORS), stars)
    *_, first, second, marks = drawn.data
    assert marks.marker.symbol == "star"
    assert list(zip(marks.x, marks.y, strict=True)) == [(0.5, 4.5), (3, 7)]
    assert marks.text[0] == "<b>&lt;b&gt;mine&lt;/b&gt;</b>"
    np.testing.assert_array_equal(first.x, [0.5, 0, np.nan, 0.5, 1, np.nan])
    np.testing.assert_array_equal(first.y, [4.5, 4, np.nan, 4.5, 5, np.nan])
    np.testing.assert_array_equal(second.x, [3, 0, np.nan])
