"""A fifth of the windows at random: the leak that many published figures have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.protocols import TRAIN, Protocol

if TYPE_CHECKING:
    import pandas as pd

FOLDS = 5


def folds(windows: pd.DataFrame) -> pd.Series | None:
    """One window in five is tested; tracks of a single window take no part.

    None if no track has several windows, or a genre has fewer than there are parts.
    """
    import pandas as pd
    from sklearn.model_selection import StratifiedKFold

    several = windows["track_id"].duplicated(keep=False)
    genre = windows.loc[several, "genre"]
    if genre.empty or set(genre) != set(windows["genre"]) or genre.value_counts().min() < FOLDS:
        return None
    part = pd.Series(TRAIN, index=genre.index, dtype="Int64")
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    part.iloc[next(splitter.split(genre, genre))[1]] = 0
    return part.reindex(windows.index)


PROTOCOL = Protocol(
    name="window",
    title="Random windows (leak)",
    description=(
        "One window in five is tested, by a model that was trained on the other windows of the"
        " same recordings. It recognises recordings rather than genres, so these scores say nothing"
        " about new music. They are here to show what the leak is worth."
    ),
    folds=folds,
    strictness=0,
    shared="other parts of the same track",
    unseen="windows",
    role="leak",
    unit="window",
)
