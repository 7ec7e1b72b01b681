"""What every member of a registry must do: a new file is tested by these."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pipeline.audio import SAMPLE_RATE, WINDOW
from pipeline.errors import PipelineError
from pipeline.models import Examples
from pipeline.persistence import load, save
from pipeline.protocols import ENOUGH
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
FLOORS = {"dummy_prior", "dummy_stratified"}  # they look at no feature
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
def test_model_learns_saves_and_answers_the_same(model: Model, tmp_path: Path) -> None:
    """It tells three blobs apart, unless it is a floor, and its file gives the same answers."""
    examples = blobs(model.features)
    params = tune(model, examples, 3)
    assert set(params) == set(model.grid)
    classifier = model.fit(examples, **params)
    probabilities = classifier.predict_proba(examples.X)
    assert probabilities.shape == (len(examples.X), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    right = (probabilities.argmax(axis=1) == examples.y).mean()
    assert right < 0.5 if model.name in FLOORS else right > 0.95
    facts = model.facts(classifier) if model.facts else {}
    assert all(isinstance(value, float) and np.isfinite(value) for value in facts.values())
    save(classifier, tmp_path / model.filename)
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(examples.X), probabilities, atol=1e-6)


@pytest.mark.parametrize("model", MODELS, **named)
def test_model_is_deterministic(model: Model) -> None:
    """Fitting twice gives the same answers."""
    examples = blobs(model.features)
    params = {name: values[0] for name, values in model.grid.items()}
    first, second = (model.fit(examples, **params).predict_proba(examples.X) for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.parametrize("model", MODELS, **named)
def test_model_eats_existing_feature_sets(model: Model) -> None:
    """What it learns from and what its file answers to is there; any table means statistics."""
    eaten = lookup("pipeline.features", "FEATURES", model.features)
    assert lookup("pipeline.features", "FEATURES", model.listens).compute
    assert not (model.any_table and eaten.frames)
    assert not (model.any_table and model.hears)
    assert bool(model.whole) == bool(model.hears)


@pytest.mark.parametrize("model", [model for model in MODELS if model.whole], **named)
def test_a_joined_model_answers_to_sound_as_its_head_to_features(
    model: Model, tmp_path: Path
) -> None:
    """One file from what is heard to genres says what the head says of the features in between."""
    eaten, heard = (
        lookup("pipeline.features", "FEATURES", name) for name in (model.features, model.hears)
    )
    windows = [y.astype(np.float32) for name, y in signals().items() if name != "one_second"]
    features, sounds = (np.stack([f.extract(y) for y in windows]) for f in (eaten, heard))
    track = np.repeat(np.arange(30), 2)
    noise = np.random.default_rng(0).normal(0, 1e-2, (len(track), *eaten.shape))
    X = (features[track % len(features)] + noise).astype(np.float32)
    head = model.fit(Examples(X, track % 3, track, track))
    expected = head.predict_proba(features)
    assert set(expected.argmax(axis=1)) == {0, 1, 2}
    joined = model.whole(head)
    np.testing.assert_allclose(joined.predict_proba(sounds), expected, atol=1e-4)
    save(joined, tmp_path / model.filename)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
    restored = load(tmp_path / model.filename)
    np.testing.assert_allclose(restored.predict_proba(sounds), expected, atol=1e-4)


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


@pytest.fixture(scope="module")
def windows(tracks: pd.DataFrame) -> pd.DataFrame:
    """One to five windows of each of them, a row a window."""
    return tracks.loc[tracks.index.repeat(np.arange(100) // 2 % 5 + 1)].reset_index(drop=True)


@pytest.mark.parametrize("protocol", PROTOCOLS, **named)
def test_protocol_asks_each_track_at_most_once(
    protocol: Protocol, tracks: pd.DataFrame, windows: pd.DataFrame
) -> None:
    """One fold number a row, of tracks or windows; asked folds count from 0; always the same."""
    rows = windows if protocol.unit == "window" else tracks
    before = rows.copy()
    fold = protocol.folds(rows)
    assert fold is not None
    assert fold.index.equals(rows.index)
    asked = sorted(fold[fold >= 0].unique())
    assert asked == list(range(len(asked)))
    assert asked
    pd.testing.assert_series_equal(fold, protocol.folds(rows))
    pd.testing.assert_frame_equal(rows, before)


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


def test_track_protocol_is_ten_random_folds(tracks: pd.DataFrame) -> None:
    """Every track is asked about, a tenth and ten at a time; artists stand on both sides."""
    fold = lookup("pipeline.protocols", "PROTOCOL", "track").folds(tracks)
    assert fold.value_counts().to_dict() == dict.fromkeys(range(10), 10)
    assert (tracks.groupby(fold)["genre"].value_counts() == 5).all()
    assert (fold.groupby(tracks["artist"]).nunique() > 1).any()


def test_track_protocol_needs_tracks(tracks: pd.DataFrame) -> None:
    """It does not apply where a genre has fewer tracks than folds."""
    few = tracks[(tracks["genre"] == "a") | (tracks.index < 18)]
    assert lookup("pipeline.protocols", "PROTOCOL", "track").folds(few) is None


def test_window_protocol_leaks(windows: pd.DataFrame) -> None:
    """One fold: a fifth of the windows, of tracks whose other windows are learnt from.

    That is what it shows. Tracks of a single window, which cannot leak, are not used.
    """
    protocol = lookup("pipeline.protocols", "PROTOCOL", "window")
    fold = protocol.folds(windows)
    assert protocol.unit == "window"
    single = windows.groupby("track_id")["track_id"].transform("size") == 1
    assert 0 < single.sum() < len(windows)
    np.testing.assert_array_equal(fold.isna(), single)
    used = fold[~single]
    assert set(used) == {-1, 0}
    assert (used == 0).mean() == pytest.approx(1 / 5, abs=0.01)
    sides = used.groupby(windows["track_id"]).nunique()
    assert (sides == 2).sum() > len(sides) / 3


def test_window_protocol_needs_several_windows(tracks: pd.DataFrame) -> None:
    """It does not apply where recordings have one row each, or those of a genre have."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", "window")
    assert protocol.folds(tracks) is None
    one_genre = pd.concat([tracks, tracks[tracks["genre"] == "a"]], ignore_index=True)
    assert protocol.folds(one_genre) is None


def many(n: int) -> pd.DataFrame:
    """So many tracks of two genres by forty artists."""
    i = np.arange(n)
    return pd.DataFrame(
        {
            "track_id": i.astype(str),
            "genre": np.where(i % 2, "a", "b"),
            "artist": (i % 40).astype(str),
            "split": None,
        }
    )


@pytest.mark.parametrize(("name", "share"), [("artist", 1 / 5), ("track", 1 / 10)])
def test_of_many_tracks_one_fold_is_asked_about(name: str, share: float) -> None:
    """From `ENOUGH` tracks on the others are only learnt from; one track less, all are asked."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", name)
    enough = protocol.folds(many(ENOUGH))
    assert set(enough) == {-1, 0}
    assert (enough == 0).mean() == pytest.approx(share, abs=0.01)
    assert set(protocol.folds(many(ENOUGH - 1))) == set(range(round(1 / share)))


@pytest.mark.parametrize("view", VIEWS, **named)
def test_pages_have_their_own_place(view: View) -> None:
    """No two pages share a place in the navigation; each has a symbol."""
    assert sum(other.order == view.order for other in VIEWS) == 1
    assert view.icon.startswith(":material/")
