"""The floor: always the shares of the genres that were learnt from."""

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
    family="scikit-learn",
    features="timbre",
    fit=fit,
    any_table=True,
)
