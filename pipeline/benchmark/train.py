"""Fit models and collect their predictions on tracks that they were not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from pipeline.models import TUNING_WINDOWS
from pipeline.protocols import TRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.models import Array, Classifier, Examples, Model


TUNING_FOLDS = 3


@dataclass(frozen=True)
class Fold:
    """One fold of a protocol, with the predictions on its test part.

    Attributes
    ----------
    tracks : np.ndarray [shape=(n,)]
        Number of each test track, or of the track of each test window.
    probabilities : np.ndarray [shape=(n, n_classes)]
        Of a track: the mean over its windows.
    params
        Parameters chosen inside the training part.
    """

    number: int
    tracks: npt.NDArray[np.int64]
    probabilities: Array
    params: dict[str, Any]
    classifier: Classifier
    test: Examples


def out_of_fold(
    model: Model,
    examples: Examples,
    fold: npt.NDArray[np.int64],
    n_classes: int,
    unit: Literal["track", "window"] = "track",
) -> Iterator[Fold]:
    """Train and test on every fold of a protocol.

    Parameters
    ----------
    examples
        Windows of the tracks that the protocol uses.
    fold : np.ndarray [shape=(n,)]
        Of each window: the fold that tests it, or `TRAIN`.
    unit
        Whether a track's windows are tested together or each by itself.
    """
    for number in np.unique(fold[fold != TRAIN]):
        test = examples[fold == number]
        classifier, params = fit(model, examples[fold != number], n_classes)
        tracks, probabilities = test.track, classifier.predict_proba(test.X)
        if unit == "track":
            tracks, probabilities = by_track(tracks, probabilities)
        yield Fold(int(number), tracks, probabilities, params, classifier, test)


def fit(model: Model, examples: Examples, n_classes: int) -> tuple[Classifier, dict[str, Any]]:
    """Choose parameters by cross-validation within `examples`, then train on all of them."""
    params = tune(model, examples, n_classes)
    return _fit(model, examples, n_classes, params), params


def tune(model: Model, examples: Examples, n_classes: int) -> dict[str, Any]:
    """Parameters of the model's grid with the lowest log loss on tracks of held-out artists.

    Log loss, because the probabilities are shown to people, and because on few tracks it is
    steadier than accuracy. Of many windows a part is enough to choose by.
    """
    from sklearn.model_selection import ParameterGrid

    candidates = list(ParameterGrid({key: list(values) for key, values in model.grid.items()}))
    if len(candidates) < 2:
        return candidates[0]
    examples = examples.at_most(TUNING_WINDOWS)
    splits = examples.splits(TUNING_FOLDS)
    trials = [
        np.mean([_trial(model, examples, n_classes, params, *split) for split in splits], axis=0)
        for params in candidates
    ]
    allowed = [i for i, (_, gap) in enumerate(trials) if gap <= (model.max_gap or 1)]
    return candidates[min(allowed or range(len(trials)), key=lambda i: trials[i][0])]


def by_track(
    track: npt.NDArray[np.int64], probabilities: Array
) -> tuple[npt.NDArray[np.int64], Array]:
    """Mean probabilities over the windows of each track.

    Returns
    -------
    tracks : np.ndarray [shape=(n_tracks,)]
        Their numbers, ascending.
    probabilities : np.ndarray [shape=(n_tracks, n_classes)]
    """
    from scipy.sparse import csr_array

    tracks, number, count = np.unique(track, return_inverse=True, return_counts=True)
    # Rows are added one after the other, as np.add.at does, which takes ten times longer.
    rows = csr_array((np.ones(len(number)), (number, np.arange(len(number)))))
    return tracks, (rows @ probabilities / count[:, None]).astype(np.float32)


def _trial(
    model: Model,
    examples: Examples,
    n_classes: int,
    params: dict[str, Any],
    training: npt.NDArray[np.int64],
    held_out: npt.NDArray[np.int64],
) -> tuple[float, float]:
    """Log loss on held-out tracks; by how much the accuracy on the others exceeds theirs."""
    from sklearn.metrics import log_loss

    classifier = _fit(model, examples[training], n_classes, params)
    y, probabilities = _track_predictions(classifier, examples[held_out])
    loss = float(log_loss(y, probabilities, labels=range(n_classes)))
    if model.max_gap is None:
        return loss, 0.0
    true, known = _track_predictions(classifier, examples[training])
    gap = np.mean(known.argmax(axis=1) == true) - np.mean(probabilities.argmax(axis=1) == y)
    return loss, float(gap)


def _track_predictions(
    classifier: Classifier, test: Examples
) -> tuple[npt.NDArray[np.int64], Array]:
    """Genre and probabilities of each track."""
    _, probabilities = by_track(test.track, classifier.predict_proba(test.X))
    _, first = np.unique(test.track, return_index=True)
    # Means in single precision are off by 1e-7.
    return test.y[first], probabilities / probabilities.sum(axis=1, keepdims=True)


def _fit(model: Model, examples: Examples, n_classes: int, params: dict[str, Any]) -> Classifier:
    present = np.unique(examples.y)
    if len(present) == n_classes:
        return model.fit(examples, **params)
    return _Partial(model, examples, present, n_classes, params)


class _Partial:
    """A classifier whose training part lacks a genre: it gives that genre the probability 0."""

    def __init__(
        self,
        model: Model,
        examples: Examples,
        present: npt.NDArray[np.int64],
        n_classes: int,
        params: dict[str, Any],
    ) -> None:
        from dataclasses import replace

        self.present, self.n_classes = present, n_classes
        renumbered = replace(examples, y=np.searchsorted(present, examples.y))
        self.classifier = model.fit(renumbered, **params)

    def predict_proba(self, X: Array) -> Array:
        full = np.zeros((len(X), self.n_classes), dtype=np.float32)
        full[:, self.present] = self.classifier.predict_proba(X)
        return full
