"""The build, on ten recordings and one cheap model: it resumes, leaves out, repeats itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from pipeline import build as building
from pipeline import extract as extracting
from pipeline import train
from pipeline.artifacts import Artifacts, available
from pipeline.datasets import Track
from pipeline.errors import DatasetError
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.datasets import Dataset

SYNTHETIC = lookup("pipeline.datasets", "DATASET", "synthetic")
LOGISTIC = replace(lookup("pipeline.models", "MODEL", "logistic_ovr"), grid={"C": (0.1, 1.0)})
PREDICTIONS = "models/logistic_ovr/predictions.parquet"


def small_tracks(root: Path | None) -> list[Track]:
    """One track an artist of two genres."""
    listed = [t for t in SYNTHETIC.tracks(root) if t.genre in {"drone", "pulse"}]
    return list({track.artist: track for track in listed}.values())


SMALL = replace(SYNTHETIC, tracks=small_tracks)


def dataset_of(tracks: list[Track]) -> Dataset:
    return replace(SYNTHETIC, tracks=lambda root: tracks)


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recordings."""
    folder = tmp_path_factory.mktemp("audio")
    SYNTHETIC.tracks(folder)
    return folder


@pytest.fixture(autouse=True)
def in_this_process() -> Iterator[None]:
    """Extraction in threads: what a test patches is patched there too."""
    with parallel_config(backend="threading"):
        yield


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The models of a build, which a test may change; by default one cheap one."""
    there = {LOGISTIC.name: LOGISTIC}

    def only_these(package: str, constant: str) -> dict[str, Any]:
        return there if constant == "MODEL" else discover(package, constant)

    monkeypatch.setattr(building, "discover", only_these)
    return there


@pytest.fixture(scope="module")
def features(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache that holds the features of the ten recordings, and nothing else."""
    cache = tmp_path_factory.mktemp("features")
    with parallel_config(backend="threading"):
        extracting.extract(small_tracks(audio), {LOGISTIC.features}, cache, building.unwatched)
    return cache


@pytest.fixture
def cache(features: Path, tmp_path: Path) -> Path:
    """A copy of the features' cache; no model has been trained there."""
    return shutil.copytree(features, tmp_path / "cache")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folder for artifacts; a fresh one."""
    (tmp_path / "artifacts").mkdir()
    return tmp_path / "artifacts"


def forbidden(*args: Any, **named: Any) -> NoReturn:
    raise AssertionError("was done again")


def test_a_build_answers_all_tracks(audio: Path, root: Path, cache: Path) -> None:
    """Ten tracks by artist, the two tracks of the published test part, and nothing wrong."""
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert built.folder == root / "synthetic"
    assert built.problems() == []
    assert built.classes == ["drone", "pulse"]
    assert len(built.predictions("logistic_ovr", "artist")) == 10
    asked = built.predictions("logistic_ovr", "fault_filtered")["track_id"]
    assert set(asked) == {track.track_id for track in small_tracks(audio) if track.split == "test"}
    assert [path.name for path in root.iterdir()] == ["synthetic"]


def test_parameters_are_chosen_once_a_fold(audio: Path, root: Path, cache: Path) -> None:
    """The card shows what each of 5 folds, the split and the saved model chose from the grid."""
    card = Artifacts(building.build(SMALL, audio, root, cache)).model("logistic_ovr")
    assert {name: len(chosen) for name, chosen in card.params.items()} == {
        "artist": 5,
        "fault_filtered": 1,
        "all": 1,
    }
    assert all(
        params["C"] in LOGISTIC.grid["C"] for chosen in card.params.values() for params in chosen
    )


def test_a_second_build_does_nothing_again(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It decodes and trains nothing, and gives the same files."""
    first = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    monkeypatch.setattr(train, "fit", forbidden)
    monkeypatch.setattr(extracting, "analyse", forbidden)
    second = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    assert second.files == first.files
    assert second.models == first.models


def test_a_changed_grid_is_trained_again(
    audio: Path, root: Path, cache: Path, models: dict[str, Any]
) -> None:
    """The cache is not taken for a model whose parameters are others."""
    building.build(SMALL, audio, root, cache)
    models["logistic_ovr"] = replace(LOGISTIC, grid={"C": (0.02,)})
    card = Artifacts(building.build(SMALL, audio, root, cache)).model("logistic_ovr")
    assert card.params["all"] == [{"C": 0.02}]


def test_renamed_tracks_keep_their_answers(audio: Path, root: Path, cache: Path) -> None:
    """After files were renamed, predictions bear the new names, not those of the cache."""
    building.build(SMALL, audio, root, cache)
    renamed = [replace(t, track_id=f"new {t.track_id}") for t in small_tracks(audio)]
    built = Artifacts(building.build(dataset_of(renamed), audio, root, cache))
    said = built.predictions("logistic_ovr", "artist")
    assert set(said["track_id"]) == set(built.tracks["track_id"]) == {t.track_id for t in renamed}


