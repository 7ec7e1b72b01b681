"""Ten recordings, their features, and artifacts built from them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from joblib import parallel_config
from support.small_builds import LOGISTIC, SMALL, SYNTHETIC, few_members, small_tracks

from pipeline.artifacts.reader import Artifacts
from pipeline.benchmark import build as building
from pipeline.benchmark import robustness
from pipeline.extraction import extract as extracting
from pipeline.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.small_builds import Members

    from pipeline.benchmark.cost import Job


@pytest.fixture(scope="session")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic recordings."""
    folder = tmp_path_factory.mktemp("audio")
    SYNTHETIC.tracks(folder)
    return folder


@pytest.fixture
def members() -> Iterator[Members]:
    """What a build finds in the registries, while a test runs."""
    with few_members() as members:
        yield members


@pytest.fixture
def models(members: Members) -> dict[str, Any]:
    """The models of a build, which a test may change; by default one cheap one."""
    return members.models


@pytest.fixture
def measured(members: Members) -> list[Job]:
    """Models whose cost a build measured; all cost the same."""
    return members.measured


@pytest.fixture(scope="session")
def features(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache that holds the features of the ten recordings, also distorted, and nothing else."""
    cache = tmp_path_factory.mktemp("features")
    tracks, sets = small_tracks(audio), [LOGISTIC.features]
    tested = [track.path for track in tracks if track.split == "test"]
    with parallel_config(backend="threading"):
        extracting.extract(tracks, sets, cache, silent)
        robustness.extract([(path, sets) for path in tested], cache, silent)
    return cache


@pytest.fixture(scope="session")
def built(audio: Path, features: Path, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Artifacts of the ten recordings, built once for all tests that only look at them."""
    root, cache = (tmp_path_factory.mktemp(name) for name in ("built", "of_built"))
    shutil.copytree(features, cache, dirs_exist_ok=True)
    with few_members():
        return Artifacts(building.build(SMALL, audio, root, cache))


@pytest.fixture
def cache(features: Path, tmp_path: Path) -> Path:
    """A copy of the features' cache; no model has been trained there."""
    return shutil.copytree(features, tmp_path / "cache")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folder for artifacts; a fresh one."""
    (tmp_path / "artifacts").mkdir()
    return tmp_path / "artifacts"
