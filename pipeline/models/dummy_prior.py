"""Baseline: always the proportions of the training part."""

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples) -> Classifier:
    """Note how common each genre is; never look at a feature."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior").fit(
        examples.X, examples.y, sample_weight=examples.weight
    )


MODEL = Model(
    name="dummy_prior",
    title="Always the commonest genre",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    baseline=True,
    any_table=True,
)
