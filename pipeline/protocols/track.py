"""Ten folds of tracks at random, as most published figures have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.protocols import TRAIN, Protocol, numbered, only_first

if TYPE_CHECKING:
    import pandas as pd

FOLDS = 10


def folds(tracks: pd.DataFrame) -> pd.Series | None:
    """Folds of similar genre counts; None if fewer than two genres have a track for each fold.

    Other genres are trained on.
    """
    enough = tracks.groupby("genre")["genre"].transform("size") >= FOLDS
    if tracks.loc[enough, "genre"].nunique() < 2:
        return None
    return _divided(tracks[enough]).reindex(tracks.index, fill_value=TRAIN)


def _divided(tracks: pd.DataFrame) -> pd.Series:
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return only_first(numbered(tracks, splitter.split(tracks, tracks["genre"])))


PROTOCOL = Protocol(
    name="track",
    title="10 folds by track",
    description=(
        "Tracks are divided at random, as in most published figures. Models may have been"
        " trained on other tracks by the same artist, or on another excerpt of the same song, so"
        " these scores may be too good."
    ),
    folds=folds,
    strictness=1,
    shared="the artist, even the album",
    unseen="tracks",
)
