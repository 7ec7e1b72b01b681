"""Protocols, which divide tracks between training and testing: one module each, ``PROTOCOL``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from typing import Protocol as Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

TRAIN = -1
ENOUGH_TRACKS = 10_000  # from here on one fold says enough, and all folds would take hours
Unit: TypeAlias = Literal["track", "window"]
Role: TypeAlias = Literal["general", "published", "leak", "elsewhere"]


@dataclass(frozen=True)
class Protocol:
    """A division of tracks, or of their windows.

    Attributes
    ----------
    description
        What a reader must know to trust or doubt a score obtained this way.
    folds
        ``folds(tracks) -> Series`` with one nullable integer a track: ``k >= 0``, the track is
        tested by the model that was trained on all other used tracks; `TRAIN`, it is only trained
        on; NA, it is not used. None where the protocol does not apply. ``tracks`` has the columns
        of `pipeline.datasets.Track`, one row a window if `unit` says so.
    strictness
        The higher, the less of the test a model knows from training. The strictest protocol of a
        benchmark is its headline.
    shared
        What training and test tracks may have in common.
    unseen
        What a model never met in training, in the plural: tracks, artists.
    role
        ``"published"``: a split that others use too. ``"leak"``: it shows what a leak is worth.
        ``"elsewhere"``: it tests on another collection. The last two are never the headline.
    unit
        What is divided and tested.
    """

    name: str
    title: str
    description: str
    folds: Callable[[pd.DataFrame], pd.Series | None]
    strictness: int
    shared: str
    unseen: str
    role: Role = "general"
    unit: Unit = "track"


class _Facts(Interface):
    """What a protocol and its card in a manifest have in common."""

    @property
    def strictness(self) -> int: ...
    @property
    def role(self) -> Role: ...
    @property
    def unit(self) -> Unit: ...


def ranked(protocols: Mapping[str, _Facts]) -> list[str]:
    """Names of protocols by falling strictness; those that cannot be the headline come last."""

    def rank(name: str) -> tuple[bool, int]:
        facts = protocols[name]
        divides_tracks = facts.unit == "track" and facts.role not in ("leak", "elsewhere")
        return divides_tracks, facts.strictness

    return sorted(protocols, key=rank, reverse=True)


def headline(protocols: Mapping[str, _Facts]) -> str:
    """Name of the protocol that ranks models: the strictest that divides tracks of the dataset."""
    return ranked(protocols)[0]


def robustness_protocol(protocols: Mapping[str, _Facts]) -> str:
    """Name of the protocol whose first fold is also tested on distorted recordings.

    It is the published one, so that others can repeat the test, and otherwise the headline.
    """
    published = (name for name, facts in protocols.items() if facts.role == "published")
    return next(published, None) or headline(protocols)


def tests_elsewhere(facts: _Facts) -> bool:
    """Whether a protocol tests on tracks of a second collection."""
    return facts.role == "elsewhere"


def numbered(tracks: pd.DataFrame, splits: Iterable[tuple[Any, Any]]) -> pd.Series:
    """Number of the fold that tests each track, from the splits of a scikit-learn splitter."""
    import pandas as pd

    fold = pd.Series(0, index=tracks.index, dtype="Int64")
    for k, (_, test) in enumerate(splits):
        fold.iloc[test] = k
    return fold


def only_first(fold: pd.Series) -> pd.Series:
    """Test the first fold alone if there are `ENOUGH_TRACKS`; the others are trained on."""
    return fold.where(fold == 0, TRAIN) if len(fold) >= ENOUGH_TRACKS else fold
