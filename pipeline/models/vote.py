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
from pipeline.models import xgboost as boosted

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
VOTERS = 3
LEAST = 0.05  # weight: with less a member only costs time
FOLDS = 3


def fit(examples: Examples) -> Classifier:
    """Weigh members by their answers about held-out artists, then fit the best ones on all."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import VotingClassifier
    from sklearn.preprocessing import LabelEncoder

    weights = dict(zip(MEMBERS, _weights(*_held_out(examples)), strict=True))
    best = sorted(weights, key=lambda name: -weights[name])[:VOTERS]
    best = [name for name in best if weights[name] >= LEAST]
    # Its own fit would not tell the members of tracks and artists; what it would fit has only names
    # here, for it would be stored twice.
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
    """Each member's probabilities of windows of artists that it did not hear; truth; weights."""
    examples = examples.at_most(TUNING_WINDOWS)
    splits = [
        (learn, ask)
        for learn, ask in examples.splits(FOLDS)
        if len(np.unique(examples.y[learn])) == len(np.unique(examples.y))
    ]
    asked = examples[np.concatenate([ask for _, ask in splits])]
    answers = [
        np.concatenate(
            [_fit(name, examples[learn]).predict_proba(examples[ask].X) for learn, ask in splits]
        )
        for name in MEMBERS
    ]
    return answers, asked.y, asked.weight


def _weights(answers: list[Array], y: npt.NDArray[np.int64], weight: Weights) -> Weights:
    """Weights of at least 0 that sum to 1 and give the lowest log loss [shape=(n_members,)]."""
    from scipy.optimize import minimize

    # Probability of the truth by each member; the loss of their mixture is convex in the weights.
    truth = np.stack([p[np.arange(len(y)), y] for p in answers], axis=1)  # (n, n_members)
    equal = np.full(len(answers), 1 / len(answers))
    found = minimize(
        lambda w: -np.average(np.log(np.maximum(truth @ w, 1e-9)), weights=weight),
        equal,
        bounds=[(0, 1)] * len(answers),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
    )
    return np.clip(found.x, 0, 1)


MODEL = Model(
    name="vote",
    title="Soft vote",
    family="scikit-learn",
    features="timbre",
    fit=fit,
    any_table=True,
    facts=facts,
)
