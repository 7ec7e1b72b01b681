"""Genres written into the files of a library, and taken back: whatever ends it, no file is lost."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.errors import PipelineError
from pipeline.files import atomic, file_hash
from pipeline.inference.tagging import genres_of, tag_copy, take_after
from pipeline.library.patch import make_patch, old_hash, write_old
from pipeline.library.store import below, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.library.models import Model
    from pipeline.library.proposals import Proposal
    from pipeline.library.store import Store

logger = logging.getLogger(__name__)

CURE = "Check who may write there, and whether the disk is full."
CHANGED = "The file was changed since it was scanned, so it stays as it is. Scan it again."
TOUCHED = "Somebody changed the file since its genre was written, so it stays as it is."
LOST = "The file is not there any more. If it was moved, scan the folder that it is in now."
NOT_RESTORABLE = "The file could not be rebuilt from what was noted, so it stays as it was."


class Restored(NamedTuple):
    """A file whose genre was taken back, or why it was not.

    Attributes
    ----------
    old, new
        Genres in its tags, before and after that.
    """

    path: Path
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    error: str | None = None


class _Change(NamedTuple):
    """A row of the table."""

    id: int
    path: bytes
    before: str
    after: str
    mtime: int
    patch: bytes


def notes(proposal: Proposal, model: Model) -> dict[str, str]:
    """What is written beside a genre: who said so, and how sure that is."""
    return {
        "GENRESCOPE_MODEL": f"{model.benchmark}/{model.name}",
        "GENRESCOPE_VERSION": model.version,
        "GENRESCOPE_CONFIDENCE": f"{proposal.confidence:.3f}",
    }


def write(proposal: Proposal, model: Model, store: Store) -> str | None:
    """Write the genres of a proposal, and note how to take them back.

    The new file is made beside the old one and takes its place when its tags were read back, its
    sound was compared, and the old one could be made of it again.

    Returns
    -------
    str or None
        Why the file stays as it was; None if it has the genres.
    """
    path = proposal.path.resolve()
    try:
        if (before := file_hash(path)) != proposal.content:
            return CHANGED
        with atomic(path, CURE) as passing:
            change = _noted(proposal.path, passing, before, path, store)
            try:
                tag_copy(path, proposal.new, passing, notes(proposal, model))
                after = _complete(change, path, passing, before, store)
            except BaseException:
                store.run("DELETE FROM change WHERE id = ?", (change,))
                raise
    except OSError as error:
        return f"The file cannot be written: {error.strerror}. {CURE}"
    except PipelineError as error:
        return str(error)
    _done(change, key(proposal.path), before, after, store)
    return None


def _noted(name: Path, passing: Path, before: str, path: Path, store: Store) -> int:
    """Note that a change begins, so that what an end of the process leaves can be removed."""
    values = (key(name), before, path.stat().st_mtime_ns, os.fsencode(passing))
    [(number,)] = store.run(
        "INSERT INTO change (path, before, mtime, temporary) VALUES (?, ?, ?, ?) RETURNING id",
        values,
    )
    return int(number)


def _complete(change: int, path: Path, passing: Path, before: str, store: Store) -> str:
    """Note how to go back, after that was tried; give the new content."""
    patch = make_patch(path, passing)
    if old_hash(passing, patch) != before:
        raise PipelineError(NOT_RESTORABLE)
    _sync(passing)
    after = file_hash(passing)
    store.run("UPDATE change SET after = ?, patch = ? WHERE id = ?", (after, patch, change))
    return after


def _sync(path: Path) -> None:
    """Have the disk hold a file before it takes another one's place."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _done(change: int, path: bytes, before: str, after: str, store: Store) -> None:
    with store.together():
        store.run(
            "INSERT OR IGNORE INTO answer SELECT ?, model, verdict, outside, probabilities, seconds"
            " FROM answer WHERE content = ?",
            (after, before),
        )
        _update(path, after, store)
        store.run("UPDATE change SET done = 1, temporary = NULL WHERE id = ?", (change,))


def _update(path: bytes, content: str, store: Store) -> None:
    """Note what a file is now."""
    place = Path(os.fsdecode(path))
    status = place.stat()
    store.run(
        "UPDATE file SET content = ?, size = ?, mtime = ?, genres = ?, read = 1 WHERE path = ?",
        (content, status.st_size, status.st_mtime_ns, json.dumps(genres_of(place)), path),
    )


def settle(store: Store) -> None:
    """Bring to an end what an earlier process began and did not end.

    What is on a disk that is not there, or cannot be written, waits for the next time.
    """
    begun = store.run(
        "SELECT id, path, before, after, temporary FROM change WHERE temporary IS NOT NULL"
    )
    for number, path, before, after, temporary in begun:
        left = Path(os.fsdecode(temporary))
        try:
            if left.parent.is_dir():
                left.unlink(missing_ok=True)
                _settle(number, path, before, after, store)
        except OSError as error:
            logger.warning("%s is left from an earlier run: %s. %s", left, error.strerror, CURE)


