"""Models that were trained elsewhere: what they predict, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


def answers(artifacts: Artifacts, protocol: str = "artist", model: str = "") -> pd.DataFrame:
    """``track_id, fold`` and probabilities, taken from those of a model that was built.

    Parameters
    ----------
    model
        Default: the first one that was tested on all tracks.
    """
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet")
    due = tracks.loc[tracks[f"fold_{protocol}"] >= 0, "track_id"]
    for name in [model] if model else artifacts.manifest.models:
        table = pd.read_parquet(artifacts.folder / f"models/{name}/predictions.parquet")
        table = table[table["protocol"] == protocol].reset_index(drop=True)
        if set(table["track_id"]) == set(due):
            return table[["track_id", "fold", *artifacts.classes]]
    raise AssertionError(f"no model was tested on all tracks of {protocol}")


def genres(artifacts: Artifacts, table: pd.DataFrame) -> pd.DataFrame:
    """``track_id`` and the likeliest genre, in ``predicted``."""
    predicted = table[artifacts.classes].idxmax(axis=1)
    return table[["track_id"]].assign(predicted=predicted)


def written(table: pd.DataFrame, path: Path) -> Path:
    """The file of a table, in the form that its suffix names."""
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False)
    return path
