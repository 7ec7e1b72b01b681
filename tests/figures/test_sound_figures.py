"""Figures of a recording draw what was found in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures import sound


def test_shares_put_the_largest_on_top() -> None:
    """Bars of all genres; the last one drawn, the top, is the longest."""
    bars = sound.shares(pd.Series({"blues": 0.2, "jazz": 0.7, "rock": 0.1})).data[0]
    assert list(bars.y) == ["rock", "blues", "jazz"]
    assert list(bars.text) == ["10%", "20%", "70%"]


def test_parts_of_a_passage_lie_where_they_were_covered() -> None:
    """Eight bands and six times span the picture of what the network was given."""
    lost = np.zeros((8, 6))
    lost[7, 0] = 0.3
    below, above = sound.seen(np.zeros((187, 96)), lost, 12.0, 3.0).data
    assert below.z.shape == (96, 187)
    assert (above.x[0], above.x[-1]) == (12.0, 15.0)
    assert (above.y[0], above.y[-1]) == (-0.5, 95.5)
    assert above.z[7][0] == 30  # points; high, and first
    assert (above.zmin, above.zmax) == (-30, 30)


def test_contributions_are_signed_points() -> None:
    """Bars keep their order; what speaks against has another colour."""
    values = pd.Series({"tempo": 0.2, "rms_mean": -0.1})
    bars = sound.contributions(values, ["beats", "level"]).data[0]
    assert list(bars.y) == ["tempo", "rms_mean"]
    assert list(bars.text) == ["+20.0", "-10.0"]
    assert len(set(bars.marker.color)) == 2
