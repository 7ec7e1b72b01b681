"""The file that holds what is known of a library: an SQLite database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.artifacts import places
from pipeline.errors import PipelineError
from pipeline.folders import check_writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

CURE = "Name another file: --library FILE."
VERSION = 1  # of the tables
TABLES = """
CREATE TABLE file (
    path BLOB PRIMARY KEY,          -- as the system has it, which is not always text
    folder BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,         -- in nanoseconds
    content TEXT,                   -- SHA-256; of an earlier state, while it is not `read`
    read INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0,
    genres TEXT NOT NULL DEFAULT '[]',
    artist TEXT NOT NULL DEFAULT '',
    album TEXT NOT NULL DEFAULT '',
    error TEXT                      -- why there is no answer
) WITHOUT ROWID;
CREATE INDEX file_content ON file (content);
CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL UNIQUE,   -- hash of all that an answer depends on but the recording
    benchmark TEXT NOT NULL,
    name TEXT NOT NULL,
    excerpt REAL,                   -- seconds; none: all of each file
    classes TEXT NOT NULL,
    scan INTEGER NOT NULL           -- number of the last scan that asked it
);
CREATE TABLE answer (
    content TEXT NOT NULL,
    model INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    outside TEXT NOT NULL,
    probabilities TEXT NOT NULL,    -- JSON: by genre, calibrated
    seconds REAL NOT NULL,
    PRIMARY KEY (content, model)
) WITHOUT ROWID;
CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL,
    before TEXT NOT NULL,           -- SHA-256 of the file as it was
    after TEXT,                     -- and as it became; none: it was not complete
    mtime INTEGER NOT NULL,         -- before
    patch BLOB,                     -- from the new file to the old one
    temporary BLOB,                 -- what an interrupted run leaves behind
    done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX change_after ON change (after);
"""
Values = tuple[Any, ...]


def default_place() -> Path:
    """The library's file, if none is named."""
    return places.home() / "library.sqlite"


class Store:
    """What is known of a library. Every statement is kept at once, whatever ends the process."""

    def __init__(self, place: Path) -> None:
        self.place = place
        # Who reads where nothing can be written has no room for what SQLite notes beside the file,
        # unless another process does so.
        notes = place.with_name(f"{place.name}-wal")
        fixed = "" if os.access(place.parent, os.W_OK) or notes.exists() else "?immutable=1"
        self._address = f"{place.absolute().as_uri()}{fixed}"
        self._connection = self._connected(isolation_level=None)

    def _connected(self, **options: Any) -> sqlite3.Connection:
        return sqlite3.connect(self._address, uri=True, timeout=60, **options)

    def run(self, statement: str, values: Values | dict[str, Any] = ()) -> list[Values]:
        """Rows of a statement, which are few."""
        with self._explained():
            return self._connection.execute(statement, values).fetchall()

    def run_many(self, statement: str, values: Iterable[Values]) -> None:
        """A statement for each of many values."""
        with self._explained():
            self._connection.executemany(statement, values)

    def rows(self, statement: str, values: Values | dict[str, Any] = ()) -> Iterator[Values]:
        """Rows of a statement as they are now, however many; others may be written meanwhile."""
        with self._explained(), closing(self._connected()) as reader:
            yield from reader.execute(statement, values)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Statements that all count, or none."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise PipelineError(
                f"{self.place} cannot be used: {error}. What was known is kept. Make room on the"
                " disk, check who may write there, or name another file: --library FILE."
            ) from error
        except sqlite3.DatabaseError as error:
            raise PipelineError(f"{self.place} is no library: {error}. {CURE}") from error

    def close(self) -> None:
        """Leave it to others."""
        self._connection.close()


@contextmanager
def opened(place: Path, new: bool = False) -> Iterator[Store]:
    """The library in a file.

    Parameters
    ----------
    new
        Whether it may be made.

    Raises
    ------
    PipelineError
        If there is none, it cannot be used, or it is of another version.
    """
    if not new and not place.is_file():
        raise PipelineError(
            f"There is no library {place}. Make one: python -m pipeline library scan FOLDER."
        )
    if new:
        check_writable(place.parent, CURE)
    try:
        store = Store(place)
    except sqlite3.OperationalError as error:
        raise PipelineError(f"{place} cannot be opened: {error}. {CURE}") from error
    with closing(store):
        _prepare(store)
        yield store


def _prepare(store: Store) -> None:
    [(version,)] = store.run("PRAGMA user_version")
    if version == VERSION:
        return
    if version or store.run("SELECT 1 FROM sqlite_master"):
        raise PipelineError(
            f"{store.place} was made by another version of this program ({version} in place of"
            f" {VERSION}). {CURE}"
        )
    store.run("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
    with store.together():
        for statement in TABLES.split(";\n"):
            store.run(statement)
        store.run(f"PRAGMA user_version = {VERSION}")


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Keep other processes from changing the same library; a killed one holds nothing.

    Raises
    ------
    PipelineError
        If another one is at work, or nothing can be written there.
    """
    check_writable(store.place.parent, CURE)
    lock = store.place.with_name(f"{store.place.name}.lock")
    with closing(sqlite3.connect(lock, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise PipelineError(
                f"Another process is at work on {store.place}. Wait until it has ended."
            ) from error
        yield


def below(folders: Sequence[Path], names: str = "f") -> tuple[str, dict[str, bytes]]:
    """A condition on `file.path`, and its values: files in folders, or named themselves.

    Parameters
    ----------
    folders
        Of none, all files.
    names
        What the names of its values begin with.
    """
    if not folders:
        return "(1)", {}
    parts: list[str] = []
    values: dict[str, bytes] = {}
    for name, folder in ((f"{names}{n}", folder) for n, folder in enumerate(folders)):
        parts.append(f"(path = :{name} OR (path >= :{name}_from AND path < :{name}_to))")
        path = key(folder)
        start = path.rstrip(b"/") + b"/"
        values |= {name: path, f"{name}_from": start, f"{name}_to": start[:-1] + b"0"}
    return _any_of(parts), values


def _any_of(conditions: Sequence[str]) -> str:
    """One of them holds. SQLite limits how deep a chain of them goes, but not a tree's width."""
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return f"({_any_of(conditions[:half])} OR {_any_of(conditions[half:])})"


def key(path: Path) -> bytes:
    """How a file is called in the tables: absolute, links as they are."""
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100  # `resolve` follows links
