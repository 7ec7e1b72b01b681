"""Which files a library has: what is new, changed, back or gone since the last look."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.extraction.recordings import entries, no_audio, path_text
from pipeline.library.store import below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.library.store import Store, Values

LISTED = """
CREATE TEMP TABLE listed (path BLOB PRIMARY KEY, folder BLOB, size INTEGER, mtime INTEGER)
WITHOUT ROWID
"""
# A file whose size and time are the same is taken to be the same.
KNOWN = """
INSERT INTO file (path, folder, size, mtime) SELECT path, folder, size, mtime FROM listed WHERE true
ON CONFLICT (path) DO UPDATE SET
    gone = 0,
    read = read AND size = excluded.size AND mtime = excluded.mtime,
    error = CASE WHEN size = excluded.size AND mtime = excluded.mtime THEN error END,
    size = excluded.size,
    mtime = excluded.mtime
WHERE gone OR size != excluded.size OR mtime != excluded.mtime
"""


@dataclass(frozen=True)
class Listing:
    """What a look into folders found.

    Attributes
    ----------
    files
        How many there are.
    missing
        How many are not there that were at the last look.
    refused
        What is said of folders and files that cannot be opened; what is in them counts as before.
    """

    files: int
    missing: int
    refused: list[str] = field(default_factory=list)


def look(folders: Sequence[Path], store: Store) -> Listing:
    """Note which files there are in folders; none is opened.

    Parameters
    ----------
    folders
        Folders, which are searched with all below, and files.

    Raises
    ------
    PipelineError
        If a folder is not there or holds no audio file, as when a disk is missing. Nothing is noted
        then.
    """
    refused: list[OSError] = []
    store.run("DROP TABLE IF EXISTS temp.listed")
    store.run(LISTED)
    with store.together():
        for folder in folders:
            found = _found(Path(os.path.abspath(folder)), refused)  # noqa: PTH100  # links stay
            store.run_many("INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?)", found)
        store.run(KNOWN)
        missing = _missing(folders, refused, store)
    [(files,)] = store.run("SELECT count(*) FROM listed")
    return Listing(files, missing, [_told(error) for error in refused])


def _found(folder: Path, refused: list[OSError]) -> Iterator[Values]:
    """Path, its folder, size and time of each file."""
    if folder.is_file():
        yield _facts(os.fspath(folder), folder.stat())
        return
    if not folder.is_dir():
        raise PipelineError(f"There is no folder {path_text(folder)}. Check its name.")
    empty = True
    for entry in entries(folder, refused.append):
        empty = False
        try:
            yield _facts(entry.path, entry.stat())
        except FileNotFoundError:  # deleted since its folder was read
            continue
        except OSError as error:
            refused.append(error)
    if empty:
        raise PipelineError(no_audio(folder))


def _facts(path: str, status: os.stat_result) -> Values:
    folder = os.fsencode(os.path.dirname(path))  # noqa: PTH120  # a million of `Path` are slow
    return os.fsencode(path), folder, status.st_size, status.st_mtime_ns


def _missing(folders: Sequence[Path], refused: list[OSError], store: Store) -> int:
    there, values = below(folders)
    gone = f"{there} AND NOT gone AND path NOT IN (SELECT path FROM listed)"
    if refused:
        hidden, more = below([Path(error.filename) for error in refused], "refused")
        gone, values = f"{gone} AND NOT {hidden}", values | more
    [(missing,)] = store.run(f"SELECT count(*) FROM file WHERE {gone}", values)
    store.run(f"UPDATE file SET gone = 1 WHERE {gone}", values)
    return int(missing)


def _told(error: OSError) -> str:
    return (
        f"{path_text(Path(error.filename))} cannot be opened: {error.strerror}. What is in it"
        " counts as it did before. Check who may read it."
    )
