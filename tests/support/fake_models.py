"""Classifiers that answer what a function says, and features that tell or say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.features import Column
from pipeline.models import Examples, Model

if TYPE_CHECKING:
    from collections.abc import Callable

N_CLASSES = 3
ABC = {"a": [0], "b": [1], "c": [2]}  # each of three columns by itself
COLUMNS = tuple(
    Column(name, name, family=family) for name, family in zip("abc", "xyx", strict=True)
)


class Says:
    """A classifier that answers what a function says of X."""

    def __init__(self, say: Callable[[np.ndarray], Any]) -> None:
        self.say = say

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """What was said, as float32."""
        return np.asarray(self.say(X), dtype=np.float32)


def fake(fit: Callable[..., Any], **grid: tuple[Any, ...]) -> Model:
    return Model("fake", "Fake", "scikit-learn", "skops", "timbre", fit, grid)


def sure(y: np.ndarray, p: float) -> np.ndarray:
    """Probability p for class y, the rest shared by the others."""
    return np.where(np.arange(N_CLASSES) == y[:, None], p, (1 - p) / (N_CLASSES - 1))


def known_examples() -> Examples:
    """36 tracks of 18 artists, 1 to 4 windows each; X holds the class, the artist and the track."""
    track = np.repeat(np.arange(36), np.arange(36) % 4 + 1)
    artist = track // 2
    y = artist % N_CLASSES
    return Examples(np.stack([y, artist, track], axis=1).astype(np.float32), y, track, artist)
