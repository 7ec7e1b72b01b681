"""Gradient-boosted trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.models import Array, Classifier, Examples, Model

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


def shap(classifier: XGBClassifier, X: Array) -> Array:
    """Contribution of each feature to each score, as XGBoost computes it.

    Returns
    -------
    np.ndarray [shape=(n, n_classes, n_features)]
        Of two classes: shape (n, 1, n_features), since they have one score between them.
    """
    from xgboost import DMatrix

    shares = classifier.get_booster().predict(DMatrix(X), pred_contribs=True)
    return np.asarray(shares).reshape(len(X), -1, X.shape[1] + 1)[..., :-1]  # without the bias


MODEL = Model(
    name="xgboost",
    title="XGBoost",
    library="XGBoost",
    format="skops",
    features="timbre",
    fit=fit,
    grid={"max_depth": (2, 4)},
    any_table=True,
    shap=shap,
)