def test_models_of_older_libraries_are_trained_again(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The versions in the manifest are those that trained the models."""
    building.build(SMALL, audio, root, cache)
    monkeypatch.setattr(building, "version", lambda package: "99.0")
    monkeypatch.setattr(train, "fit", forbidden)
    with pytest.raises(AssertionError, match="was done again"):
        building.build(SMALL, audio, root, cache)


def test_rebuilding_from_nothing_gives_the_same_answers(
    audio: Path, root: Path, tmp_path: Path
) -> None:
    """Features, answers and the model are the same without any cache."""
    tables = []
    for cache in ("one", "two"):
        folder = building.build(SMALL, audio, root, tmp_path / cache)
        tables.append(pd.read_parquet(folder / PREDICTIONS))
    pd.testing.assert_frame_equal(*tables)


def test_an_interrupted_build_goes_on(
    audio: Path,
    root: Path,
    cache: Path,
    models: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was trained before the interruption is not trained again."""
    models["second"] = replace(LOGISTIC, name="second")
    fit, stop, fitted = train.fit, ["second"], []

    def watched(model: Any, *args: Any) -> Any:
        if model.name in stop:
            raise KeyboardInterrupt
        fitted.append(model.name)
        return fit(model, *args)

    monkeypatch.setattr(train, "fit", watched)
    with pytest.raises(KeyboardInterrupt):
        building.build(SMALL, audio, root, cache)
    assert set(fitted) == {"logistic_ovr"}
    assert available(root) == []
    stop.clear()
    fitted.clear()
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert set(fitted) == {"second"}
    assert set(built.models) == {"logistic_ovr", "second"}
    assert built.problems() == []


def test_a_build_that_dies_leaves_the_previous_artifacts(
    audio: Path,
    root: Path,
    cache: Path,
    models: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If training a new model fails, the old manifest is in place and verifies."""
    before = Artifacts(building.build(SMALL, audio, root, cache)).manifest

    def fail(*args: Any, **params: Any) -> NoReturn:
        raise MemoryError("no memory for the new model")

    models["second"] = replace(LOGISTIC, name="second", grid={})
    monkeypatch.setattr(train, "fit", fail)
    with pytest.raises(MemoryError, match="no memory for the new model"):
        building.build(SMALL, audio, root, cache)
    assert available(root) == ["synthetic"]
    after = Artifacts(root / "synthetic")
    assert after.manifest == before
    assert after.problems() == []


def test_the_manifest_is_written_last(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a build is published, everything but the manifest stands ready, in a hidden folder."""
    publish, staged_files = building.publish, []

    def look(staged: Path, *args: Any) -> Path:
        assert staged.name.startswith(".")
        staged_files.extend(p.relative_to(staged).as_posix() for p in staged.rglob("*.*"))
        return publish(staged, *args)

    monkeypatch.setattr(building, "publish", look)
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert "manifest.json" not in staged_files
    assert set(built.manifest.files) <= set(staged_files)


@pytest.mark.parametrize("content", ["la la la", "", None], ids=["text", "empty", "missing"])
def test_an_unreadable_file_is_left_out(
    audio: Path, root: Path, cache: Path, tmp_path: Path, content: str | None
) -> None:
    """One bad file costs one track, which the manifest names with the reason."""
    path = tmp_path / "bad.wav"
    if content is not None:
        path.write_text(content)
    bad = Track("bad", "pulse", path, artist="nobody")
    dataset = dataset_of([bad, *small_tracks(audio)])
    built = Artifacts(building.build(dataset, audio, root, cache))
    assert list(built.manifest.left_out) == ["bad"]
    assert built.manifest.left_out["bad"].endswith(".")
    assert set(built.tracks["track_id"]) == {t.track_id for t in small_tracks(audio)}
    assert built.problems() == []


def test_one_genre_is_no_benchmark(audio: Path, root: Path, cache: Path) -> None:
    """There is nothing to tell apart; the message says what was found."""
    tracks = [track for track in small_tracks(audio) if track.genre == "drone"]
    with pytest.raises(DatasetError, match=r"two genres or more; the data has \['drone'\]"):
        building.build(dataset_of(tracks), audio, root, cache)
    assert available(root) == []


def test_no_readable_file_is_no_benchmark(root: Path, cache: Path, tmp_path: Path) -> None:
    """The message gives the number of files and the first reason."""
    (tmp_path / "bad.wav").write_text("la la la")
    tracks = [Track(f"t{n}", "ab"[n], tmp_path / "bad.wav", artist="x") for n in range(2)]
    with pytest.raises(DatasetError, match=r"None of the 2 files could be read: .*no audio file"):
        building.build(dataset_of(tracks), None, root, cache)


def test_no_protocol_is_no_benchmark(audio: Path, root: Path, cache: Path) -> None:
    """Too few artists and no published split: an error in words says why nothing can be asked."""
    tracks = [replace(track, artist="same", split=None) for track in small_tracks(audio)]
    with pytest.raises(DatasetError, match="protocol"):
        building.build(dataset_of(tracks), audio, root, cache)


def test_features_are_kept_by_content(
    audio: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moved or renamed file is not computed again; no half-written file is left."""
    moved = tmp_path / "moved.wav"
    first = small_tracks(audio)[0]
    shutil.copy(first.path, moved)
    monkeypatch.setattr(extracting, "analyse", forbidden)
    tracks = [replace(first, path=moved)]
    result = extracting.extract(tracks, {LOGISTIC.features}, cache, building.unwatched)
    assert np.isfinite(result.features[LOGISTIC.features]).all()
    assert not list(cache.rglob("*.part*"))
