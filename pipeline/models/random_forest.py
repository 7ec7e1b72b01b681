"""Random forest."""

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.forest import GRID, fit_forest


def fit(examples: Examples, shape: tuple[int, int, int]) -> Classifier:
    """Trees on bootstrap samples, each split searched among a random part of the features."""
    from sklearn.ensemble import RandomForestClassifier

    return fit_forest(RandomForestClassifier, examples, shape)


MODEL = Model(
    name="random_forest",
    title="Random forest",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    grid=GRID,
    any_table=True,
)
