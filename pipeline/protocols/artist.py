"""Five folds; all tracks of an artist stand in the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.protocols import TRAIN, Protocol, numbered

if TYPE_CHECKING:
    import pandas as pd

FOLDS = 5
# With so many tested, an interval is some four points wide, and further folds take long.
ENOUGH_ARTISTS = 2000


def folds(tracks: pd.DataFrame) -> pd.Series | None:
    """Folds of similar genre counts; None if fewer than two genres have an artist for each fold.

    Other genres are trained on, but for tracks whose artist is tested in another genre. Further
    folds are not tested once those before have `ENOUGH_ARTISTS`.
    """
    enough = tracks.groupby("genre")["artist"].transform("nunique") >= FOLDS
    if tracks.loc[enough, "genre"].nunique() < 2:
        return None
    tested = _divided(tracks[enough])
    shared = tracks["artist"].isin(tracks.loc[enough, "artist"])
    return tested.reindex(tracks.index).mask(~enough & ~shared, TRAIN)


def _divided(tracks: pd.DataFrame) -> pd.Series:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    splits = splitter.split(tracks, tracks["genre"], tracks["artist"])
    fold = numbered(tracks, splits)
    tested = tracks["artist"].groupby(fold).nunique().cumsum()
    needed = 1 + int((tested < ENOUGH_ARTISTS).sum())
    return fold.where(fold < needed, TRAIN)


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
