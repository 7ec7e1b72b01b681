"""Gradient-boosted trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.models import Classifier, Examples, Model

if TYPE_CHECKING:
    from xgboost import XGBClassifier


def booster(max_depth: int, n_estimators: int) -> XGBClassifier:
    """Trees that each see 80 % of the windows and 50 % of the features."""
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=n_estimators,
        max_depth=max_depth,
        learning_rate=0.1,
        subsample=0.8,
        colsample_bytree=0.5,
        tree_method="hist",
        n_jobs=1,
        random_state=0,
    )


def fit(examples: Examples, max_depth: int, n_estimators: int = 150) -> Classifier:
    """Boost trees, one a genre and round."""
    return booster(max_depth, n_estimators).fit(
        examples.X, examples.y, sample_weight=examples.weight
    )


MODEL = Model(
    name="xgboost",
    title="XGBoost",
    family="XGBoost",
    features="timbre",
    fit=fit,
    grid={"max_depth": (2, 4)},
    any_table=True,
)
