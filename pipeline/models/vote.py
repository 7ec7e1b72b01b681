"""Soft vote of the best two or three models on one set of features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.models import (
    TUNING_WINDOWS,
    Array,
    Classifier,
    Examples,
    Model,
    extra_trees,
    logistic_ovr,
    svc,
)
from pipeline.models import gradient_boosting as boosted

if TYPE_CHECKING:
    import numpy.typing as npt

    Weights = npt.NDArray[np.float64]

# Each with parameters that lie in the middle of its own grid.
MEMBERS: dict[str, tuple[Model, dict[str, Any]]] = {
    "logistic_ovr": (logistic_ovr.MODEL, {"C": 0.03}),
    "svc": (svc.MODEL, {"C": 3.0}),
    "extra_trees": (extra_trees.MODEL, {"shape": (70, 8, 6)}),
    "xgboost": (boosted.MODEL, {"max_depth": 2}),
}
MAX_VOTERS = 3
MIN_WEIGHT = 0.05  # with less a member only costs time
FOLDS = 3


def fit(examples: Examples) -> Classifier:
    """Weigh members by their predictions for held-out artists, then fit the best ones on all."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import VotingClassifier
    from sklearn.preprocessing import LabelEncoder

    weights = dict(zip(MEMBERS, _weights(*_held_out(examples)), strict=True))
    best = sorted(weights, key=lambda name: -weights[name])[:MAX_VOTERS]
    best = [name for name in best if weights[name] >= MIN_WEIGHT]
    # Its own fit would not tell the members about tracks and artists. The estimators that it would
    # fit are placeholders, since they would be stored twice.
    names = [(name, DummyClassifier()) for name in best]
    vote = VotingClassifier(names, voting="soft", weights=[weights[name] for name in best])
    vote.estimators_ = [_fit(name, examples) for name in best]
    vote.le_ = LabelEncoder().fit(examples.y)
    vote.classes_ = vote.le_.classes_
    return vote


def facts(vote: Any) -> dict[str, float]:
    """Weight of each voter."""
    shares = np.array(vote.weights) / sum(vote.weights)
    return {
        f"weight of {name}": float(share)
        for (name, _), share in zip(vote.estimators, shares, strict=True)
    }


def _fit(name: str, examples: Examples) -> Classifier:
    model, params = MEMBERS[name]
    return model.fit(examples, **params)


def _held_out(examples: Examples) -> tuple[list[Array], npt.NDArray[np.int64], Weights]:
    """Each member's probabilities for windows of held-out artists; true classes; weights."""
    examples = examples.at_most(TUNING_WINDOWS)
    splits = [
        (training, held_out)
        for training, held_out in examples.splits(FOLDS)
        if len(np.unique(examples.y[training])) == len(np.unique(examples.y))
    ]
    test = examples[np.concatenate([held_out for _, held_out in splits])]
    probabilities = [
        np.concatenate(
            [
                _fit(name, examples[training]).predict_proba(examples[held_out].X)
                for training, held_out in splits
            ]
        )
        for name in MEMBERS
    ]
    return probabilities, test.y, test.weight


def _weights(probabilities: list[Array], y: npt.NDArray[np.int64], weight: Weights) -> Weights:
    """Weights of at least 0 that sum to 1 and give the lowest log loss [shape=(n_members,)]."""
    from scipy.optimize import minimize

    # Probability of the truth by each member; the loss of their mixture is convex in the weights.
    truth = np.stack([p[np.arange(len(y)), y] for p in probabilities], axis=1)  # (n, n_members)
    equal = np.full(len(probabilities), 1 / len(probabilities))
    found = minimize(
        lambda w: -np.average(np.log(np.maximum(truth @ w, 1e-9)), weights=weight),
        equal,
        bounds=[(0, 1)] * len(probabilities),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
    )
    return np.clip(found.x, 0, 1)


MODEL = Model(
    name="vote",
    title="Soft vote",
    library="scikit-learn",
    format="skops",
    features="timbre",
    fit=fit,
    any_table=True,
    facts=facts,
)
