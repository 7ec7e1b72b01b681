"""Baseline: a random genre, in the proportions of the training part."""

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples) -> Classifier:
    """Note how common each genre is; draw from these proportions."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="stratified", random_state=0).fit(
        examples.X, examples.y, sample_weight=examples.weight
    )


MODEL = Model(
    name="dummy_stratified",
    title="Stratified random",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    baseline=True,
    any_table=True,
)
