"""Gradient-boosted trees on principal components."""

from typing import Any

from pipeline.models import Classifier, Examples, Model
from pipeline.models.gradient_boosting import booster

COMPONENTS = 15


def fit(examples: Examples, max_depth: int) -> Classifier:
    """Standardise, keep 15 principal components, boost trees on them."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(
        StandardScaler(), PCA(COMPONENTS, random_state=0), booster(max_depth, n_estimators=100)
    )
    return pipeline.fit(examples.X, examples.y, xgbclassifier__sample_weight=examples.weight)


def facts(pipeline: Any) -> dict[str, float]:
    """How much of the features' variance the components keep."""
    kept = pipeline.named_steps["pca"].explained_variance_ratio_
    return {"components": float(len(kept)), "share of variance kept": float(kept.sum())}


MODEL = Model(
    name="pca_xgboost",
    title="XGBoost on 15 principal components",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    grid={"max_depth": (2, 4)},
    any_table=True,
    least_columns=COMPONENTS + 1,
    facts=facts,
)
