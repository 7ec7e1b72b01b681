"""What random forest and extra trees share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    from pipeline.models import Classifier, Examples


# Number of trees, least windows to split, least windows in a leaf. The first two are usual for
# GTZAN; on windows of few tracks their leaves of one window are too sure of themselves.
GRID = {"shape": ((70, 3, 1), (50, 4, 1), (70, 4, 3), (70, 8, 6))}


def fit_forest(
    forest: type[RandomForestClassifier | ExtraTreesClassifier],
    examples: Examples,
    shape: tuple[int, int, int],
) -> Classifier:
    """Fit trees of a shape that `GRID` lists."""
    n_estimators, min_samples_split, min_samples_leaf = shape
    trees = forest(
        n_estimators,
        min_samples_split=min_samples_split,
        min_samples_leaf=min_samples_leaf,
        random_state=0,
    )
    return trees.fit(examples.X, examples.y, sample_weight=examples.weight)
