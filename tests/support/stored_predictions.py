"""Predictions straight from the files of a benchmark, and what follows from them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def stored(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """``genre, predicted, right`` of each prediction of a model under a protocol."""
    table = pd.read_parquet(artifacts.folder / f"models/{model}/predictions.parquet")
    table = table[table["protocol"] == protocol].set_index(["track_id", "window"])
    if artifacts.manifest.protocols[protocol].role == "elsewhere":
        return _elsewhere(artifacts, table)
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet").set_index("track_id")
    genre = table.index.get_level_values("track_id").map(tracks["genre"])
    predicted = table[artifacts.classes].idxmax(axis=1)
    columns = {"genre": genre, "predicted": predicted, "right": predicted == genre}
    return pd.DataFrame(columns, table.index)


def _elsewhere(artifacts: Artifacts, table: pd.DataFrame) -> pd.DataFrame:
    """Of tracks with a label that stands for a genre; the likeliest of its genres is the true."""
    tracks = pd.read_parquet(artifacts.folder / "elsewhere.parquet").set_index("track_id")
    rows = {}
    for key, row in table.iterrows():
        stands = [g for g in tracks["accepted"][key[0]].split("|") if g in artifacts.classes]
        if stands:
            predicted = row[artifacts.classes].astype(float).idxmax()
            rows[key] = (row[stands].astype(float).idxmax(), predicted, predicted in stands)
    index = pd.MultiIndex.from_tuples(rows, names=table.index.names)
    return pd.DataFrame(rows.values(), index, columns=["genre", "predicted", "right"])


def accuracies(artifacts: Artifacts, protocol: str, baselines: bool = True) -> dict[str, float]:
    """Accuracy of each model that was tested, the best first."""
    models = [name for name, card in artifacts.models.items() if baselines or not card.baseline]
    tables = {model: stored(artifacts, model, protocol) for model in models}
    found = {model: float(table["right"].mean()) for model, table in tables.items() if len(table)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def corrected_p(artifacts: Artifacts, right: dict[str, pd.Series]) -> dict[tuple[str, str], float]:
    """P of each pair of models, corrected for all pairs, by exchanging answers of artists.

    Whole artists' answers of two models are swapped, or not, in 2,000 draws; a p is the share of
    draws whose clearest pair differs as clearly.
    """
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet").set_index("track_id")
    table = pd.DataFrame(right).dropna().astype(int)  # on the tracks that all have
    artist = table.index.get_level_values("track_id").map(tracks["artist"])
    sums = table.groupby(artist).sum()
    pairs = list(combinations(right, 2))
    ahead = pd.DataFrame({pair: sums[pair[0]] - sums[pair[1]] for pair in pairs})
    rng = np.random.default_rng(123)

    def clarity(signs: np.ndarray) -> np.ndarray:
        return (ahead.mul(signs, axis=0).sum().abs() / np.sqrt((ahead**2).sum())).to_numpy()

    seen = clarity(np.ones(len(ahead)))
    clearest = [clarity(rng.choice([-1, 1], len(ahead))).max() for _ in range(2000)]
    return {pair: float(np.mean(clearest >= t)) for pair, t in zip(pairs, seen, strict=True)}
