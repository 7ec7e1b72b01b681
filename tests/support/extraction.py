"""Running an extraction in this process, where patches count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.extraction import export
from pipeline.extraction.extract import Features, stream_features

if TYPE_CHECKING:
    from pathlib import Path


def run(paths: list[Path], names: list[str], cache: Path, **named: Any) -> list[Features]:
    """Features in this process, where patches count."""
    found = list(stream_features(paths, names, cache, jobs=1, **named))
    assert not [reason for reason in found if isinstance(reason, str)]
    return found  # type: ignore[return-value]


def table(
    path: Path, names: list[str], cache: Path, per: str = "window", raw: bool = False
) -> pd.DataFrame:
    """Table of one file."""
    whole = per == "track"
    ((named, found),) = export.frames([path], export.chosen(names, whole), cache, 1, whole, raw)
    assert named == path
    assert isinstance(found, pd.DataFrame)
    return found
