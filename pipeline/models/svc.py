"""Support vector machine with an RBF kernel, calibrated."""

from pipeline.models import Classifier, Examples, Model


def fit(examples: Examples, C: float, gamma: str | float) -> Classifier:
    """Standardise, then SVC; Platt scaling on held-out artists gives probabilities."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    calibrated = CalibratedClassifierCV(
        SVC(C=C, gamma=gamma), ensemble=False, cv=examples.splits(5)
    )
    pipeline = make_pipeline(StandardScaler(), calibrated)
    return pipeline.fit(
        examples.X, examples.y, calibratedclassifiercv__sample_weight=examples.weight
    )


MODEL = Model(
    name="svc",
    title="Support vector machine, RBF",
    family="scikit-learn",
    features="timbre",
    fit=fit,
    grid={"C": (1.0, 3.0, 10.0), "gamma": (0.003, 0.01, 0.03)},
)
