"""Keras networks behind scikit-learn's estimator interface."""

from __future__ import annotations

from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.mapped import column_means
from pipeline.models.common.exported_network import EMBEDDINGS, PROBABILITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras
    import numpy.typing as npt
    import tensorflow as tf

    from pipeline.models import Array, Examples

    Build = Callable[[tuple[int, ...], int], keras.Model]
    History = dict[str, list[float]]


BATCH_SIZE = 256
BATCHES_AT_ONCE = 32  # that a graph goes through; memory holds the windows of so many
MAX_EPOCHS = 250
PATIENCE_EPOCHS = 10
MIN_DELTA = 1e-3  # of the loss: less is no progress
SEED = 0
LARGE_NETWORK_PARAMS = 1_000_000  # parameters
SCALING = "scaling"


class KerasClassifier:
    """A trained network with the interface of a scikit-learn classifier.

    Parameters
    ----------
    network
        Maps windows [shape=(n, …)] to probabilities [shape=(n, n_classes)]; scaling is one of its
        layers.
    history
        Loss and accuracy by epoch, on the training part and on held-out artists (``val_…``).
    facts
        Number of epochs, and the accuracy on both sides of the first training.
    """

    def __init__(
        self,
        network: keras.Model,
        history: History | None = None,
        facts: dict[str, float] | None = None,
    ) -> None:
        self.network = network
        self.history = history or {}
        self.facts = facts or {}

    def predict_proba(self, X: Array) -> Array:
        """Probabilities [shape=(n, n_classes)] of windows [shape=(n, …)]."""
        return np.concatenate([np.asarray(self._probabilities(x)) for x in self._batches(X)])

    def predict_with_embeddings(self, X: Array) -> tuple[Array, Array]:
        """The same, and what the last layer is given [shape=(n, n_dimensions)]."""
        outputs = (self._probabilities_and_embeddings(x) for x in self._batches(X))
        probabilities, embeddings = zip(*outputs, strict=True)
        return np.concatenate(probabilities), np.concatenate(embeddings)

    def outputs(self) -> keras.Model:
        """A network of both, named as `pipeline.models.common.exported_network` reads them."""
        import keras

        named = {PROBABILITIES: self.network.outputs[0], EMBEDDINGS: self.network.layers[-2].output}
        return keras.Model(self.network.inputs, named)

    def head(self) -> KerasClassifier:
        """Without pretrained networks that were put in front of it."""
        import keras

        last = self.network.layers[-1]
        return KerasClassifier(last) if isinstance(last, keras.Model) else self

    def _batches(self, X: Array) -> list[Array]:
        # The intermediate tensors of a large network are so large that clearing memory for more
        # than two windows takes longer than computing.
        size = 2 if self.network.count_params() > LARGE_NETWORK_PARAMS else BATCH_SIZE
        return [np.asarray(X[i : i + size], np.float32) for i in range(0, len(X), size)]

    @cached_property
    def _probabilities(self) -> Callable[[Array], Any]:
        return self._graph(self.network)

    @cached_property
    def _probabilities_and_embeddings(self) -> Callable[[Array], tuple[Any, Any]]:
        import keras

        outputs = [self.network.outputs[0], self.network.layers[-2].output]
        return self._graph(keras.Model(self.network.inputs, outputs).call)

    def _graph(self, call: Callable[..., Any]) -> Callable[[Array], Any]:
        """A network as one graph.

        For one clip it is many times faster than `network.predict`, which builds a data pipeline
        first, and than calling the layers one by one.
        """
        import tensorflow as tf

        shape = tf.TensorSpec(self.network.input_shape)
        # A partial, as all lambdas would count as one function, which is traced too often.
        return tf.function(partial(call, training=False), input_signature=[shape])


def fit_network(
    build: Build,
    examples: Examples,
    max_epochs: int = MAX_EPOCHS,
    patience: int = PATIENCE_EPOCHS,
    batch_size: int = BATCH_SIZE,
    mixup: float = 0.0,
    anew: bool = True,
) -> KerasClassifier:
    """Train until the loss on held-out artists stops falling, then anew on all for as long.

    Parameters
    ----------
    build
        ``build(shape, n_classes)`` makes a compiled network for windows of a shape. Its loss takes
        one-hot genres; a layer that `scaling` made standardises.
    mixup
        Parameter of the Beta distribution by which pairs of windows are mixed (Zhang et al. 2018,
        "mixup: Beyond empirical risk minimization"); 0: none.
    anew
        False: keep the first training's best state. That is for networks whose training takes
        minutes; they are never trained on the fifth of the artists that was held out.

    Returns
    -------
    KerasClassifier
        Its history is that of the first training, which shows how far the held-out artists fall
        behind.
    """
    network = _network(build, examples.X.shape[1:], int(examples.y.max()) + 1)
    training, held_out = (examples[rows] for rows in examples.splits(5)[0])
    trial = _Training(network, training, batch_size, mixup)
    history = _until_no_progress(trial, held_out, max_epochs, patience)
    epochs = int(np.argmin(history["val_loss"])) + 1
    # Evaluated again, because accuracy during training suffers from dropout.
    facts = {
        "epochs": float(epochs),
        "accuracy on training windows": network.evaluate(training)["accuracy"],
        "accuracy on windows of held-out artists": network.evaluate(held_out)["accuracy"],
    }
    if anew:
        final = _Training(network, examples, batch_size, mixup)
        for _ in range(epochs):
            final.epoch()
    return KerasClassifier(network.copy(), history, facts)


