"""Five folds; all tracks of an artist stand in the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.protocols import Protocol, numbered

if TYPE_CHECKING:
    import pandas as pd

FOLDS = 5


def folds(tracks: pd.DataFrame) -> pd.Series | None:
    """Folds of similar genre counts; None if a genre has fewer artists than there are folds."""
    from sklearn.model_selection import StratifiedGroupKFold

    if tracks.groupby("genre")["artist"].nunique().min() < FOLDS:
        return None
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    splits = splitter.split(tracks, tracks["genre"], tracks["artist"])
    return numbered(tracks, splits)


PROTOCOL = Protocol(
    name="artist",
    title="5 folds by artist",
    description=(
        "A track is tested by a model that was trained on nothing by its artist. Models cannot win"
        " by recognising a voice, an album's sound or another excerpt of the same song."
    ),
    folds=folds,
    strictness=3,
    shared="nothing but the genre",
    unseen="artists",
)
