"""Networks that share one traced graph: each training is as if it were the first."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import log_loss

from pipeline import mapped
from pipeline.mapped import Gathered
from pipeline.models import Examples, cnn_logmel
from pipeline.models.common import keras_classifier
from pipeline.models.common.keras_classifier import (
    SCALING,
    KerasClassifier,
    fit_network,
    gap,
    scaling,
)

if TYPE_CHECKING:
    from pathlib import Path

    import keras

METRICS = {"loss", "accuracy", "val_loss", "val_accuracy"}


def dense(shape: tuple[int, ...], n_classes: int) -> keras.Model:
    """Scaling, dropout, a hidden layer and a softmax."""
    import keras
    from keras import layers

    network = keras.Sequential([keras.Input(shape), scaling(), layers.Flatten()])
    network.add(layers.Dense(32, activation="relu"))
    network.add(layers.Dropout(0.3))
    network.add(layers.Dense(n_classes, activation="softmax"))
    network.compile(
        keras.optimizers.Adam(0.01), "categorical_crossentropy", weighted_metrics=["accuracy"]
    )
    return network


def linear(shape: tuple[int, ...], n_classes: int, rate: float = 0.05) -> keras.Model:
    """Scaling and a softmax."""
    import keras
    from keras import layers

    network = keras.Sequential([keras.Input(shape), scaling()])
    network.add(layers.Dense(n_classes, activation="softmax"))
    network.compile(
        keras.optimizers.Adam(rate), "categorical_crossentropy", weighted_metrics=["accuracy"]
    )
    return network


def noisy(seed: int = 0, shape: tuple[int, ...] = (6,)) -> Examples:
    """150 windows in 60 tracks of 30 artists; three genres, hard to tell apart."""
    rng = np.random.default_rng(seed)
    track = np.repeat(np.arange(60), np.arange(60) % 4 + 1)
    y = track // 2 % 3
    X = rng.normal(5, 2, (len(track), *shape))
    X[..., 0] += y.reshape(-1, *[1] * (len(shape) - 1))
    return Examples(X.astype(np.float32), y, track, track // 2)


@pytest.fixture
def examples() -> Examples:
    """Some that are hard to tell apart."""
    return noisy()


def fit(examples: Examples, max_epochs: int = 30, anew: bool = True) -> KerasClassifier:
    return fit_network(dense, examples, max_epochs, batch_size=64, anew=anew)


@pytest.mark.parametrize("mixup", [0.0, 0.3])
def test_nothing_is_left_of_what_was_fitted_before(examples: Examples, mixup: float) -> None:
    """The same examples give the same answers and history, whatever was fitted in between."""
    first, _, again = (
        fit_network(dense, e, max_epochs=8, batch_size=64, mixup=mixup)
        for e in (examples, noisy(seed=1), examples)
    )
    np.testing.assert_array_equal(first.predict_proba(examples.X), again.predict_proba(examples.X))
    assert first.history == again.history


def test_another_network_in_between_changes_nothing(examples: Examples) -> None:
    """A network of another kind or shape is made anew, and so is the first one after it."""
    first = fit(examples, 5).predict_proba(examples.X)
    fit_network(linear, examples, max_epochs=2)
    fit(noisy(shape=(4, 3)), 2)
    np.testing.assert_allclose(fit(examples, 5).predict_proba(examples.X), first, atol=1e-6)


def test_a_trained_classifier_keeps_its_answers(examples: Examples) -> None:
    """Fitting another one on the shared graph does not touch it, asked before or only after."""
    asked, silent = fit(examples, 5), fit(examples, 5)
    before = asked.predict_proba(examples.X)
    other = fit(noisy(seed=1), 5).predict_proba(examples.X)
    np.testing.assert_array_equal(asked.predict_proba(examples.X), before)
    np.testing.assert_allclose(silent.predict_proba(examples.X), before, atol=1e-6)
    assert np.abs(other - before).max() > 0.01


def test_loss_of_an_epoch_is_that_of_all_its_batches() -> None:
    """It is no single batch's: a network that stands still has the loss of all it learns from."""
    n = np.arange(320)
    X = np.random.default_rng(0).normal(n % 2, 1, (4, 320)).T.astype(np.float32)
    examples = Examples(X, n % 2, n, n)
    learnt = examples[examples.splits(5)[0][0]]
    assert len(learnt.y) == 4 * 64
    classifier = fit_network(partial(linear, rate=0.0), examples, 1, batch_size=64, anew=False)
    expected = log_loss(learnt.y, classifier.predict_proba(learnt.X))
    assert classifier.history["loss"] == [pytest.approx(expected, rel=1e-5)]


def test_history_has_each_epoch(examples: Examples) -> None:
    """Loss and accuracy of both sides, a number an epoch; the best one is among the facts."""
    classifier = fit(examples)
    assert set(classifier.history) == METRICS
    assert {len(values) for values in classifier.history.values()} == {
        len(classifier.history["loss"])
    }
    best = int(np.argmin(classifier.history["val_loss"]))
    facts = gap(classifier)
    assert facts["epochs"] == best + 1
    held_out = facts["accuracy on windows of held-out artists"]
    assert held_out == pytest.approx(classifier.history["val_accuracy"][best])


