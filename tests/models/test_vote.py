"""The soft vote: who deserves weight gets it, and the vote is the weighted mean of its members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import log_loss

from pipeline.artifacts.model_files import load, save
from pipeline.models import Examples, vote

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 300)
ALIKE = np.ones(len(Y))


def sure(y: np.ndarray, p: float) -> np.ndarray:
    """Probability p for genre y, the rest shared by the other two."""
    return np.where(np.arange(3) == y[:, None], p, (1 - p) / 2)


def test_the_perfect_member_gets_the_weight() -> None:
    """Beside one that always knows, one that never knows has none."""
    weights = vote._weights([sure(Y, 0.98), np.full((len(Y), 3), 1 / 3)], Y, ALIKE)
    np.testing.assert_allclose(weights, [1, 0], atol=1e-3)


def test_members_that_err_elsewhere_share_the_weight() -> None:
    """Two that are right about different halves of the windows get half each."""
    half = np.arange(len(Y)) % 2
    weights = vote._weights([sure((Y + half) % 3, 0.9), sure((Y + 1 - half) % 3, 0.9)], Y, ALIKE)
    np.testing.assert_allclose(weights, [0.5, 0.5], atol=1e-3)


@pytest.mark.parametrize("weight", [ALIKE, np.linspace(0, 2, len(Y))], ids=["alike", "rising"])
def test_weights_have_the_lowest_log_loss(weight: np.ndarray) -> None:
    """No mixture of three members in steps of 1/20 is better, by scikit-learn's log loss."""
    wrong = [RNG.random(len(Y)) < share for share in (0.2, 0.3, 0.4)]
    answers = [sure((Y + w) % 3, p) for w, p in zip(wrong, (0.7, 0.8, 0.6), strict=True)]

    def loss(weights: np.ndarray) -> float:
        mixed = np.tensordot(weights / weights.sum(), answers, 1)
        return log_loss(Y, mixed, sample_weight=weight)

    found = vote._weights(answers, Y, weight)
    assert found.sum() == pytest.approx(1, abs=1e-4)
    assert (found >= 0).all()
    grid = [np.array([a, b, 20 - a - b]) / 20 for a in range(21) for b in range(21 - a)]
    assert loss(found) <= min(map(loss, grid)) + 1e-5


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Three genres that overlap, in 36 tracks of 18 artists."""
    track = np.repeat(np.arange(36), 4)
    y = track // 2 % 3
    X = np.random.default_rng(0).normal(size=(len(track), 10)) + 1.2 * np.eye(3, 10)[y]
    return Examples(X.astype(np.float32), y, track, track // 2)


@pytest.fixture(scope="module")
def voted(examples: Examples) -> object:
    """The vote on them."""
    return vote.fit(examples)


def test_the_vote_is_the_weighted_mean_of_its_members(examples: Examples, voted: object) -> None:
    """Two or three members, fitted to everything as each would be by itself."""
    weights = vote.facts(voted)
    assert 2 <= len(weights) <= vote.MAX_VOTERS
    assert min(weights.values()) >= vote.MIN_WEIGHT
    assert sum(weights.values()) == pytest.approx(1)
    expected = 0
    for fact, weight in weights.items():
        model, params = vote.MEMBERS[fact.removeprefix("weight of ")]
        expected += weight * model.fit(examples, **params).predict_proba(examples.X)
    np.testing.assert_allclose(voted.predict_proba(examples.X), expected, atol=1e-5)


def test_a_saved_vote_answers_the_same(examples: Examples, voted: object, tmp_path: Path) -> None:
    """Its file holds members and weights."""
    save(voted, tmp_path / "model.skops")
    restored = load(tmp_path / "model.skops")
    np.testing.assert_allclose(
        restored.predict_proba(examples.X), voted.predict_proba(examples.X), atol=1e-6
    )
    assert vote.facts(restored) == pytest.approx(vote.facts(voted))
