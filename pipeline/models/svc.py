"""Support vector machine with an RBF kernel, calibrated."""

from typing import Any

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.scaling import SCALINGS, Scaling, scaler

MOST = 8000  # windows: the cost of a kernel machine grows with their square


def fit(examples: Examples, C: float, scaling: Scaling = "standard") -> Classifier:
    """Scale, then SVC; Platt scaling on held-out artists gives probabilities."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    examples = examples.at_most(MOST)
    # A kernel five times as wide as usual: unknown artists lie far from all known ones.
    gamma = 0.2 / examples.X.shape[1]
    machine = SVC(C=C, gamma=gamma)
    calibrated = CalibratedClassifierCV(machine, ensemble=False, cv=examples.splits(3))
    pipeline = make_pipeline(scaler(scaling), calibrated)
    return pipeline.fit(
        examples.X, examples.y, calibratedclassifiercv__sample_weight=examples.weight
    )


def facts(pipeline: Any) -> dict[str, float]:
    """How many windows it keeps."""
    machine = pipeline[-1].calibrated_classifiers_[0].estimator
    return {"support vectors": float(machine.n_support_.sum())}


MODEL = Model(
    name="svc",
    title="Support vector machine, RBF",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    grid={"C": (1.0, 3.0, 10.0), **SCALINGS},
    any_table=True,
    max_gap=0.05,
    facts=facts,
)
