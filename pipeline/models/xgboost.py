"""Gradient-boosted trees."""

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples, max_depth: int, n_estimators: int) -> Classifier:
    """Boost trees, each on 80 % of the windows and 50 % of the features."""
    from xgboost import XGBClassifier

    booster = XGBClassifier(
        n_estimators=n_estimators,
        max_depth=max_depth,
        learning_rate=0.1,
        subsample=0.8,
        colsample_bytree=0.5,
        tree_method="hist",
        n_jobs=-1,
        random_state=0,
    )
    return booster.fit(examples.X, examples.y, sample_weight=examples.weight)


MODEL = Model(
    name="xgboost",
    title="XGBoost",
    family="XGBoost",
    features="timbre",
    fit=fit,
    grid={"max_depth": (2, 4), "n_estimators": (100, 200)},
)
