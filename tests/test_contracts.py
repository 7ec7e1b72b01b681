"""What every member of a registry must do: a new file is tested by these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pipeline.audio import SAMPLE_RATE, WINDOW
from pipeline.errors import PipelineError
from pipeline.models import Examples
from pipeline.persistence import load, save
from pipeline.registry import discover, lookup
from pipeline.train import tune

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.views import View
    from pipeline.datasets import Dataset
    from pipeline.features import FeatureSet
    from pipeline.models import Model
    from pipeline.protocols import Protocol

DATASETS = discover("pipeline.datasets", "DATASET").values()
FEATURES = discover("pipeline.features", "FEATURES").values()
COMPUTED = [features for features in FEATURES if features.compute]  # others come in tables only
MODELS = discover("pipeline.models", "MODEL").values()
PROTOCOLS = discover("pipeline.protocols", "PROTOCOL").values()
VIEWS = discover("dashboard.views", "VIEW").values()
NAMED = [*DATASETS, *FEATURES, *MODELS, *PROTOCOLS, *VIEWS]

named = {"ids": lambda value: value.name}


def signals() -> dict[str, np.ndarray]:
    """Sounds that have broken feature extractors."""
    t = np.arange(WINDOW) / SAMPLE_RATE
    click = np.zeros(WINDOW)
    click[3000] = 1
    rng = np.random.default_rng(0)
    return {
        "silence": np.zeros(WINDOW),
        "dc": np.ones(WINDOW),
        "click": click,
        "square": np.sign(np.sin(2 * np.pi * 220 * t)),
        "sine": 0.5 * np.sin(2 * np.pi * 1000 * t),
        "noise": rng.uniform(-1, 1, WINDOW),
        "one_second": rng.uniform(-0.1, 0.1, SAMPLE_RATE),
    }


@pytest.fixture(scope="module")
def blobs() -> Examples:
    """Three classes that anything can tell apart, in 30 tracks of 15 artists."""
    rng = np.random.default_rng(0)
    track = np.repeat(np.arange(30), 8)
    y = track % 3
    X = rng.normal(size=(len(track), 55)) + 3 * np.eye(3, 55)[y]
    return Examples(X.astype(np.float32), y, track, track // 2)


@pytest.mark.parametrize("member", NAMED, **named)
def test_names_can_stand_in_addresses_and_files(member: Dataset | FeatureSet | Model) -> None:
    """A name is lower-case words; a title is for people."""
    assert re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", member.name)
    assert member.title[0].isupper() or member.title[0].isdigit()


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """Who mistypes a name sees what there is."""
    with pytest.raises(PipelineError, match=r"No model is called 'svm'. There are: .*svc"):
        lookup("pipeline.models", "MODEL", "svm")


def test_a_module_without_its_constant_is_an_error() -> None:
    """A broken file does not silently vanish from the registry."""
    with pytest.raises(PipelineError, match="defines no NOTHING"):
        discover("pipeline.protocols", "NOTHING")


@pytest.mark.parametrize("dataset", DATASETS, **named)
def test_dataset_states_its_facts(dataset: Dataset) -> None:
    """Licence, citation and layout are said."""
    assert dataset.licence
    assert dataset.citation
    assert dataset.layout


@pytest.mark.parametrize("signal", signals())
@pytest.mark.parametrize("features", COMPUTED, **named)
def test_features_are_finite_and_repeatable(features: FeatureSet, signal: str) -> None:
    """Values are finite and within the range that their columns state; the input is left alone."""
    y = signals()[signal].astype(np.float32)
    before = y.copy()
    values = features.extract(y)
    if signal != "one_second":
        assert values.shape == features.shape
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values, features.extract(y))
    low, high = ([getattr(c, side) for c in features.columns] for side in ("low", "high"))
    reach = 1e-5 * np.abs(values)  # of rounding
    assert (values >= low - reach).all()
    assert (values <= high + reach).all()
    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize("features", FEATURES, **named)
def test_columns_say_what_they_are(features: FeatureSet) -> None:
    """Each has a name of its own, words and a family, and the set names who used it."""
    assert len(set(features.names)) == len(features.names)
    assert all(column.meaning and column.family for column in features.columns)
    assert "{" not in "".join(column.meaning for column in features.columns)
    assert all(column.low < column.high for column in features.columns)
    assert features.works


@pytest.mark.parametrize("model", MODELS, **named)
def test_model_learns_saves_and_answers_the_same(
    model: Model, blobs: Examples, tmp_path: Path
) -> None:
    """It tells three blobs apart, and its file gives the same answers."""
    params = tune(model, blobs, 3)
    assert set(params) == set(model.grid)
    classifier = model.fit(blobs, **params)
    probabilities = classifier.predict_proba(blobs.X)
    assert probabilities.shape == (len(blobs.X), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == blobs.y).mean() > 0.95
    save(classifier, tmp_path / model.filename)
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(blobs.X), probabilities, atol=1e-6)


@pytest.mark.parametrize("model", MODELS, **named)
def test_model_is_deterministic(model: Model, blobs: Examples) -> None:
    """Fitting twice gives the same answers."""
    params = {name: values[0] for name, values in model.grid.items()}
    first, second = (model.fit(blobs, **params).predict_proba(blobs.X) for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.parametrize("model", MODELS, **named)
def test_model_eats_an_existing_feature_set(model: Model) -> None:
    """The feature set that a model names is there."""
    assert lookup("pipeline.features", "FEATURES", model.features)


@pytest.fixture(scope="module")
def tracks() -> pd.DataFrame:
    """A hundred tracks of fifty artists in two genres, with a published split."""
    n = np.arange(100)
    return pd.DataFrame(
        {
            "track_id": [f"t{i}" for i in n],
            "genre": np.where(n % 2, "a", "b"),
            "artist": [f"artist{i // 2 % 25}{'ab'[i % 2]}" for i in n],
            "split": np.array(["train", "valid", "test", None])[n // 2 % 4],
        }
    )


@pytest.mark.parametrize("protocol", PROTOCOLS, **named)
def test_protocol_asks_each_track_at_most_once(protocol: Protocol, tracks: pd.DataFrame) -> None:
    """One fold number a track, asked folds counted from 0, and the same every time."""
    fold = protocol.folds(tracks)
    assert fold is not None
    assert fold.index.equals(tracks.index)
    asked = sorted(fold[fold >= 0].unique())
    assert asked == list(range(len(asked)))
    pd.testing.assert_series_equal(fold, protocol.folds(tracks))


def test_artist_protocol_keeps_artists_together(tracks: pd.DataFrame) -> None:
    """No artist is both learnt from and asked about."""
    fold = lookup("pipeline.protocols", "PROTOCOL", "artist").folds(tracks)
    assert (fold.groupby(tracks["artist"]).nunique() == 1).all()
    assert sorted(fold.unique()) == [0, 1, 2, 3, 4]


def test_artist_protocol_needs_artists(tracks: pd.DataFrame) -> None:
    """It does not apply where a genre has fewer artists than folds."""
    artist = lookup("pipeline.protocols", "PROTOCOL", "artist")
    assert artist.folds(tracks.assign(artist="same")) is None


def test_fault_filtered_protocol_follows_the_published_split(tracks: pd.DataFrame) -> None:
    """It asks about test, learns from train and valid, and leaves the others out."""
    fold = lookup("pipeline.protocols", "PROTOCOL", "fault_filtered").folds(tracks)
    assert set(tracks["split"][fold == 0]) == {"test"}
    assert set(tracks["split"][fold == -1]) == {"train", "valid"}
    assert tracks["split"][fold.isna()].isna().all()


@pytest.mark.parametrize("view", VIEWS, **named)
def test_pages_have_their_own_place(view: View) -> None:
    """No two pages share a place in the navigation; each has a symbol."""
    assert sum(other.order == view.order for other in VIEWS) == 1
    assert view.icon.startswith(":material/")
