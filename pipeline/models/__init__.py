"""Models: one module each, defining ``MODEL``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Array = npt.NDArray[np.float32]
Library: TypeAlias = Literal["scikit-learn", "XGBoost", "Keras"]
Format: TypeAlias = Literal["skops", "keras"]
TUNING_WINDOWS = 2000  # as many as suffice to choose parameters by


class Classifier(Protocol):
    """The part of scikit-learn's estimator interface that the project relies on."""

    def predict_proba(self, X: Array) -> Array:
        """Probabilities [shape=(n, n_classes)] of windows [shape=(n, n_features)]."""


@dataclass(frozen=True)
class Examples:
    """Windows to train or test on.

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
        X = mapped.chosen(self.X, rows)
        return Examples(X, self.y[rows], self.track[rows], self.artist[rows])

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
        """Indices (training, held out) of folds by artist with genres in proportion."""
        from sklearn.model_selection import StratifiedGroupKFold

        splitter = StratifiedGroupKFold(n_splits, shuffle=True, random_state=0)
        return list(splitter.split(self.y, self.y, self.artist))


@dataclass(frozen=True)
class Model:
    """How to make a classifier, and which feature set it takes.

    Attributes
    ----------
    library
        The library that trains it.
    format
        The format of its file, and so the library that serves it.
    features
        Name of the feature set that it is trained on.
    fit
        ``fit(examples, **params) -> Classifier``, deterministic. Labels are 0 … n_classes - 1, all
        present.
    grid
        Values of each parameter to choose among, by cross-validation inside the training part only.
    baseline
        Whether it looks at no feature: what any other model must beat.
    embed
        ``embed(classifier, X) -> (probabilities, embeddings)``, each [shape=(n, …)], where a model
        has a space of its own. None: its space is that of its features.
    any_table
        It is trained on whatever statistics a benchmark has, where its own feature set is missing.
    least_columns
        It is left out where there are fewer columns.
    max_gap
        Candidates whose accuracy on what they were trained on exceeds the held-out one by more are
        passed over, unless all do.
    shap
        ``shap(classifier, X)``: contributions of features to the scores of the classes
        [shape=(n, n_classes or 1, n_features)], where the model knows them exactly.
    facts
        ``facts(classifier)``: figures that only this model has, by what they are in words.
    join, joined_features
        ``join(classifier)`` puts the networks that made its features in front of the trained
        classifier, so that its file takes the feature set `joined_features`.
    plugin
        SHA-256 of the file that defines it, if that is no module here.
    """

    name: str
    title: str
    library: Library
    format: Format
    features: str
    fit: Callable[..., Classifier]
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    baseline: bool = False
    embed: Callable[[Any, Array], tuple[Array, Array]] | None = None
    any_table: bool = False
    least_columns: int = 0
    max_gap: float | None = None
    shap: Callable[[Any, Array], Array] | None = None
    facts: Callable[[Any], dict[str, float]] | None = None
    join: Callable[[Any], Classifier] | None = None
    joined_features: str = ""
    plugin: str = ""

    @property
    def filename(self) -> str:
        """Name of the file that holds the trained model."""
        return f"model.{self.format}"

    @property
    def input_features(self) -> str:
        """Feature set that its file takes."""
        return self.joined_features or self.features
