"""What random forest and extra trees share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    from pipeline.models import Classifier, Examples

GRID = {"min_samples_leaf": (1, 3, 6)}


def fit_forest(
    forest: type[RandomForestClassifier | ExtraTreesClassifier],
    examples: Examples,
    min_samples_leaf: int,
) -> Classifier:
    """Fit 100 trees on all cores."""
    trees = forest(100, min_samples_leaf=min_samples_leaf, n_jobs=-1, random_state=0)
    trees.fit(examples.X, examples.y, sample_weight=examples.weight)
    # For one clip, starting threads takes longer than the answer.
    return trees.set_params(n_jobs=1)
