"""What the demo holds for one visitor: the owner of every ``demo`` key of the session.

Nothing is written to disk; what the server holds goes with the session.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from uuid import uuid4

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.live.clips import Clips
    from dashboard.live.recording import Recording
    from pipeline.artifacts.reader import Artifacts
    from pipeline.audio.peaks import Waveform
    from pipeline.inference.predict import Analysis
    from pipeline.inference.rolling import Rolling

T = TypeVar("T")
Key: TypeAlias = tuple[Any, ...]
SESSION = "demo"
BROWSER = "_streamlit_xsrf"  # the cookie that Streamlit gives each browser
MAX_RESULTS = 64  # of each kind, about a megabyte each at most
MAX_SOUNDS = 2  # of each kind, up to fifty times as large
MAX_CLIPS_MB = 200  # of recordings that history can open again


def _one(value: object) -> float:
    return 1


class Latest(OrderedDict[Key, T]):
    """The last results by key; older ones make room.

    Parameters
    ----------
    most
        Weight of all together; the last one stays in any case.
    weight
        Of a result.
    """

    def __init__(self, most: float, weight: Callable[[T], float] = _one) -> None:
        super().__init__()
        self.most, self.weight = most, weight

    def keep(self, key: Key, value: T) -> T:
        """Keep a result and give it back."""
        self[key] = value
        while len(self) > 1 and sum(map(self.weight, self.values())) > self.most:
            self.popitem(last=False)
        return value

    def once(self, key: Key, make: Callable[[], T]) -> T:
        """Make a result, unless it is kept."""
        return self[key] if key in self else self.keep(key, make())


def _results() -> Latest[Any]:
    return Latest(MAX_RESULTS)


def _sounds() -> Latest[Any]:
    return Latest(MAX_SOUNDS)


def _clips() -> Latest[Recording]:
    return Latest(MAX_CLIPS_MB, lambda recording: len(recording.data) / 1e6)


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
    name
        Tells it from others.
    brought
        By source: the recordings that it brought last.
    clips
        Recordings that have a verdict, by digest.
    reopened
        A recording of the history, which is shown in place of what was brought.
    analyses
        What models found, by recording and benchmark.
    contributions, occlusions
        What explains a verdict, by recording, benchmark and model.
    embeddings
        What the taught head hears of a recording.
    playable
        Sound that was made from a recording for the player.
    waveforms
        What the player draws of a recording.
    album
        A row for each recording of an album, by recording, benchmark and model.
    history
        A row for each verdict.
    stopped
        Whether the visitor stopped the classification of an album.
    held
        Whether anything was brought on this visit, even if it is removed by now.
    emptied
        How often widgets that hold sound were made anew, to be rid of it.
    taught
        What the visitor labels on this visit; None before the first clip.
    listening
        What was heard live; None before the first time.
    """

    name: str = field(default_factory=lambda: uuid4().hex, compare=False)
    brought: dict[str, list[Recording]] = field(default_factory=dict)
    clips: Latest[Recording] = field(default_factory=_clips)
    reopened: Recording | None = None
    analyses: Latest[Analysis] = field(default_factory=_results)
    contributions: Latest[Any] = field(default_factory=_results)
    occlusions: Latest[Any] = field(default_factory=_results)
    embeddings: Latest[Any] = field(default_factory=_results)
    playable: Latest[bytes] = field(default_factory=_sounds)
    waveforms: Latest[Waveform] = field(default_factory=_results)
    album: dict[Key, dict[str, Any]] = field(default_factory=dict)
    history: dict[Key, dict[str, Any]] = field(default_factory=dict)
    stopped: bool = False
    held: bool = False
    emptied: int = 0
    taught: Clips | None = None
    listening: Listening | None = None


def current() -> Session:
    """The session of this visitor, begun at first use."""
    return cast("Session", st.session_state.setdefault(SESSION, Session()))


def visitor() -> str:
    """Who this is: the browser with all its tabs, or where it says nothing, this session."""
    return st.context.cookies.get(BROWSER) or current().name


def forget() -> None:
    """Keep nothing of what was brought and found, not even in the widgets that brought it."""
    st.session_state[SESSION] = Session(emptied=current().emptied + 1)


def bring(source: str, recordings: list[Recording]) -> None:
    """Keep what a source brings, in place of what it brought before."""
    mine = current()
    before = {recording.digest for recording in mine.brought.get(source, [])}
    if before.isdisjoint(recording.digest for recording in recordings):
        mine.stopped = False  # that was another album
    mine.brought[source], mine.reopened = recordings, None


def widget(*names: str | int) -> str:
    """Key of a widget of the demo; it stands in the address where the widget's choice does."""
    return ".".join((SESSION, *map(str, names)))


def result_key(recording: Recording, artifacts: Artifacts, *more: str) -> Key:
    """Key of what is found in a recording; another build finds it anew."""
    return (recording.digest, artifacts.manifest.benchmark, artifacts.manifest.created, *more)
