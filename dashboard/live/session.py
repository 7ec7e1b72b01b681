"""What the demo holds for one visitor: the owner of every ``demo`` key of the session.

Nothing is written to disk; what the server holds goes with the session.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.live.clips import Clips
    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.predict import Analysis
    from pipeline.inference.rolling import Rolling

T = TypeVar("T")
Key: TypeAlias = tuple[Any, ...]
SESSION = "demo"
MAX_RESULTS = 64  # of each kind, about a megabyte each at most
MAX_SOUNDS = 2  # of each kind, up to fifty times as large


class Latest(OrderedDict[Key, T]):
    """The last results by key; older ones make room."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def keep(self, key: Key, value: T) -> T:
        """Keep a result and give it back."""
        self[key] = value
        while len(self) > self.most:
            self.popitem(last=False)
        return value

    def once(self, key: Key, make: Callable[[], T]) -> T:
        """Make a result, unless it is kept."""
        return self[key] if key in self else self.keep(key, make())


def _results() -> Latest[Any]:
    return Latest(MAX_RESULTS)


def _sounds() -> Latest[Any]:
    return Latest(MAX_SOUNDS)


@dataclass
class Listening:
    """What is heard live from one press of the button to the next.

    Attributes
    ----------
    run
        Tells it from others; the browser's clock when it began.
    over
        Whether the visitor took what is held, and the browser shall stop.
    """

    run: int
    sound: Rolling
    over: bool = False


@dataclass
class Session:
    """One visitor's recordings and what was found in them.

    Attributes
    ----------
    brought
        By source: the recording that it brought last. Files stay in the browser's own widget.
    analyses
        What models found, by recording and benchmark.
    contributions, occlusions
        What explains a verdict, by recording, benchmark and model.
    embeddings
        What the taught head hears of a recording.
    playable
        Sound that was made from a recording for the player.
    album
        A row for each recording of an album, by recording, benchmark and model.
    history
        A row for each verdict.
    stopped
        Whether the visitor stopped the classification of an album.
    recordings_made
        Number of recordings by the timed recorder, which is made anew after each.
    taught
        What the visitor labels on this visit; None before the first clip.
    listening
        What was heard live; None before the first time.
    """

    brought: dict[str, Recording | None] = field(default_factory=dict)
    analyses: Latest[Analysis] = field(default_factory=_results)
    contributions: Latest[Any] = field(default_factory=_results)
    occlusions: Latest[Any] = field(default_factory=_results)
    embeddings: Latest[Any] = field(default_factory=_results)
    playable: Latest[bytes] = field(default_factory=_sounds)
    album: dict[Key, dict[str, Any]] = field(default_factory=dict)
    history: dict[Key, dict[str, Any]] = field(default_factory=dict)
    stopped: bool = False
    recordings_made: int = 0
    taught: Clips | None = None
    listening: Listening | None = None


def current() -> Session:
    """The session of this visitor, begun at first use."""
    return cast("Session", st.session_state.setdefault(SESSION, Session()))


def forget() -> None:
    """Keep nothing of what was brought and found; only the recorder's number goes on."""
    st.session_state[SESSION] = Session(recordings_made=current().recordings_made)


def widget(*names: str | int) -> str:
    """Key of a widget of the demo; it stands in the address where the widget's choice does."""
    return ".".join((SESSION, *map(str, names)))


def result_key(recording: Recording, artifacts: Artifacts, *more: str) -> Key:
    """Key of what is found in a recording; another build finds it anew."""
    return (recording.digest, artifacts.manifest.benchmark, artifacts.manifest.created, *more)
