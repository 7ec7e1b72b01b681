"""Tables that figures draw."""

from __future__ import annotations

import pandas as pd

NAMES = {"a": "Model A", "b": "Model B", "c": "Model C"}
COLORS = {"a": "#000001", "b": "#000002", "c": "#000003"}
GENRES = ["blues", "jazz", "rock"]


def outcomes(right: list[bool], confidence: list[float]) -> pd.DataFrame:
    """Predictions, correct or not, with their confidence."""
    n = len(right)
    table = pd.DataFrame({"right": right, "confidence": confidence, "track_id": range(n)})
    return table.assign(artist=[f"artist {i}" for i in range(n)], genre="rock", title="")


def matrix(values: list[list[float]]) -> pd.DataFrame:
    """A confusion matrix."""
    index = pd.Index(GENRES, name="genre")
    return pd.DataFrame(values, index, index.rename("predicted"))
