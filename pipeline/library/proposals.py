"""Which genre belongs into the tags of each file of a library, and whether it would be written."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from pipeline.evaluation.decision import ACCEPTED, KINDS
from pipeline.library.store import below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.evaluation.decision import Kind
    from pipeline.library.models import Model
    from pipeline.library.store import Store, Values

Action: TypeAlias = Literal["write", "same", "keep", "unsure", "unheard", "error"]
ACTIONS: tuple[Action, ...] = get_args(Action)
NONE_OF_THESE, UNKNOWN = KINDS[-1], KINDS[-2]
ABOVE = 0.2

# Columns that files of a group share; those without an album or an artist are alone.
GROUPS: dict[str, tuple[str, ...]] = {"album": ("folder", "album"), "artist": ("artist",)}


@dataclass(frozen=True)
class Rules:
    """What is written, and where.

    Attributes
    ----------
    at_least
        Confidence from which a genre is written; None: where the verdict is sure or leaning.
        Music of none of the genres gets none.
    replace
        Whether genres that are there are replaced.
    top, above
        At most so many genres, all but the first of at least this probability.
    names
        What genres are called in tags; those that are missing keep their name.
    consensus
        One of `GROUPS`, whose files get one genre; None: each file its own.
    """

    at_least: float | None = None
    replace: bool = False
    top: int = 1
    above: float = ABOVE
    names: Mapping[str, str] = field(default_factory=dict)
    consensus: str | None = None


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a file.

    Attributes
    ----------
    content
        SHA-256 of the file that was heard.
    old, new
        Genres in its tags, and those that it should have.
    action
        ``write``; ``same``: they are there already; ``keep``: others are there; ``unsure``: the
        verdict is not sure enough; ``unheard``: it was not asked about yet; ``error``.
    kind, confidence
        The verdict, of the group if there is one; None if there is none.
    """

    path: Path
    content: str | None
    old: tuple[str, ...]
    new: tuple[str, ...]
    action: Action
    kind: Kind | None = None
    outside: str = ""
    confidence: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class _Answer:
    """A file and what was heard in it."""

    path: bytes
    content: str | None
    old: tuple[str, ...]
    error: str | None
    kind: Kind | None
    outside: str
    likely: dict[str, float]


def proposals(
    folders: Sequence[Path], model: Model, rules: Rules, store: Store
) -> Iterator[Proposal]:
    """A proposal for each file in folders, by path or by group; nothing is written."""
    there, values = below(folders)
    shared = GROUPS[rules.consensus] if rules.consensus else ("path",)
    # A file without an album is one of a kind.
    alone = f"CASE WHEN {shared[-1]} = '' THEN path END"
    rows = store.rows(
        f"SELECT path, file.content, genres, error, verdict, outside, probabilities, {alone},"
        f" {', '.join(shared)} FROM file LEFT JOIN answer"
        " ON answer.content = file.content AND answer.model = :model"
        f" WHERE {there} AND NOT gone ORDER BY {', '.join(shared)}, path",
        values | {"model": model.id},
    )
    for _, group in groupby(rows, key=lambda row: row[7:]):
        answers = list(map(_answer, group))
        agreed = _agreed(answers) if len(answers) > 1 else answers
        yield from (_proposal(answer, rules) for answer in agreed)


def _answer(row: Values) -> _Answer:
    path, content, genres, error, kind, outside, likely, *_ = row
    old = tuple(json.loads(genres))
    return _Answer(path, content, old, error, kind, outside or "", json.loads(likely or "{}"))


def _agreed(answers: Sequence[_Answer]) -> Sequence[_Answer]:
    """The same files, each with the answer of all of them together.

    It is the mean of their probabilities. It is called what more than half of them reach: sure,
    leaning, or none of the genres.
    """
    heard = [answer for answer in answers if _was_heard(answer)]
    if not heard:
        return answers
    genres = list(heard[0].likely)
    mean = np.mean([[answer.likely[genre] for genre in genres] for answer in heard], axis=0)
    likely = dict(zip(genres, mean.tolist(), strict=True))
    kind, outside = _kind(heard, _first(likely))
    return [
        replace(answer, kind=kind, outside=outside, likely=likely) if _was_heard(answer) else answer
        for answer in answers
    ]


def _was_heard(answer: _Answer) -> bool:
    return answer.kind is not None and answer.error is None


def _kind(heard: Sequence[_Answer], genre: str) -> tuple[Kind, str]:
    """What more than half of the answers are called, where they name this genre."""
    named = [answer for answer in heard if _first(answer.likely) == genre]
    for kinds in (ACCEPTED[:1], ACCEPTED):
        if sum(answer.kind in kinds for answer in named) > len(heard) / 2:
            return kinds[-1], ""
    outside = [answer.outside for answer in heard if answer.kind == NONE_OF_THESE]
    if len(outside) > len(heard) / 2:
        return NONE_OF_THESE, max(sorted(set(outside)), key=outside.count)
    return UNKNOWN, ""


def _first(likely: Mapping[str, float]) -> str:
    return max(likely, key=likely.__getitem__)


def _proposal(answer: _Answer, rules: Rules) -> Proposal:
    path = Path(os.fsdecode(answer.path))
    if answer.error is not None:
        return Proposal(path, answer.content, answer.old, (), "error", error=answer.error)
    if answer.kind is None:
        return Proposal(path, answer.content, answer.old, (), "unheard")
    new, confidence = _genres(answer.likely, rules), max(answer.likely.values())
    action = _action(answer, new, confidence, rules)
    facts = (answer.kind, answer.outside, confidence)
    return Proposal(path, answer.content, answer.old, new, action, *facts)


def _genres(likely: Mapping[str, float], rules: Rules) -> tuple[str, ...]:
    """Names of the likeliest genres, each once."""
    ranked = sorted(likely, key=likely.__getitem__, reverse=True)[: rules.top]
    worth = [genre for n, genre in enumerate(ranked) if n == 0 or likely[genre] >= rules.above]
    return tuple(dict.fromkeys(rules.names.get(genre, genre) for genre in worth))


def _action(answer: _Answer, new: tuple[str, ...], confidence: float, rules: Rules) -> Action:
    if answer.old == new:
        return "same"
    if answer.old and not rules.replace:
        return "keep"
    sure = answer.kind in ACCEPTED if rules.at_least is None else confidence >= rules.at_least
    return "write" if sure and answer.kind != NONE_OF_THESE else "unsure"
