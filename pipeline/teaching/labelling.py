"""Labels of a collection, corrected step by step, and what a head learns from them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.datasets.common.spelling import key
from pipeline.errors import DatasetError
from pipeline.evaluation.intervals import Interval, difference_interval
from pipeline.evaluation.scores import RESERVED, accuracy
from pipeline.teaching.head import ENOUGH_TRACKS, fit_head, tested_by_artist

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pipeline.models import Array

LONGEST = 60  # characters of a genre's name
STEP_COLUMNS = ["step", "track_id", "old", "new", "when"]


@dataclass(frozen=True)
class Step:
    """A label that was given to a track, or taken back.

    Attributes
    ----------
    old, new
        Its label before and after; empty: none. They are equal where a label was confirmed.
    when
        Time in UTC, as ISO 8601 writes it.
    undoes
        Number of the step that this one takes back; None: it gives a label.
    """

    track_id: str
    old: str
    new: str
    when: str
    undoes: int | None = None


def _nowhere(step: Step) -> None:
    """Keep a step in memory only."""


@dataclass
class Overlay:
    """Corrections on top of the labels that a collection came with. Steps are only ever added.

    Attributes
    ----------
    given
        Label that each track came with, by id; empty: none.
    steps
        From the first to the last; the number of a step is its place here.
    keep
        Is given each new step before it counts, to write it down. What it raises loses nothing.
    """

    given: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    keep: Callable[[Step], object] = _nowhere

    def in_force(self) -> dict[int, Step]:
        """The steps that count, by number: they give a label, and were not taken back."""
        gone = {step.undoes for step in self.steps}
        return {
            n: step for n, step in enumerate(self.steps) if step.undoes is None and n not in gone
        }

    def labels(self) -> dict[str, str]:
        """The label of each track now, by id; empty: none."""
        return self.given | {step.track_id: step.new for step in self.in_force().values()}

    def genres(self) -> list[str]:
        """Genres in an order that stays as labels change: the largest first, then new ones."""
        count = Counter(genre for genre in self.given.values() if genre)
        came = sorted(count, key=lambda genre: (-count[genre], genre))
        new = (step.new for step in self.in_force().values())
        return list(dict.fromkeys([*came, *new]))

    def spelled(self, genre: str) -> str:
        """A genre as it is spelled already, if only capitals, marks or accents' encoding differ.

        Raises
        ------
        DatasetError
            If no genre can be called so.
        """
        name = " ".join(unicodedata.normalize("NFC", genre).split())
        if not any(map(str.isalnum, name)):
            raise DatasetError(f"No genre can be called {genre!r}. Write a letter or a digit.")
        if len(name) > LONGEST:
            raise DatasetError(
                f"The genre {name[:LONGEST]!r}… has {len(name)} characters. Write {LONGEST} at"
                " most."
            )
        if name in RESERVED:
            raise DatasetError(
                f"No genre can be called {name!r}, a column of the tables. Choose another name."
            )
        return next((known for known in self.genres() if key(known) == key(name)), name)

    def label(self, track_id: str, genre: str) -> Step:
        """Say what a track is; the same genre as before confirms it.

        Raises
        ------
        DatasetError
            If no genre can be called so.
        """
        old = self.labels().get(track_id, "")
        return self._add(Step(track_id, old, self.spelled(genre), _now()))

    def undo(self, number: int) -> Step:
        """Take back a step, whichever it is.

        Raises
        ------
        DatasetError
            If there is no such step that counts.
        """
        there = self.in_force()
        if number not in there:
            raise DatasetError(f"There is no step {number} to be undone. It may be undone already.")
        track_id, before = there[number].track_id, self.labels()
        rest = [s.new for n, s in there.items() if s.track_id == track_id and n != number]
        after = rest[-1] if rest else self.given.get(track_id, "")
        return self._add(Step(track_id, before[track_id], after, _now(), undoes=number))

    def table(self) -> pd.DataFrame:
        """The steps that count, the latest first: ``step, track_id, old, new, when``."""
        rows = [(n, s.track_id, s.old, s.new, s.when) for n, s in self.in_force().items()]
        return pd.DataFrame(rows[::-1], columns=STEP_COLUMNS)

    def _add(self, step: Step) -> Step:
        self.keep(step)
        self.steps.append(step)
        return step


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Lesson:
    """What was learnt from a collection.

    Attributes
    ----------
    head
        See `pipeline.teaching.head.fit_head`; None with fewer than two genres that are known.
    tested
        Answers on tracks of artists that the head did not hear, see
        `pipeline.teaching.head.tested_by_artist`; its index is the track's id.
    answers : pd.DataFrame
        By track id: a probability for each genre, of heads that did not learn the track.
    unknown
        Number of tracks of each genre that is not yet known.
    """

    head: Any | None
    tested: pd.DataFrame
    answers: pd.DataFrame
    unknown: Mapping[str, int]

    @property
    def accuracy(self) -> Interval | None:
        """Share of tracks that were answered right, by artist; None where nothing was tested."""
        return None if self.tested.empty else accuracy(self.tested)


UNTESTED = pd.DataFrame(columns=["genre", "artist", "fold", "predicted", "confidence", "right"])
NOTHING = Lesson(None, UNTESTED, pd.DataFrame(), {})  # nothing was learnt


def retrained(tracks: pd.DataFrame, X: Array) -> Lesson:
    """Learn the labels of a collection, and test by artist what was learnt.

    Copies, with equal embeddings, count once; if their labels differ, none of them is learnt.

    Parameters
    ----------
    tracks
        ``genre`` (empty: no label) and ``artist`` by track id. An unknown artist is a name of its
        own.
    X : np.ndarray [shape=(n_tracks, n_features)]
        Embedding of each track.
    """
    single = _single(tracks["genre"], X)
    count = tracks.loc[single, "genre"].value_counts()
    unknown = {str(genre): int(n) for genre, n in count.items() if n < ENOUGH_TRACKS}
    learnt = single & ~tracks["genre"].isin({*unknown, *RESERVED}).to_numpy()
    if tracks.loc[learnt, "genre"].nunique() < 2:
        return replace(NOTHING, unknown=unknown)
    known = tracks[learnt]
    genres = known["genre"].tolist()
    head = fit_head(X[learnt], genres)
    tested = tested_by_artist(X[learnt], genres, known["artist"].tolist())
    tested = tested.set_axis(known.index[tested.index.to_numpy(dtype=int)])
    asked = pd.DataFrame(
        head.predict_proba(X[~learnt]) if (~learnt).any() else None,
        tracks.index[~learnt],
        head.classes_,
        dtype=float,
    )
    answers = pd.concat([tested.reindex(columns=head.classes_), asked])
    return Lesson(head, tested, answers, unknown)


def _single(genres: pd.Series, X: Array) -> np.ndarray:
    """Which labelled tracks count: the first of equal sounds, none whose labels differ."""
    said = genres.to_numpy() != ""
    sounds = pd.Series([row.tobytes() for row in X], dtype=object).where(said)
    differing = genres.reset_index(drop=True).groupby(sounds).transform("nunique") > 1
    return said & ~sounds.duplicated().to_numpy() & ~differing.fillna(False).to_numpy(dtype=bool)


def queue(tracks: pd.DataFrame, lesson: Lesson, done: Collection[str] = ()) -> pd.DataFrame:
    """What to ask a person next: the most disputed and the least sure tracks first.

    Parameters
    ----------
    tracks
        As `retrained` takes them.
    done
        Ids of those that the person labelled already, which are not asked again.

    Returns
    -------
    pd.DataFrame
        By track id: ``genre`` (its label, or empty), ``answer`` and its ``probability`` (missing
        where there is none), and ``doubt`` in [0, 1]: how unlikely the head finds the label, or how
        unsure it is of a track without one. Labels that it cannot judge come last.
    """
    waiting = tracks.loc[~tracks.index.isin(list(done)), ["genre"]]
    answers = lesson.answers.reindex(waiting.index)
    if answers.empty or not len(answers.columns):
        doubt = (waiting["genre"] == "").astype(float)
        waiting = waiting.assign(answer=None, probability=np.nan, doubt=doubt)
    else:
        waiting = _doubted(waiting, answers)
    return waiting.sort_values("doubt", ascending=False, kind="stable")


def _doubted(waiting: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    asked = answers.notna().all(axis=1)
    p = answers.where(asked, 0.0).to_numpy()
    column = answers.columns.get_indexer(pd.Index(waiting["genre"]))
    of_label = p[np.arange(len(p)), column]
    judged = asked.to_numpy() & (column >= 0)
    unlabelled = (waiting["genre"] == "").to_numpy()
    doubt = np.select([judged, unlabelled], [1 - of_label, 1 - p.max(axis=1)], 0.0)
    best = pd.Series(answers.columns.to_numpy()[p.argmax(axis=1)], waiting.index).where(asked, None)
    share = pd.Series(p.max(axis=1), waiting.index).where(asked)
    return waiting.assign(answer=best, probability=share, doubt=doubt)


def movement(before: Lesson, now: Lesson) -> Interval | None:
    """How far accuracy by artist moved on the same tracks, judged by the labels of now.

    So it rises only if answers became better, not because labels that disagreed were changed.

    Returns
    -------
    Interval or None
        None where fewer than two artists were tested both times.
    """
    common = now.tested.index.intersection(before.tested.index)
    today = now.tested.loc[common]
    artists = today["artist"]
    if artists.nunique() < 2:
        return None
    right = before.tested.loc[common, "predicted"] == today["genre"]
    moved = today["right"].astype(float) - right
    parts = pd.DataFrame({"moved": moved, "tracks": 1.0}).groupby(artists).sum()
    return difference_interval(parts.to_numpy(), lambda sums: sums[..., 0] / sums[..., 1])
