"""Committed benchmarks, whose artists, tracks and answers simulations draw from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.scores import labelled_predictions

if TYPE_CHECKING:
    import pandas as pd

COMMITTED = Path(__file__).parents[2] / "artifacts"
SHAPES = [
    ("gtzan", "artist"),
    ("gtzan", "fault_filtered"),
    ("gtzan-published", "artist"),
    ("gtzan-published", "fault_filtered"),
    ("fma-nine", "artist"),
    ("fma-five", "artist"),
    ("spotify", "artist"),
]


def tables_of(name: str, protocol: str) -> tuple[Artifacts, dict[str, pd.DataFrame]]:
    """A benchmark and its models' predictions under a protocol."""
    artifacts = Artifacts(COMMITTED / name)
    tables = {model: labelled_predictions(artifacts, model, protocol) for model in artifacts.models}
    return artifacts, {model: table for model, table in tables.items() if len(table)}
