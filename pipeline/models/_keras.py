"""Keras networks behind scikit-learn's estimator interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from pipeline.models import Array, Examples

BATCH_SIZE = 256
MAX_EPOCHS = 250
PATIENCE = 10
MIN_DELTA = 1e-3  # of the loss: less is no progress
SEED = 0


class KerasClassifier:
    """A trained network that answers like a scikit-learn classifier.

    Parameters
    ----------
    network
        Maps windows [shape=(n, …)] to probabilities [shape=(n, n_classes)]; scaling is one of its
        layers.
    history
        Loss and accuracy by epoch, on what was learnt from and on the held-out artists (``val_…``).
    """

    def __init__(self, network: keras.Model, history: dict[str, list[float]] | None = None) -> None:
        self.network = network
        self.history = history or {}

    def predict_proba(self, X: Array) -> Array:
        """Probabilities [shape=(n, n_classes)] of windows [shape=(n, …)]."""
        # Several times faster for one clip than `network.predict`, which builds a data pipeline
        # first.
        return np.asarray(self.network(np.asarray(X, dtype=np.float32), training=False))


def fit_network(build: Callable[[Examples], keras.Model], examples: Examples) -> KerasClassifier:
    """Find the number of epochs on held-out artists, then train anew on everything.

    Parameters
    ----------
    build
        ``build(examples)`` makes a compiled network, its scaling fitted to the examples.

    Returns
    -------
    KerasClassifier
        Its history is that of the first training, which shows the gap between learnt and held out.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    learn, ask = examples.splits(5)[0]
    stop = keras.callbacks.EarlyStopping("val_loss", min_delta=MIN_DELTA, patience=PATIENCE)
    held_out = examples[ask]
    history = _train(
        build(examples[learn]),
        examples[learn],
        epochs=MAX_EPOCHS,
        validation_data=(held_out.X, held_out.y, held_out.weight),
        callbacks=[stop],
    )
    keras.utils.set_random_seed(SEED)
    network = build(examples)
    _train(network, examples, epochs=int(np.argmin(history["val_loss"])) + 1)
    return KerasClassifier(network, history)


def _train(network: keras.Model, examples: Examples, **options: Any) -> dict[str, list[float]]:
    return network.fit(
        examples.X,
        examples.y,
        sample_weight=examples.weight,
        batch_size=BATCH_SIZE,
        verbose=0,
        **options,
    ).history
