"""What the volume of recordings says about their genre, before and after they are levelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

ENERGY = "rms_mean"  # column of energy in feature sets that have one


def levels(artifacts: Artifacts) -> pd.DataFrame | None:
    """How well the level of a recording alone tells each genre from the others.

    Returns
    -------
    pd.DataFrame or None
        ``genre``; its ``median`` level in dB and that of all ``others``; ``auc``: the area under
        the ROC curve of the level, or of quietness if that is more, and ``auc_left``: the same of
        the energy in the levelled features (NaN where none has it). The most telling genre first.
        None where levels are not known.
    """
    tracks = artifacts.tracks
    if "level_db" not in tracks or tracks["level_db"].isna().all():
        return None
    left = _energy(artifacts)
    rows = []
    for genre in artifacts.classes:
        own = tracks["genre"] == genre
        quiet = tracks["level_db"][own].median() < tracks["level_db"][~own].median()
        sign = -1 if quiet else 1
        rows.append(
            {
                "genre": genre,
                "median": tracks["level_db"][own].median(),
                "others": tracks["level_db"][~own].median(),
                "auc": _auc(own, sign * tracks["level_db"]),
                "auc_left": np.nan
                if left is None
                else _auc(left["genre"] == genre, sign * left["x"]),
            }
        )
    return pd.DataFrame(rows).sort_values("auc", ascending=False, ignore_index=True)


def _auc(own: pd.Series, score: pd.Series) -> float:
    """Mann & Whitney's U as a share of all pairs, which is the area (Hanley & McNeil 1982)."""
    from scipy.stats import mannwhitneyu  # quicker to import than sklearn.metrics

    inside, outside = score[own].astype(np.float64), score[~own].astype(np.float64)
    found = mannwhitneyu(inside, outside, method="asymptotic")
    return float(found.statistic / (len(inside) * len(outside)))


def _energy(artifacts: Artifacts) -> pd.DataFrame | None:
    """``genre`` and mean energy ``x`` of each track, from the first feature set that has it."""
    for name in artifacts.summarised("tracks"):
        table = artifacts.summary(name, "tracks")
        if table is not None and ENERGY in table:
            genre = artifacts.tracks.set_index("track_id")["genre"]
            return pd.DataFrame(
                {"genre": genre.loc[table["track_id"]].to_numpy(), "x": table[ENERGY].to_numpy()}
            )
    return None
