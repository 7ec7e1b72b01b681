"""Logistic regression on tags: one linear score a genre."""

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples, C: float) -> Classifier:
    """Standardise, then one softmax regression; `C` is the inverse of the regularisation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))
    weight = examples.weight
    return pipeline.fit(
        examples.X,
        examples.y,
        standardscaler__sample_weight=weight,
        logisticregression__sample_weight=weight,
    )


MODEL = Model(
    name="taggram_logistic",
    title="Logistic regression on tags",
    library="scikit-learn",
    format="skops",
    features="taggram",
    fit=fit,
    grid={"C": (0.01, 0.03, 0.1, 0.3)},
)
