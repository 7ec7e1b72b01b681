"""What a trained model listens to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.models import Array, Classifier, Examples

REPEATS = 5
ALL = -1  # in place of a genre's index: all genres together


def permutation(
    classifier: Classifier, asked: Examples, columns: Sequence[str], seed: int = 0
) -> pd.DataFrame:
    """Points of accuracy lost when one feature's values are shuffled among held-out windows.

    Breiman (2001), "Random forests", section 10. Windows count such that tracks weigh the same.

    Returns
    -------
    pd.DataFrame
        ``genre, value, feature``, a row a repeat; ``genre`` is an index among the classes, whose
        recall is lost, or `ALL`.
    """
    rng = np.random.default_rng(seed)
    intact = _accuracies(classifier, asked.X, asked).iloc[0]
    tables = []
    for i, column in enumerate(columns):
        # All repeats are asked at once: asking a forest has a cost of its own.
        X = np.tile(asked.X, (REPEATS, 1))
        X[:, i] = rng.permuted(X[:, i].reshape(REPEATS, -1), axis=1).ravel()
        lost = intact - _accuracies(classifier, X, asked)
        tables.append(lost.melt(var_name="genre", ignore_index=False).assign(feature=column))
    return pd.concat(tables)


def _accuracies(classifier: Classifier, X: Array, asked: Examples) -> pd.DataFrame:
    """Weighted accuracy over all windows (column ALL) and over each genre's, a row a repeat."""
    right = classifier.predict_proba(X).argmax(axis=1).reshape(-1, len(asked.y)) == asked.y
    rows = {ALL: np.full(len(asked.y), True)} | {y: asked.y == y for y in np.unique(asked.y)}
    return pd.DataFrame(
        {y: np.average(right[:, of], axis=1, weights=asked.weight[of]) for y, of in rows.items()}
    )


def summarise_permutation(folds: list[pd.DataFrame], classes: Sequence[str]) -> pd.DataFrame:
    """Mean and spread over folds and repeats, in the columns of ``importance.parquet``."""
    pooled = pd.concat(folds).groupby(["feature", "genre"], sort=False)["value"]
    table = pooled.agg(value="mean", std="std").reset_index()
    table["genre"] = table["genre"].map(dict(enumerate(classes)))
    return table.assign(kind="permutation")


def impurity(classifier: Classifier, columns: Sequence[str]) -> pd.DataFrame | None:
    """Share of a tree ensemble's decrease of impurity that each feature brought (XGBoost: gain).

    Returns
    -------
    pd.DataFrame or None
        In the columns of ``importance.parquet``; None for models that have no such thing.
    """
    values: npt.NDArray[np.float64] | None = getattr(classifier, "feature_importances_", None)
    if values is None:
        return None
    trees = getattr(classifier, "estimators_", None)
    std = np.std([tree.feature_importances_ for tree in trees], axis=0) if trees else np.nan
    return pd.DataFrame(
        {"kind": "impurity", "feature": columns, "value": values, "std": std, "genre": None}
    )
