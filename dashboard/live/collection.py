"""A collection under labelling: tracks as they were heard, their labels, and what was learnt."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.teaching.labelling import Lesson, Overlay, movement, retrained

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.live.recording import Recording
    from pipeline.evaluation.intervals import Interval
    from pipeline.features import Array

PATIENCE_SECONDS = (
    1.5  # how long a page waits for what is being learnt; two hundred tracks take 0.3
)
TEACHER = ThreadPoolExecutor(1, "teacher")  # of all visitors


@dataclass(frozen=True)
class Learnt:
    """What was learnt when a collection had so many steps and tracks.

    Attributes
    ----------
    first
        From the labels that it came with, or from the first that could be tested.
    history
        Accuracy by artist after each number of steps that could be tested.
    """

    version: tuple[int, int]
    first: Lesson
    now: Lesson
    history: dict[int, Interval]

    @property
    def moved(self) -> Interval | None:
        """See `pipeline.teaching.labelling.movement`."""
        return movement(self.first, self.now)


class Collection:
    """Tracks of which some have a label; whoever changes it may do so from several threads.

    Parameters
    ----------
    sound
        Gives the recording of a track, to be played.
    """

    def __init__(self, sound: Callable[[str], Recording], overlay: Overlay | None = None) -> None:
        self.sound = sound
        self.overlay = overlay or Overlay()
        self.learnt: Learnt | None = None
        self._artists: dict[str, str] = {}
        self._embeddings: dict[str, Array] = {}
        self._learning: Future[Learnt] | None = None
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._embeddings)

    def __contains__(self, track_id: str) -> bool:
        return track_id in self._embeddings

    def add(self, track_id: str, artist: str, embedding: Array) -> None:
        """Add a track that was heard; an unknown artist is a name of its own."""
        with self._lock:
            self.overlay.given.setdefault(track_id, "")
            self._artists[track_id], self._embeddings[track_id] = artist, embedding

    def label(self, track_id: str, genre: str) -> None:
        """See `pipeline.teaching.labelling.Overlay.label`."""
        with self._lock:
            self.overlay.label(track_id, genre)

    def undo(self, number: int) -> None:
        """See `pipeline.teaching.labelling.Overlay.undo`."""
        with self._lock:
            self.overlay.undo(number)

    def tracks(self) -> pd.DataFrame:
        """``genre, artist`` by track id, of those that were heard."""
        with self._lock:
            return self._table(self.overlay.labels())

    def labelled(self) -> set[str]:
        """Ids of tracks that a person labelled here."""
        return {step.track_id for step in self.overlay.in_force().values()}

    def learn(self) -> Learnt | None:
        """What was learnt last. Learns in the background if labels or tracks changed, and waits.

        The wait is short. What takes longer is there the next time; None if nothing is yet.
        """
        with self._lock:
            self._take(0)
            if self._learning is None and (self.learnt is None or self.learnt.version != self.now):
                self._learning = TEACHER.submit(self._lesson())
            self._take(PATIENCE_SECONDS)
            return self.learnt

    @property
    def now(self) -> tuple[int, int]:
        """Number of steps and of tracks."""
        return len(self.overlay.steps), len(self)

    @property
    def is_learning(self) -> bool:
        """Whether what was learnt last is behind the labels."""
        return self.learnt is None or self.learnt.version != self.now

    def _take(self, seconds: float) -> None:
        if self._learning is None:
            return
        with suppress(Late):  # it is taken the next time
            future = self._learning
            if future.done():
                self._learning = None
            self.learnt = future.result(seconds)
            self._learning = None

    def _lesson(self) -> Callable[[], Learnt]:
        """A lesson about the collection as it is now, for another thread."""
        version, before = self.now, self.learnt
        given, tracks = self._table(self.overlay.given), self.tracks()
        X = np.stack(list(self._embeddings.values())) if len(self) else np.empty((0, 1), np.float32)

        def lesson() -> Learnt:
            now = retrained(tracks, X)
            same = before is not None and before.version[1] == version[1]
            if before and same:
                first = before.first
            else:
                first = now if given.equals(tracks) else retrained(given, X)
            known = before.history if before else {}
            candidates = [first, *([before.first] if before else [])]
            return Learnt(
                version,
                first=next(filter(is_tested, candidates), now),
                now=now,
                history=known | _point(version[0], now),
            )

        return lesson

    def _table(self, labels: dict[str, str]) -> pd.DataFrame:
        ids = list(self._embeddings)
        columns = {
            "genre": [labels.get(i, "") for i in ids],
            "artist": list(self._artists.values()),
        }
        return pd.DataFrame(columns, pd.Index(ids, dtype=object), dtype=object)


def is_tested(lesson: Lesson) -> bool:
    """Whether a lesson could be tested by artist."""
    return not lesson.tested.empty


def _point(steps: int, lesson: Lesson) -> dict[int, Interval]:
    found = lesson.accuracy
    return {} if found is None else {steps: found}
