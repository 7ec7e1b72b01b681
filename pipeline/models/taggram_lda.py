"""Linear discriminant analysis on tags, calibrated.

Tags go together: where "rock" is likely, so is "alternative". The analysis measures distances to
the genres' means in units of the spread that clips of one genre have among themselves, so what such
tags say together counts once.
"""

from typing import Any

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples, shrinkage: float) -> Classifier:
    """Standardise, then the analysis; a temperature from held-out artists gives probabilities.

    Parameters
    ----------
    shrinkage
        From 0, the covariance within genres as it was found, to 1, all tags independent. Windows
        weigh the same: the analysis knows no weights.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    analysis = LinearDiscriminantAnalysis("lsqr", shrinkage=shrinkage)
    # Its own probabilities are far too sure: they take the genres' means for known.
    calibrated = CalibratedClassifierCV(
        analysis, method="temperature", ensemble=False, cv=_folds(examples)
    )
    return make_pipeline(StandardScaler(), calibrated).fit(examples.X, examples.y)


def _folds(examples: Examples) -> Any:
    """Folds by artist; at random where one genre's few artists would leave a fold without it."""
    import numpy as np

    splits, genres = examples.splits(5), len(np.unique(examples.y))
    complete = all(len(np.unique(examples.y[learn])) == genres for learn, _ in splits)
    return splits if complete else 5


MODEL = Model(
    name="taggram_lda",
    title="Linear discriminant analysis on tags",
    library="scikit-learn",
    format="skops",
    features="taggram",
    fit=fit,
    grid={"shrinkage": (0.1, 0.3, 0.5, 0.7, 0.9)},
)
