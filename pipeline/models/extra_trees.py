"""Extremely randomised trees."""

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.forest import GRID, fit_forest


def fit(examples: Examples, shape: tuple[int, int, int]) -> Classifier:
    """Trees on all samples, each split drawn at random."""
    from sklearn.ensemble import ExtraTreesClassifier

    return fit_forest(ExtraTreesClassifier, examples, shape)


MODEL = Model(
    name="extra_trees",
    title="Extra trees",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    grid=GRID,
    any_table=True,
)
