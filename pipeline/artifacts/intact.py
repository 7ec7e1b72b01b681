"""Whether files of artifacts are the ones that were written, asked when they are opened.

The manifest holds the hash of every other file, and ``manifest.sha256`` beside it its own, in the
form of the program ``sha256sum``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.errors import ArtifactsError
from pipeline.files import atomic, file_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST, SEAL = "manifest.json", "manifest.sha256"


def check(folder: Path, name: str, hashes: Mapping[str, str], cure: str) -> Path:
    """The path of a file that is the one that was written.

    Parameters
    ----------
    name
        Path below `folder`.
    hashes
        SHA-256 by name.
    cure
        Ends each error.

    Raises
    ------
    ArtifactsError
        If it is missing, another one, or outside the folder.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ArtifactsError(f"{path} is outside of {folder}, so it is not opened. {cure}")
    if not path.is_file():
        raise ArtifactsError(f"{path} is missing. {cure}")
    try:
        found = digest(path)
    except OSError as error:
        raise ArtifactsError(f"{path} cannot be read: {error.strerror}. {cure}") from error
    if found != hashes.get(name):
        raise ArtifactsError(f"{path} is not the file that the manifest describes. {cure}")
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, taken once in a process while neither its time nor its size changes."""
    facts = path.stat()
    return _digest(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=4096)
def _digest(path: Path, time: int, size: int) -> str:
    return file_hash(path)


def is_sealed(folder: Path) -> bool:
    """Whether the hash of the manifest is known; before version 0.3 none was written."""
    return (folder / SEAL).is_file()


def seal(folder: Path) -> Path:
    """Write down the hash of the manifest that is there."""
    with atomic(folder / SEAL) as passing:
        passing.write_text(f"{file_hash(folder / MANIFEST)}  {MANIFEST}\n", encoding="utf-8")
    return folder / SEAL


def sealed_manifest(folder: Path, cure: str) -> bytes:
    """The bytes of the manifest.

    Raises
    ------
    ArtifactsError
        If there is none, or it is not the one whose hash was written down.
    """
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
        wanted = (folder / SEAL).read_bytes().split() if is_sealed(folder) else None
    except OSError as error:
        raise ArtifactsError(f"{folder} has no readable {MANIFEST} ({error}). {cure}") from error
    if wanted is not None and wanted[:1] != [digest(path).encode()]:
        raise ArtifactsError(f"{path} is not the file that {SEAL} describes. {cure}")
    return data
