"""What every model must do: learn, save, give the same predictions again."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from support.difficult_signals import WINDOWS

from pipeline.artifacts.model_files import load, save
from pipeline.benchmark.train import tune
from pipeline.models import Examples
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models import Model

MODELS = discover("pipeline.models", "MODEL").values()

by_name = {"ids": lambda value: value.name}


@cache
def blobs(features: str) -> Examples:
    """Three genres that anything can tell apart, in 30 tracks of 15 artists.

    Of statistics a column is higher, of sequences a third of the bands throughout.
    """
    shape = lookup("pipeline.features", "FEATURES", features).shape
    rng = np.random.default_rng(0)
    track = np.repeat(np.arange(30), 8 if len(shape) == 1 else 4)
    y = track % 3
    X = rng.normal(size=(len(track), *shape)).astype(np.float32)
    columns = np.array_split(np.arange(shape[-1]), 3) if len(shape) > 1 else np.arange(3)
    for genre, higher in enumerate(columns):
        X[np.flatnonzero(y == genre)[:, None], ..., higher] += 3
    return Examples(X, y, track, track // 2)


class Trained(NamedTuple):
    """A model trained on blobs."""

    model: Model
    params: dict[str, Any]
    classifier: Any


@pytest.fixture(scope="module", params=MODELS, **by_name)
def trained(request: pytest.FixtureRequest) -> Trained:
    """Each model, with the parameters that suit it best."""
    model, examples = request.param, blobs(request.param.features)
    params = tune(model, examples, 3)
    return Trained(model, params, model.fit(examples, **params))


def test_model_learns_saves_and_predicts_the_same(trained: Trained, tmp_path: Path) -> None:
    """It tells three blobs apart, unless it is a baseline; its file gives the same predictions."""
    model, params, classifier = trained
    examples = blobs(model.features)
    assert set(params) == set(model.grid)
    probabilities = classifier.predict_proba(examples.X)
    assert probabilities.shape == (len(examples.X), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    right = (probabilities.argmax(axis=1) == examples.y).mean()
    assert right < 0.5 if model.baseline else right > 0.95
    facts = model.facts(classifier) if model.facts else {}
    assert all(isinstance(value, float) and np.isfinite(value) for value in facts.values())
    save(classifier, tmp_path / model.filename)
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(examples.X), probabilities, atol=1e-6)


def test_model_is_deterministic(trained: Trained) -> None:
    """Fitting once more gives the same predictions."""
    examples = blobs(trained.model.features)
    again = trained.model.fit(examples, **trained.params)
    first, second = (c.predict_proba(examples.X) for c in (trained.classifier, again))
    np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.parametrize("model", MODELS, **by_name)
def test_model_takes_existing_feature_sets(model: Model) -> None:
    """What it is trained on and what its file takes is there; any table means statistics."""
    known = lookup("pipeline.features", "FEATURES", model.features)
    assert lookup("pipeline.features", "FEATURES", model.input_features).compute
    assert not (model.any_table and known.frames)
    assert not (model.any_table and model.joined_features)
    assert bool(model.join) == bool(model.joined_features)


@pytest.mark.parametrize("model", [model for model in MODELS if model.join], **by_name)
def test_a_joined_model_predicts_from_sound_as_its_head_from_features(
    model: Model, tmp_path: Path
) -> None:
    """One file from sound to genres predicts what the head predicts from what is in between."""
    inner, outer = (
        lookup("pipeline.features", "FEATURES", name)
        for name in (model.features, model.input_features)
    )
    features, sounds = (np.stack([f.extract(y) for y in WINDOWS.values()]) for f in (inner, outer))
    track = np.repeat(np.arange(30), 2)
    noise = np.random.default_rng(0).normal(0, 1e-2, (len(track), *inner.shape))
    X = (features[track % len(features)] + noise).astype(np.float32)
    head = model.fit(Examples(X, track % 3, track, track))
    expected = head.predict_proba(features)
    assert set(expected.argmax(axis=1)) == {0, 1, 2}
    joined = model.join(head)
    np.testing.assert_allclose(joined.predict_proba(sounds), expected, atol=1e-4)
    save(joined, tmp_path / model.filename)
    assert {path.name for path in tmp_path.iterdir()} == {"model.keras", "model.onnx"}
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(sounds), expected, atol=1e-4)
    served = load(tmp_path / "model.onnx")
    np.testing.assert_allclose(served.predict_proba(features), expected, atol=1e-5)
