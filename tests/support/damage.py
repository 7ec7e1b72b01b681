"""Ways to damage artifacts, for the tests of what is said about it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest of artifacts; `change` gets it as a dictionary."""
    path = folder / "manifest.json"
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def rewrite_table(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a table as someone would who also corrects its hash."""
    path = folder / name
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    digest = sha256(path.read_bytes()).hexdigest()
    rewrite_manifest(folder, lambda facts: facts["files"].update({name: digest}))


def flip_bit(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
