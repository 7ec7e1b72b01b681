"""A watch on the file system: what this process writes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_written: list[str] = []
_watching = False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "open" and isinstance(args[0], str) and set(str(args[1] or "")) & set("wax+"):
        _written.append(args[0])
    elif event in ("os.mkdir", "os.rename", "tempfile.mkstemp", "tempfile.mkdtemp"):
        _written.append(str(args[0]))


sys.addaudithook(_hook)  # for good; it looks at nothing unless somebody watches


@contextmanager
def watched() -> Iterator[list[str]]:
    """Paths that are opened for writing, made or renamed meanwhile, but for compiled modules."""
    global _watching
    found: list[str] = []
    _written.clear()
    _watching = True
    try:
        yield found
    finally:
        _watching = False
        found += [p for p in _written if p != "/dev/null" and "__pycache__" not in p]
