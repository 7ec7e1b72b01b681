"""Which features a trained model depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from pipeline.features import Column
    from pipeline.models import Array, Classifier, Examples


SHUFFLES = 5  # shuffles
ALL_GENRES_INDEX = -1  # in place of a genre's index: all genres together
BAND_GROUPS = 12  # parts of a spectrogram that are silenced in turn
MAX_SINGLE_COLUMNS = 150  # columns from which on only whole families are shuffled

Groups = dict[str, list[int]]  # what is shuffled or silenced together: name, columns


def families(columns: Sequence[Column]) -> Groups:
    """Columns of each family."""
    groups: Groups = {}
    for i, column in enumerate(columns):
        groups.setdefault(column.family, []).append(i)
    return groups


def band_groups(columns: Sequence[Column], count: int = BAND_GROUPS) -> Groups:
    """Neighbouring columns of a sequence, in about equal parts named by their first and last."""
    parts = np.array_split(np.arange(len(columns)), min(count, len(columns)))
    return {_between(columns[p[0]].name, columns[p[-1]].name): p.tolist() for p in parts}


def _between(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def permutation(
    classifier: Classifier,
    test: Examples,
    groups: Mapping[str, Sequence[int]],
    repeats: int = SHUFFLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Points of accuracy lost when columns' values are shuffled among held-out windows.

    Breiman (2001), "Random forests", section 10. The columns of a group are shuffled alike, so what
    they say together is lost together. Windows count such that tracks weigh the same.

    Returns
    -------
    pd.DataFrame
        ``genre, value, feature``, a row a repeat; ``genre`` is an index among the classes, whose
        recall is lost, or `ALL`; ``feature`` the name of the group.
    """
    rng = np.random.default_rng(seed)
    orders = np.stack([rng.permutation(len(test.y)) for _ in range(repeats)])

    def shuffled(columns: Sequence[int]) -> Array:
        # All repeats are tested at once: each call of a forest has a cost of its own.
        X = np.tile(test.X, (repeats, 1))
        X[:, columns] = test.X[orders.ravel()][:, columns]
        return X

    return _lost(classifier, test, groups, shuffled)


def occlusion(
    classifier: Classifier, test: Examples, groups: Mapping[str, Sequence[int]]
) -> pd.DataFrame:
    """Points of accuracy lost when bands of a spectrogram are replaced by their mean.

    Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2.

    Returns
    -------
    pd.DataFrame
        As `permutation`.
    """

    def silenced(columns: Sequence[int]) -> Array:
        X = test.X.copy()  # (n, frames, columns)
        X[..., columns] = test.X[..., columns].mean(axis=(0, 1))
        return X

    return _lost(classifier, test, groups, silenced)


def shap(shares: Array, test: Examples, columns: Sequence[Column]) -> pd.DataFrame:
    """Mean magnitude of each feature's contribution to the log odds of held-out windows' genres.

    Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for
    trees". For a genre: the contribution to its own score.

    Parameters
    ----------
    shares : np.ndarray [shape=(n, n_classes, n_features)]
        Contributions, see `pipeline.models.Model`. Two genres may have one score between them.

    Returns
    -------
    pd.DataFrame
        As `permutation`.
    """
    shares = np.abs(shares)
    if shares.shape[1] == 1:
        shares = np.repeat(shares, 2, axis=1)
    mean = np.average(shares, axis=0, weights=test.weight)  # (n_classes, columns)
    table = pd.DataFrame(mean, columns=[c.name for c in columns])
    table.loc[ALL_GENRES_INDEX] = mean.mean(axis=0)
    return table.rename_axis("genre").reset_index().melt("genre", var_name="feature")


def impurity(classifier: Any, columns: Sequence[Column]) -> pd.DataFrame | None:
    """Share of a tree ensemble's decrease of impurity that each feature brought (XGBoost: gain).

    Returns
    -------
    pd.DataFrame or None
        ``kind, feature, value, std, genre``; None for models that have no such thing.
    """
    values: npt.NDArray[np.float64] | None = getattr(classifier, "feature_importances_", None)
    if values is None:
        return None
    trees = getattr(classifier, "estimators_", None)
    std = np.std([tree.feature_importances_ for tree in trees], axis=0) if trees else np.nan
    names = [column.name for column in columns]
    return pd.DataFrame(
        {"kind": "impurity", "feature": names, "value": values, "std": std, "genre": None}
    )


def summarise(kind: str, folds: list[pd.DataFrame], classes: Sequence[str]) -> pd.DataFrame:
    """Mean and spread over folds and repeats, in the columns of ``importance.parquet``."""
    pooled = pd.concat(folds).groupby(["feature", "genre"], sort=False)["value"]
    table = pooled.agg(value="mean", std="std").reset_index()
    table["genre"] = table["genre"].map(dict(enumerate(classes)))
    return table.assign(kind=kind)


def _lost(
    classifier: Classifier,
    test: Examples,
    groups: Mapping[str, Sequence[int]],
    change: Callable[[Sequence[int]], Array],
) -> pd.DataFrame:
    """Accuracy lost by each change, a row a group, genre and repeat."""
    intact = _accuracies(classifier, test.X, test).iloc[0]
    lost = {
        name: intact - _accuracies(classifier, change(columns), test)
        for name, columns in groups.items()
    }
    table = pd.concat(lost, names=["feature", "repeat"]).rename_axis(columns="genre")
    return pd.Series(table.stack(), name="value").reset_index(["feature", "genre"])


def _accuracies(classifier: Classifier, X: Array, test: Examples) -> pd.DataFrame:
    """Weighted accuracy over all windows (column ALL) and over each genre's, a row a repeat."""
    right = classifier.predict_proba(X).argmax(axis=1).reshape(-1, len(test.y)) == test.y
    rows = {ALL_GENRES_INDEX: np.full(len(test.y), True)} | {
        y: test.y == y for y in np.unique(test.y)
    }
    return pd.DataFrame(
        {y: np.average(right[:, of], axis=1, weights=test.weight[of]) for y, of in rows.items()}
    )
