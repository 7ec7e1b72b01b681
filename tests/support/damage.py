"""Ways to damage artifacts, for the tests of what is said about it."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.artifacts.intact import seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest of artifacts as someone would who also corrects its hash.

    Parameters
    ----------
    change
        Gets the manifest's facts and changes them in place.
    """
    path = folder / "manifest.json"
    facts = json.loads(path.read_text())
    change(facts)
    _put(path, json.dumps(facts).encode())
    seal(folder)


def rewrite_table(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a table as someone would who also corrects its hash."""
    put_table(folder, name, change(pd.read_parquet(folder / name)))


def put_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table, or another in its place, and its hash into the manifest."""
    data = table.to_parquet(index=False)
    _put(folder / name, data)
    digest = sha256(data).hexdigest()
    rewrite_manifest(folder, lambda facts: facts["files"].update({name: digest}))


def kind(file: str) -> str:
    """What a file of artifacts is, whatever model or feature set it is about."""
    return re.sub(r"^models/[^/]+/", "models/*/", re.sub(r"^summary/[^.]+", "summary/*", file))


def flip_bit(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    _put(path, data)


def _put(path: Path, data: bytes) -> None:
    """Write a new file: the old one may also be another benchmark's."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)
