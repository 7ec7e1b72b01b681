"""One logistic regression a genre, each against the rest."""

from pipeline.models import Classifier, Examples, Model
from pipeline.models.common.scaling import SCALINGS, Scaling, scaler


def fit(examples: Examples, C: float, scaling: Scaling = "standard") -> Classifier:
    """Scale, then one regression a genre; `C` is the inverse of the regularisation."""
    from sklearn import config_context
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    scale = scaler(scaling).fit(examples.X)
    # Weights reach the regressions through scikit-learn's metadata routing only.
    with config_context(enable_metadata_routing=True):
        regression = LogisticRegression(C=C, max_iter=2000).set_fit_request(sample_weight=True)
        ovr = OneVsRestClassifier(regression).fit(
            scale.transform(examples.X), examples.y, sample_weight=examples.weight
        )
    # A routing request refers back to its owner, which skops cannot write; answering needs none.
    for fitted in (ovr.estimator, *ovr.estimators_):
        del fitted._metadata_request
    return make_pipeline(scale, ovr)


MODEL = Model(
    name="logistic_ovr",
    title="Logistic regression, one-vs-rest",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    grid={"C": (0.01, 0.03, 0.1, 0.3), **SCALINGS},
    any_table=True,
)