def test_training_stops_when_held_out_artists_are_told_no_better(examples: Examples) -> None:
    """Ten epochs after the last progress it ends, long before the most that is allowed."""
    losses = fit(examples, max_epochs=250).history["val_loss"]
    assert len(losses) < 250
    assert min(losses[-10:]) >= min(losses[:-10]) - 1e-3


def test_early_stopping_keeps_the_best_state(examples: Examples) -> None:
    """Held-out windows have the log loss of the best epoch, not of the last, tracks weighing alike.

    scikit-learn computes it from the answers.
    """
    classifier = fit(examples, max_epochs=100, anew=False)
    ask = examples[examples.splits(5)[0][1]]
    answers = classifier.predict_proba(ask.X)
    loss = log_loss(
        ask.y,
        answers / answers.sum(axis=1, keepdims=True),
        sample_weight=ask.weight,
        labels=range(3),
    )
    losses = classifier.history["val_loss"]
    assert loss == pytest.approx(min(losses), rel=1e-4)
    assert loss < losses[-1] - 0.01


def changed_outside(examples: Examples) -> Examples:
    """With other numbers for the held-out artists."""
    X = examples.X.copy()
    ask = examples.splits(5)[0][1]
    X[ask] = X[ask][::-1] * 3
    return Examples(X, examples.y, examples.track, examples.artist)


@pytest.mark.parametrize("anew", [True, False])
def test_held_out_artists_are_learnt_from_at_last_or_never(examples: Examples, anew: bool) -> None:
    """With `anew`, what they sound like counts in the end; without, it changes no answer."""
    one, other = (
        fit(e, max_epochs=1, anew=anew).predict_proba(examples.X)
        for e in (examples, changed_outside(examples))
    )
    assert np.array_equal(one, other) != anew


@pytest.mark.parametrize("shape", [(6,), (5, 6)], ids=["statistics", "sequence"])
@pytest.mark.parametrize("anew", [True, False])
def test_scaling_is_by_what_was_learnt_from(shape: tuple[int, ...], anew: bool) -> None:
    """(X - mean) / std of each column over windows and frames, after another training as well."""
    fit(noisy(seed=1, shape=shape), 1)
    examples = noisy(shape=shape)
    network = fit(examples, 2, anew).network
    learnt = examples.X if anew else examples.X[examples.splits(5)[0][0]]
    axes = tuple(range(len(shape)))
    expected = (examples.X - learnt.mean(axis=axes)) / learnt.std(axis=axes)
    scaled = network.get_layer(SCALING)(examples.X, training=False)
    np.testing.assert_allclose(np.asarray(scaled), expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(6,), (4, 6)])
def test_windows_in_a_file_teach_the_same(
    shape: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit, though memory holds one row, and batches go through the graph one by one."""
    examples = noisy(shape=shape)
    settings = {"max_epochs": 4, "batch_size": 16, "mixup": 0.3}
    wanted = fit_network(dense, examples, **settings)
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 1)
    monkeypatch.setattr(keras_classifier, "BATCHES_AT_ONCE", 1)
    gathered = Gathered(tmp_path)
    gathered.append(examples.X, 0)
    found = fit_network(dense, replace(examples, X=gathered.rows()[0]), **settings)
    assert found.history == wanted.history
    for a, b in zip(found.network.get_weights(), wanted.network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_tracks_weigh_the_same_whatever_their_length() -> None:
    """Told nothing but how common genres are, a network says 3/4, though windows say 1/4.

    30 tracks of one window are of genre 0, ten tracks of nine windows of genre 1.
    """
    track = np.concatenate([np.arange(30), np.repeat(np.arange(30, 40), 9)])
    X = np.zeros((len(track), 2), np.float32)
    examples = Examples(X, (track >= 30).astype(int), track, track)
    classifier = fit_network(linear, examples, max_epochs=60, batch_size=128)
    assert classifier.predict_proba(X[:1])[0, 0] == pytest.approx(0.75, abs=0.03)


def test_answers_are_the_network_s(examples: Examples) -> None:
    """One graph for all batches says what Keras says of all windows at once."""
    classifier = fit(examples, 2)
    many = np.tile(examples.X, (4, 1))  # more than a batch
    expected = classifier.network.predict(many, verbose=0)
    np.testing.assert_allclose(classifier.predict_proba(many), expected, atol=1e-6)


def test_the_cnn_looks_at_means_of_four_frames_and_four_bands() -> None:
    """Standardised by 0 and 1, its first convolution gets block means; two frames are left over."""
    import keras

    network = cnn_logmel.build((130, 128), 3)
    before = next(x for x in network.layers if isinstance(x, keras.layers.Reshape))
    X = np.random.default_rng(0).normal(size=(2, 130, 128)).astype(np.float32)
    means = X[:, :128].reshape(2, 32, 4, 32, 4).mean(axis=(2, 4))
    seen = keras.Model(network.inputs, before.output)(X, training=False)
    np.testing.assert_allclose(np.asarray(seen)[..., 0], means, atol=1e-5)
