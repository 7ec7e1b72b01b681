"""Protocols, which divide tracks between learning and asking: one module each, ``PROTOCOL``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

LEARN = -1
ENOUGH = 10_000  # tracks from which on one fold says enough, and all folds would take hours


@dataclass(frozen=True)
class Protocol:
    """A division of tracks, or of their windows.

    Attributes
    ----------
    description
        What a reader must know to trust or doubt a score obtained this way.
    folds
        ``folds(tracks) -> Series`` with one nullable integer a track: ``k >= 0``, the track is
        asked about by the model that learnt from all other used tracks; `LEARN`, it is only learnt
        from; NA, it is not used. None where the protocol does not apply. ``tracks`` has the columns
        of `pipeline.datasets.Track`, one row a window if `unit` says so.
    strictness
        Protocols in this order leave a model less and less that it knows from learning.
    heard
        What a model may have heard of what it is asked about.
    unit
        What is divided and asked about.
    """

    name: str
    title: str
    description: str
    folds: Callable[[pd.DataFrame], pd.Series | None]
    strictness: int
    heard: str
    unit: Literal["track", "window"] = "track"


def numbered(tracks: pd.DataFrame, splits: Iterable[tuple[Any, Any]]) -> pd.Series:
    """Number of the division that asks about each track, as scikit-learn's splitters give them."""
    import pandas as pd

    fold = pd.Series(0, index=tracks.index, dtype="Int64")
    for k, (_, asked) in enumerate(splits):
        fold.iloc[asked] = k
    return fold


def only_first(fold: pd.Series) -> pd.Series:
    """Ask about the first fold alone if there are `ENOUGH` tracks; the others are learnt from."""
    return fold.where(fold == 0, LEARN) if len(fold) >= ENOUGH else fold