def _settle(number: int, path: bytes, before: str, after: str | None, store: Store) -> None:
    found = _content(Path(os.fsdecode(path)))
    if after is not None and found == after:
        _done(number, path, before, after, store)
    elif found == before:
        _forget(number, path, before, store)
    elif after is None:  # nothing was written, and what it is now is found by the next scan
        store.run("DELETE FROM change WHERE id = ?", (number,))
    else:  # it was changed since, or is somewhere else
        store.run("UPDATE change SET done = 1, temporary = NULL WHERE id = ?", (number,))


def _content(path: Path) -> str | None:
    return file_hash(path) if path.is_file() else None


def _forget(number: int, path: bytes, before: str, store: Store) -> None:
    """Note that a file is as it was."""
    with store.together():
        _update(path, before, store)
        store.run("DELETE FROM change WHERE id = ?", (number,))


def undone(folders: Sequence[Path], store: Store) -> Iterator[Restored]:
    """Take back what was written into files in folders, the last change first.

    A file has the bytes again that it had, and its time. Who changed it since keeps that.
    """
    there, values = below(folders)
    moved = f"after IN (SELECT content FROM file WHERE {there} AND NOT gone)"
    chosen = f"({there} OR {moved}) AND done"
    numbers = store.rows(f"SELECT id FROM change WHERE {chosen} ORDER BY id DESC", values)
    above = {Path(os.fsdecode(key(folder))) for folder in folders}
    stuck: set[bytes] = set()
    for (number,) in numbers:
        change = _change(number, store)
        restored = None if change.path in stuck else _restored(change, above, store)
        if restored is None:
            continue
        if restored.error is not None:
            stuck.add(change.path)
        yield restored


def _change(number: int, store: Store) -> _Change:
    columns = ", ".join(_Change._fields)
    [row] = store.run(f"SELECT {columns} FROM change WHERE id = ?", (number,))
    return _Change(*row)


def _restored(change: _Change, above: set[Path], store: Store) -> Restored | None:
    """What became of a file; None if it neither is nor was in one of the folders."""
    name = Path(os.fsdecode(change.path))
    try:
        place, content = _found(change, store) or (name, None)
        if not (_is_in(above, name) or _is_in(above, place)):
            return None
        if content is None:
            return Restored(name, error=TOUCHED if name.is_file() else LOST)
        old = genres_of(place)
        if content != change.before:
            _restore(change, place, store)
        _forget(change.id, key(place), change.before, store)
        return Restored(place, old, genres_of(place))
    except OSError as error:
        return Restored(name, error=f"The file cannot be written: {error.strerror}. {CURE}")
    except PipelineError as error:
        return Restored(name, error=str(error))


def _is_in(above: set[Path], path: Path) -> bool:
    """Whether a path is one of these, or below one; of none, all are."""
    return not above or not above.isdisjoint((path, *path.parents))


def _found(change: _Change, store: Store) -> tuple[Path, str] | None:
    """Where the file is now, and its content: in its place, or where it was seen since.

    Another file with the same content that has a genre of its own from here is not taken for it.
    """
    name = Path(os.fsdecode(change.path))
    content = _content(name)
    if content in (change.after, change.before):
        return name, content
    moved = store.run(
        "SELECT path FROM file WHERE content = :after AND NOT gone"
        " AND path NOT IN (SELECT path FROM change WHERE after = :after) ORDER BY path",
        {"after": change.after},
    )
    places = (Path(os.fsdecode(path)) for (path,) in moved)
    return next(
        ((place, change.after) for place in places if _content(place) == change.after), None
    )


def _restore(change: _Change, place: Path, store: Store) -> None:
    path = place.resolve()  # a link stays one
    with atomic(path, CURE) as passing:
        values = (os.fsencode(passing), key(place), change.id)
        store.run("UPDATE change SET temporary = ?, path = ? WHERE id = ?", values)
        if write_old(path, change.patch, passing) != change.before:
            raise PipelineError(NOT_RESTORABLE)
        take_after(path, passing)
        os.utime(passing, ns=(change.mtime, change.mtime))
        _sync(passing)


def applied(
    proposals: Iterable[Proposal], model: Model, store: Store
) -> Iterator[tuple[Proposal, str | None]]:
    """Write what is to be written, and give each proposal with the reason if it failed."""
    for proposal in proposals:
        error = write(proposal, model, store) if proposal.action == "write" else proposal.error
        yield proposal, error
