"""What the volume of recordings says about their genre."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from pipeline.evaluation.volume import levels

TRACKS = pd.DataFrame(
    {
        "track_id": ["a", "b", "c", "d"],
        "genre": ["quiet", "quiet", "loud", "loud"],
        "level_db": [-30.0, -20.0, -25.0, -10.0],
    }
)


def opened(tracks: pd.DataFrame, energy: list[float] | None = None) -> Any:
    """Artifacts with the energy of each track after levelling, if that is known."""
    table = pd.DataFrame({"track_id": tracks["track_id"], "rms_mean": energy})
    return SimpleNamespace(
        tracks=tracks,
        classes=["loud", "quiet"],
        summarised=lambda kind: [] if energy is None else ["timbre"],
        summary=lambda name, kind: table,
    )


def test_areas_are_counted_in_pairs() -> None:
    """Of four pairs the quiet track is quieter in three, and after levelling in two."""
    found = levels(opened(TRACKS, [0.1, 0.4, 0.2, 0.3]))
    assert found is not None
    row = found.set_index("genre").loc["quiet"]
    assert (row["median"], row["others"]) == (-25, -17.5)
    assert (row["auc"], row["auc_left"]) == (0.75, 0.5)


def test_levels_that_are_not_known_are_not_told() -> None:
    """Nor the energy."""
    assert levels(opened(TRACKS.drop(columns="level_db"))) is None
    found = levels(opened(TRACKS))
    assert found is not None
    assert found["auc_left"].isna().all()
    assert found["auc"].tolist() == pytest.approx([0.75, 0.75])
