"""What a model hears in the files of a library: each content once, whatever its names."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.audio import decoding
from pipeline.errors import AudioError
from pipeline.evaluation.decision import answers
from pipeline.files import file_hash
from pipeline.inference import kept
from pipeline.inference.deciding import decided
from pipeline.inference.predict import verdict
from pipeline.inference.tagging import genres_of
from pipeline.library.store import below
from pipeline.threads import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.kept import Question
    from pipeline.inference.predict import Analysis
    from pipeline.library.models import Model
    from pipeline.library.store import Store

AT_ONCE = 256  # files, whose bytes the system still has when they are read for the second time
UNHEARD = """
NOT gone AND (NOT read OR (error IS NULL AND NOT EXISTS (
    SELECT 1 FROM answer WHERE answer.content = file.content AND answer.model = :model)))
"""
UPDATED = """
UPDATE file SET content = ?, genres = ?, artist = ?, album = ?, read = 1, error = ? WHERE path = ?
"""


@dataclass(frozen=True)
class Listener:
    """Who is asked about files.

    Attributes
    ----------
    asked
        About one model.
    jobs
        As `pipeline.extraction.workers.in_order` takes it.
    """

    asked: Question
    artifacts: Artifacts
    model: Model
    jobs: int = -1


class Heard(NamedTuple):
    """A file that was new, changed, or not yet heard by this model.

    Attributes
    ----------
    state
        ``new``, ``changed``, ``moved``, or ``known`` if only the model had not heard it.
    before
        Where it was, if it was moved.
    error
        Why there is no answer; None if there is one.
    """

    path: Path
    state: str
    before: Path | None
    genre: str | None = None
    kind: str | None = None
    confidence: float | None = None
    error: str | None = None


class Identity(NamedTuple):
    """What a file is, whatever it is called."""

    content: str
    genres: tuple[str, ...]
    artist: str
    album: str


def unheard(folders: Sequence[Path], model: Model, store: Store) -> int:
    """Number of files in folders that are to be read or heard."""
    there, values = below(folders)
    statement = f"SELECT count(*) FROM file WHERE {there} AND {UNHEARD}"
    [(number,)] = store.run(statement, values | {"model": model.id})
    return int(number)


def forget_errors(folders: Sequence[Path], store: Store) -> None:
    """Have files asked again that could not be read."""
    there, values = below(folders)
    again = "error = NULL, read = read AND content IS NOT NULL"
    store.run(f"UPDATE file SET {again} WHERE {there} AND NOT gone AND error IS NOT NULL", values)


def hear(folders: Sequence[Path], listener: Listener, store: Store) -> Iterator[Heard]:
    """Read and ask about what is not known, in the order of folders and paths.

    Each answer is kept as soon as it is known.
    """
    hearing = _Hearing(listener, store)
    for folder in folders:
        last = b""
        while batch := hearing.batch(folder, last):
            yield from hearing.heard(batch)
            last = batch[-1].key


class _File(NamedTuple):
    """A file that is to be heard, as it is known."""

    key: bytes
    read: bool
    content: str | None

    @property
    def path(self) -> Path:
        return Path(os.fsdecode(self.key))


class _Hearing:
    """A listener at work."""

    def __init__(self, listener: Listener, store: Store) -> None:
        self.listener, self.store = listener, store
        self.answers = answers(listener.artifacts, listener.model.name)

    def batch(self, folder: Path, last: bytes) -> list[_File]:
        """Some more files."""
        there, values = below([folder])
        rows = self.store.run(
            f"SELECT path, read, content FROM file WHERE {there} AND path > :last AND {UNHEARD}"
            f" ORDER BY path LIMIT {AT_ONCE}",
            values | {"last": last, "model": self.listener.model.id},
        )
        return [_File(*row) for row in rows]

    def heard(self, batch: Sequence[_File]) -> Iterator[Heard]:
        """Read what is new, then ask about contents that nobody asked about."""
        self._read([file for file in batch if not file.read])
        contents = {file: self._content(file) for file in batch}
        first: dict[str, _File] = {}  # of files with one content, in the order of the batch
        for file, content in contents.items():
            if content and not self._answer(content):
                first.setdefault(content, file)
        asked = set(first.values())
        found = iter(self._analyses([file.path for file in first.values()]))
        for file, content in contents.items():
            if file in asked:
                self._keep(content or "", next(found))
            yield self._told(file)

    def _read(self, files: Sequence[_File]) -> None:
        # In threads: reading needs no model, which processes would load for it.
        found = in_order(_identity, [file.path for file in files])
        for file, identity in zip(files, found, strict=True):
            if isinstance(identity, str):
                self.store.run(
                    "UPDATE file SET error = ?, read = 1, content = NULL WHERE path = ?",
                    (identity, file.key),
                )
                continue
            content, genres, artist, album = identity
            values = (content, json.dumps(genres), artist, album, None, file.key)
            self.store.run(UPDATED, values)

    def _content(self, file: _File) -> str | None:
        [(content,)] = self.store.run("SELECT content FROM file WHERE path = ?", (file.key,))
        return content

    def _answer(self, content: str | None) -> tuple[str, str] | None:
        """Verdict and probabilities."""
        rows = self.store.run(
            "SELECT verdict, probabilities FROM answer WHERE content = ? AND model = ?",
            (content, self.listener.model.id),
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def _analyses(self, paths: Sequence[Path]) -> Iterator[Analysis | str]:
        listener = self.listener
        jobs = listener.jobs if len(paths) > 1 else 1
        return kept.analyses(paths, listener.asked, listener.artifacts, jobs)

    def _keep(self, content: str, analysis: Analysis | str) -> None:
        if isinstance(analysis, str):
            statement = "UPDATE file SET error = ? WHERE content = ? AND read"
            self.store.run(statement, (analysis, content))
            return
        model, artifacts = self.listener.model, self.listener.artifacts
        given = verdict(analysis, model.name, artifacts)
        decision = decided(analysis, given, artifacts, self.answers)
        likely = json.dumps({str(genre): float(p) for genre, p in given.probabilities.items()})
        self.store.run(
            "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)",
            (content, model.id, decision.kind, decision.outside, likely, analysis.seconds),
        )

    def _told(self, file: _File) -> Heard:
        [(content, error)] = self.store.run(
            "SELECT content, error FROM file WHERE path = ?", (file.key,)
        )
        state, before = self._state(file, content)
        answer = self._answer(content)
        if answer is None or error:
            return Heard(file.path, state, before, error=error)
        probabilities = json.loads(answer[1])
        genre = max(probabilities, key=probabilities.get)
        return Heard(file.path, state, before, genre, answer[0], probabilities[genre])

    def _state(self, file: _File, content: str | None) -> tuple[str, Path | None]:
        """As in `Heard`; a file is moved if one of the same content is gone."""
        if file.read:
            return "known", None
        if file.content:
            return "changed", None
        rows = self.store.run(
            "SELECT path FROM file WHERE content = ? AND gone ORDER BY path LIMIT 1", (content,)
        )
        return ("moved", Path(os.fsdecode(rows[0][0]))) if rows else ("new", None)


def _identity(path: Path) -> Identity | str:
    """Content and tags of a file, or why it cannot be read."""
    try:
        content = file_hash(path)
        tags: dict[str, Any] = _tags(path)
        return Identity(content, genres_of(path), tags.get("artist", ""), tags.get("album", ""))
    except OSError as error:
        return f"The file cannot be read: {error.strerror}. Check who may read it."


def _tags(path: Path) -> dict[str, str]:
    try:
        return decoding.tags(path)
    except AudioError:  # who asks a model is told
        return {}