def scaling() -> keras.layers.Layer:
    """A layer that standardises by the training data of its network."""
    import keras

    # Unlike those of keras.layers.Normalization, its mean and variance can be set anew in a network
    # that has been traced.
    return keras.layers.BatchNormalization(
        epsilon=1e-6, center=False, scale=False, trainable=False, name=SCALING
    )


def gap(classifier: KerasClassifier) -> dict[str, float]:
    """Accuracy on training windows and on those of held-out artists."""
    return classifier.facts


def _until_no_progress(
    trial: _Training, held_out: Examples, max_epochs: int, patience: int
) -> History:
    """Train until `patience` epochs bring no lower held-out loss; keep the best state."""
    history: History = {}
    best, since = np.inf, 0
    state = trial.network.network.get_weights()
    for _ in range(max_epochs):
        result = trial.epoch() | {
            f"val_{k}": v for k, v in trial.network.evaluate(held_out).items()
        }
        for name, value in result.items():
            history.setdefault(name, []).append(value)
        if result["val_loss"] == min(history["val_loss"]):
            state = trial.network.network.get_weights()
        progress = result["val_loss"] < best - MIN_DELTA
        best, since = (result["val_loss"], 0) if progress else (best, since + 1)
        if since == patience:
            break
    trial.network.network.set_weights(state)
    return history


@lru_cache(maxsize=1)
def _network(build: Build, shape: tuple[int, ...], n_classes: int) -> _Network:
    """Building and tracing a network takes longer than training it on few windows: keep it."""
    import keras

    keras.utils.set_random_seed(SEED)
    return _Network(build(shape, n_classes), n_classes)


class _Network:
    """A compiled network that can be taken back to its first state."""

    def __init__(self, network: keras.Model, n_classes: int) -> None:
        import keras
        import tensorflow as tf

        self.network, self.n_classes = network, n_classes
        self.classifier = KerasClassifier(network)
        # Folds differ in their number of batches.
        self.epoch = tf.function(self._epoch, reduce_retracing=True)
        network.optimizer.build(network.trainable_variables)
        self.variables = [*network.variables, *network.optimizer.variables]
        self.first = [keras.ops.convert_to_numpy(v).copy() for v in self.variables]

    def reset(self, X: Array) -> None:
        """As if new, standardising like `X`."""
        for variable, value in zip(self.variables, self.first, strict=True):
            variable.assign(value)
        mean = column_means(X, lambda block: block)
        variance = column_means(X, lambda block: np.square(block - mean))
        self.network.get_layer(SCALING).set_weights([mean, variance])

    def _epoch(self, X: tf.Tensor, y: tf.Tensor, weight: tf.Tensor) -> None:
        """Learn from batches [shape=(n_batches, batch_size, …)] in turn."""
        import tensorflow as tf

        for i in tf.range(tf.shape(X)[0]):
            self.network.train_step((X[i], y[i], weight[i]))

    def evaluate(self, held_out: Examples) -> dict[str, float]:
        """Log loss and accuracy; tracks weigh the same."""
        probabilities = self.classifier.predict_proba(held_out.X)
        truth = probabilities[np.arange(len(held_out.y)), held_out.y]
        loss = -np.log(np.maximum(truth, 1e-7))
        right = probabilities.argmax(axis=1) == held_out.y
        loss, right = (np.average(v, weights=held_out.weight) for v in (loss, right))
        return {"loss": float(loss), "accuracy": float(right)}

    def copy(self) -> keras.Model:
        """The trained network, without what only training needs."""
        copy = type(self.network).from_config(self.network.get_config())
        copy.set_weights(self.network.get_weights())
        return copy


class _Training:
    """A network and its training data, from the beginning.

    A graph goes through an epoch: with windows as few as here, Keras' `fit` spends four fifths of
    its time on preparing each epoch, and a call a batch takes as long as a small network's step.
    All batches have the same size, the last one of an epoch being filled up from the beginning.
    """

    def __init__(
        self, network: _Network, examples: Examples, batch_size: int, mixup: float
    ) -> None:
        self.network, self.examples = network, examples
        self.weight = examples.weight.astype(np.float32)
        self.batch_size, self.mixup = batch_size, mixup
        self.one_hot = np.eye(network.n_classes, dtype=np.float32)
        self.rng = np.random.default_rng(SEED)
        network.reset(examples.X)

    def epoch(self) -> dict[str, float]:
        """Learn from every window once, in random order; loss and accuracy while learning."""
        count = -(-len(self.weight) // self.batch_size)
        order = self.rng.permutation(len(self.weight))
        order = np.resize(order, (count, self.batch_size))
        network = self.network.network
        network.reset_metrics()
        for i in range(0, count, BATCHES_AT_ONCE):
            self._learn(order[i : i + BATCHES_AT_ONCE])
        return {name: float(value) for name, value in network.get_metrics_result().items()}

    def _learn(self, order: npt.NDArray[np.int64]) -> None:
        """Learn from some batches, numbers of windows [shape=(n_batches, batch_size)]."""
        X, y = self.examples.X[order], self.one_hot[self.examples.y[order]]
        if self.mixup:
            for i in range(len(order)):
                X[i], y[i] = self._mixed(X[i], y[i])
        self.network.epoch(X, y, self.weight[order])

    def _mixed(self, X: Array, y: Array) -> tuple[Array, Array]:
        share = self.rng.beta(self.mixup, self.mixup, len(y)).astype(np.float32)
        other = self.rng.permutation(len(y))
        of_x, of_y = (share.reshape(-1, *[1] * (a.ndim - 1)) for a in (X, y))
        return of_x * X + (1 - of_x) * X[other], of_y * y + (1 - of_y) * y[other]
