"""Linear discriminant analysis on tags, calibrated.

Tags go together: where "rock" is likely, so is "alternative". The analysis measures distances to
the genres' means in units of the spread that clips of one genre have among themselves, so what such
tags say together counts once.
"""

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples, shrinkage: float) -> Classifier:
    """Standardise, then the analysis; a temperature from held-out artists gives probabilities.

    Parameters
    ----------
    shrinkage
        From 0, the covariance within genres as it was found, to 1, all tags independent. Windows
        weigh the same: the analysis knows no weights.
    """
    import numpy as np
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    n_classes = int(examples.y.max()) + 1
    analysis = LinearDiscriminantAnalysis(
        "lsqr", shrinkage=shrinkage, priors=np.full(n_classes, 1 / n_classes)
    )
    # Its own probabilities are far too sure: they take the genres' means for known.
    calibrated = CalibratedClassifierCV(
        analysis, method="temperature", ensemble=False, cv=examples.splits(5)
    )
    return make_pipeline(StandardScaler(), calibrated).fit(examples.X, examples.y)


MODEL = Model(
    name="taggram_lda",
    title="Linear discriminant analysis on tags",
    family="scikit-learn",
    features="taggram",
    fit=fit,
    grid={"shrinkage": (0.1, 0.3, 0.5, 0.7, 0.9)},
)
