"""Models: one module each, defining ``MODEL``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Array = npt.NDArray[np.float32]
Family = Literal["scikit-learn", "XGBoost", "Keras"]
TUNING_WINDOWS = 2000  # as many as suffice to choose parameters by
SUFFIX: Mapping[Family, str] = {"scikit-learn": ".skops", "XGBoost": ".skops", "Keras": ".keras"}


class Classifier(Protocol):
    """The part of scikit-learn's estimator interface that the project relies on."""

    def predict_proba(self, X: Array) -> Array:
        """Probabilities [shape=(n, n_classes)] of windows [shape=(n, n_features)]."""


@dataclass(frozen=True)
class Examples:
    """Windows to learn from or to be asked about.

    Attributes
    ----------
    X : np.ndarray [shape=(n, n_features)]
    y : np.ndarray [shape=(n,)]
        Genre as its index among the classes of the benchmark.
    track : np.ndarray [shape=(n,)]
        Number of the track that a window is of.
    artist : np.ndarray [shape=(n,)]
        Number of its artist. Anything that is tuned or calibrated is so on artists that were held
        out.
    """

    X: Array
    y: npt.NDArray[np.int64]
    track: npt.NDArray[np.int64]
    artist: npt.NDArray[np.int64]

    def __getitem__(self, rows: Any) -> Examples:
        """Some of the windows, chosen by mask or index."""
        return Examples(self.X[rows], self.y[rows], self.track[rows], self.artist[rows])

    @property
    def weight(self) -> npt.NDArray[np.float64]:
        """Weight of each window, 1 on average: tracks weigh the same whatever their length."""
        _, number, count = np.unique(self.track, return_inverse=True, return_counts=True)
        return len(self.track) / (len(count) * count[number])

    def at_most(self, n: int) -> Examples:
        """All of them, or those of as many artists, taken at random, as have about `n` windows.

        Where the first artist has more than that: windows of all artists, evenly spaced.
        """
        if len(self.y) <= n:
            return self
        artists, count = np.unique(self.artist, return_counts=True)
        order = np.random.default_rng(0).permutation(len(artists))
        chosen = artists[order[count[order].cumsum() <= n]]
        if not len(chosen):
            return self[np.linspace(0, len(self.y) - 1, n).astype(int)]
        return self[np.isin(self.artist, chosen)]

    def splits(self, n_splits: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Indices (learn, ask) of folds that keep artists together and genres in proportion."""
        from sklearn.model_selection import StratifiedGroupKFold

        splitter = StratifiedGroupKFold(n_splits, shuffle=True, random_state=0)
        return list(splitter.split(self.X, self.y, self.artist))


@dataclass(frozen=True)
class Model:
    """How to make a classifier, and which feature set it eats.

    Attributes
    ----------
    family
        The library that trains it; decides the format of its file.
    features
        Name of the feature set that it learns from.
    fit
        ``fit(examples, **params) -> Classifier``, deterministic. Labels are 0 … n_classes - 1, all
        present.
    grid
        Values of each parameter to choose among, by cross-validation inside the training part only.
    any_table
        It learns from whatever statistics a benchmark has, where its own feature set is missing.
    max_gap
        Candidates whose accuracy on what they learnt from exceeds the held-out one by more are
        passed over, unless all do.
    facts
        ``facts(classifier)``: figures that only this model has, by what they are in words.
    whole, hears
        ``whole(classifier)`` joins what it learnt with the network that made its features, so that
        its file answers to the feature set `hears`.
    """

    name: str
    title: str
    family: Family
    features: str
    fit: Callable[..., Classifier]
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    any_table: bool = False
    max_gap: float | None = None
    facts: Callable[[Any], dict[str, float]] | None = None
    whole: Callable[[Any], Classifier] | None = None
    hears: str = ""

    @property
    def filename(self) -> str:
        """Name of the file that holds the trained model."""
        return f"model{SUFFIX[self.family]}"

    @property
    def listens(self) -> str:
        """Feature set that its file answers to."""
        return self.hears or self.features
