"""Where the recordings of a benchmark are on the machine that built it.

That is written into its cache: artifacts go to other machines, and hold no path.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.files import atomic

if TYPE_CHECKING:
    from collections.abc import Mapping


def note(cache: Path, benchmark: str, paths: Mapping[str, Path]) -> None:
    """Write down the files of a benchmark's tracks, by track id."""
    with atomic(place := _place(cache, benchmark)) as passing:
        place.parent.mkdir(parents=True, exist_ok=True)
        found = {track_id: str(path.resolve()) for track_id, path in paths.items()}
        passing.write_text(json.dumps(found), encoding="utf-8")


def noted(cache: Path, benchmark: str) -> dict[str, Path]:
    """Those of the files that are still there; none where the benchmark was not built."""
    place = _place(cache, benchmark)
    if not place.is_file():
        return {}
    found: dict[str, str] = json.loads(place.read_text(encoding="utf-8"))
    return {name: path for name, text in found.items() if (path := Path(text)).is_file()}


def _place(cache: Path, benchmark: str) -> Path:
    return cache / "music" / f"{benchmark}.json"
