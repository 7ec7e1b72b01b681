"""Predictions straight from the files of a benchmark, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def stored(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """``genre, predicted, right`` of each prediction of a model under a protocol."""
    table = pd.read_parquet(artifacts.folder / f"models/{model}/predictions.parquet")
    table = table[table["protocol"] == protocol].set_index(["track_id", "window"])
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet").set_index("track_id")
    genre = table.index.get_level_values("track_id").map(tracks["genre"])
    predicted = table[artifacts.classes].idxmax(axis=1)
    columns = {"genre": genre, "predicted": predicted, "right": predicted == genre}
    return pd.DataFrame(columns, table.index)


def accuracies(artifacts: Artifacts, protocol: str, baselines: bool = True) -> dict[str, float]:
    """Accuracy of each model that was tested, the best first."""
    models = [name for name, card in artifacts.models.items() if baselines or not card.baseline]
    tables = {model: stored(artifacts, model, protocol) for model in models}
    found = {model: float(table["right"].mean()) for model, table in tables.items() if len(table)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def mid_p(a: pd.Series, b: pd.Series) -> float:
    """McNemar's mid-p from statsmodels' exact test."""
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    exact = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    if only_a == only_b:
        return 1.0
    return float(exact - binom.pmf(min(only_a, only_b), only_a + only_b, 0.5))
