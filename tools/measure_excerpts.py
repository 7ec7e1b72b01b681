"""What an excerpt costs in accuracy: ``python -m tools.measure_excerpts FOLDER`` of GTZAN.

Writes docs/excerpts.csv, from which ``make docs`` makes the table. Models learn from all windows of
their training artists, and hear a part of those of other artists' tracks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.audio.windows import WINDOW_SECONDS
from pipeline.benchmark.plan import UNUSED, BenchmarkPlan, wanted
from pipeline.benchmark.train import by_track, out_of_fold
from pipeline.evaluation.intervals import difference_interval
from pipeline.extraction.extract import extract
from pipeline.inference.excerpt import evenly
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pipeline.models import Model

PAGE = Path(__file__).parents[1] / "docs/excerpts.csv"
MODELS = ("svc", "transfer")
WHOLE = 5  # windows that a track has at least: 13 to 15 s
PARTS = (1, 2, 3)  # windows of an excerpt


def measured(name: str, plan: BenchmarkPlan) -> list[dict[str, object]]:
    """A row for each length: accuracy, and how much less it is than that of the whole."""
    model: Model = lookup("pipeline.models", "MODEL", name)
    fold = plan.folds[model.features][plan.headline]
    used = fold != UNUSED
    right: dict[int, dict[int, bool]] = {n: {} for n in (*PARTS, 0)}
    examples = plan.examples[model.features][used]
    for found in out_of_fold(model, examples, fold[used], len(plan.classes)):
        probabilities = found.classifier.predict_proba(found.test.X)
        for n, answers in right.items():
            rows = _rows(found.test.track, n)
            tracks, mean = by_track(found.test.track[rows], probabilities[rows])
            true = pd.Categorical(plan.tracks["genre"].iloc[tracks], plan.classes).codes
            answers |= dict(zip(tracks.tolist(), mean.argmax(axis=1) == true, strict=True))
    table = pd.DataFrame(right)
    artist = pd.factorize(plan.tracks["artist"].iloc[table.index])[0]
    return [{"model": name} | _row(table, artist, n) for n in (*PARTS, 0)]


def _rows(track: np.ndarray, n: int) -> np.ndarray:
    """Rows of an excerpt of `n` windows of each track that is long enough; 0: of all windows."""
    whole = [np.flatnonzero(track == t).tolist() for t in np.unique(track)]
    some = [evenly(rows, n) if n else rows for rows in whole if len(rows) >= WHOLE]
    return np.concatenate(some)


def _row(table: pd.DataFrame, artist: np.ndarray, n: int) -> dict[str, object]:
    lost = table[n].astype(int) - table[0].astype(int)
    sums = np.column_stack([np.bincount(artist, lost), np.bincount(artist)])
    change = difference_interval(sums, lambda s: s[..., 0] / s[..., 1])
    return {
        "seconds": n * WINDOW_SECONDS,
        "tracks": len(table),
        "accuracy": round(table[n].mean(), 4),
        "change": round(change.value, 4),
        "low": round(change.low, 4),
        "high": round(change.high, 4),
    }


def main(folder: Path) -> None:
    """Measure and write."""
    models: list[Model] = [lookup("pipeline.models", "MODEL", name) for name in MODELS]
    tracks = lookup("pipeline.datasets", "DATASET", "gtzan").tracks(folder)
    table = extract(tracks, wanted(models), Path(".cache"))
    protocols = list(discover("pipeline.protocols", "PROTOCOL").values())
    plan = BenchmarkPlan.of(table, protocols, models)
    rows = [row for name in MODELS for row in measured(name, plan)]
    pd.DataFrame(rows).to_csv(PAGE, index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
