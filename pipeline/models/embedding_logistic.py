"""Logistic regression on tags and embeddings of three pretrained networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.models import Classifier, Examples, Model

if TYPE_CHECKING:
    import numpy.typing as npt


def fit(examples: Examples, C: float) -> Classifier:
    """Standardise, then one softmax regression; `C` is the inverse of the regularisation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))
    return pipeline.fit(
        examples.X,
        examples.y,
        standardscaler__sample_weight=examples.weight,
        logisticregression__sample_weight=balanced(examples),
    )


def balanced(examples: Examples) -> npt.NDArray[np.float64]:
    """Weight of each window, 1 on average: genres weigh the same, and so do a genre's tracks."""
    weight = examples.weight
    of_genre = np.bincount(examples.y, weight)[examples.y]
    return weight / of_genre * len(weight) / len(np.unique(examples.y))


MODEL = Model(
    name="embedding_logistic",
    title="Logistic regression on embeddings",
    library="scikit-learn",
    format="skops",
    features="three_networks",
    fit=fit,
    grid={"C": (0.003, 0.01, 0.03)},
)
