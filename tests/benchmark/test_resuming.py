"""A build resumes what was interrupted, repeats itself, and does nothing twice."""

from __future__ import annotations

import errno
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from support.small_builds import LOGISTIC, SMALL, dataset_of, forbidden, small_tracks

from pipeline.artifacts.reader import Artifacts, available
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.benchmark import experiment, provenance, robustness, train
from pipeline.benchmark import publish as publishing
from pipeline.extraction import extract as extracting
from pipeline.progress import silent

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.benchmark.cost import Job

PREDICTIONS = "models/logistic_ovr/predictions.parquet"
pytestmark = pytest.mark.usefixtures("members")


def test_a_second_build_does_nothing_again(
    audio: Path, root: Path, cache: Path, measured: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It decodes, trains and weighs nothing, and gives the same files."""
    first = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    monkeypatch.setattr(train, "fit", forbidden)
    monkeypatch.setattr(extracting, "windowed_features", forbidden)
    monkeypatch.setattr(robustness, "decode", forbidden)
    measured.clear()
    second = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    assert second.files == first.files
    assert second.models == first.models
    assert measured == []


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
    monkeypatch.setattr(provenance, "version", lambda package: "99.0")
    monkeypatch.setattr(train, "fit", forbidden)
    with pytest.raises(AssertionError, match="was done again"):
        building.build(SMALL, audio, root, cache)


def test_rebuilding_from_nothing_gives_the_same_answers(
    audio: Path, root: Path, tmp_path: Path
) -> None:
    """Predictions and their features are the same without any cache, also in other processes."""
    tables = []
    for backend in ("threading", "loky"):
        with parallel_config(backend=backend):
            folder = building.build(SMALL, audio, root, tmp_path / backend)
        tables.append(pd.read_parquet(folder / PREDICTIONS))
    pd.testing.assert_frame_equal(*tables)


def wait_for(path: Path) -> None:
    """Until another thread has written a file, a minute at most."""
    for _ in range(600):
        if path.is_file():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} was not written")


def test_a_full_disk_loses_nothing(
    audio: Path,
    root: Path,
    cache: Path,
    models: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The artifacts that were there stay, and what was finished is not trained again."""
    before = Artifacts(building.build(SMALL, audio, root, cache)).manifest
    models["second"] = replace(LOGISTIC, name="second")
    write = experiment.write_parquet

    def full(table: pd.DataFrame, path: Path, first: list[str]) -> None:
        if path.name == "importance.parquet":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(table, path, first)

    with monkeypatch.context() as patch:
        patch.setattr(experiment, "write_parquet", full)
        with pytest.raises(OSError, match="No space left on device"):
            building.build(SMALL, audio, root, cache)
    assert problems(Artifacts(root / "synthetic")) == []
    assert Artifacts(root / "synthetic").manifest == before
    fit, fitted = train.fit, []

    def watched(model: Any, *args: Any) -> Any:
        fitted.append(model.name)
        return fit(model, *args)

    monkeypatch.setattr(train, "fit", watched)
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert set(fitted) == {"second"}
    assert problems(built) == []


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
            wait_for(cache / "build" / "synthetic" / "logistic_ovr" / "card.json")
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
    assert problems(built) == []


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
    assert problems(after) == []


def test_the_manifest_is_written_last(
    audio: Path, root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a build is published, everything but the manifest stands ready, in a hidden folder."""
    publish, staged_files = publishing.publish, []

    def look(staged: Path, *args: Any) -> Path:
        assert staged.name.startswith(".")
        staged_files.extend(p.relative_to(staged).as_posix() for p in staged.rglob("*.*"))
        return publish(staged, *args)

    monkeypatch.setattr(publishing, "publish", look)
    built = Artifacts(building.build(SMALL, audio, root, cache))
    assert "manifest.json" not in staged_files
    assert set(built.manifest.files) <= set(staged_files)


def test_features_are_kept_by_content(
    audio: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moved or renamed file is not computed again; no half-written file is left."""
    moved = tmp_path / "moved.wav"
    first = small_tracks(audio)[0]
    shutil.copy(first.path, moved)
    monkeypatch.setattr(extracting, "windowed_features", forbidden)
    tracks = [replace(first, path=moved)]
    result = extracting.extract(tracks, {LOGISTIC.features}, cache, silent)
    assert np.isfinite(result.rows[LOGISTIC.features].X).all()
    assert not list(cache.rglob("*.part*"))
