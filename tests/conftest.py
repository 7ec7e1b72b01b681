"""Shared fixtures: the real data where there is some, and one build of the synthetic benchmark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.artifacts import ROOT, Artifacts
from pipeline.build import build
from pipeline.registry import lookup

DATA = Path(os.environ.get("GENRESCOPE_DATA", Path(__file__).parents[2] / "shared" / "data"))
REQUIRED = "GENRESCOPE_REQUIRE_DATA" in os.environ


def _data(name: str) -> Path:
    folder = DATA / name
    if not folder.exists():
        message = (
            f"{folder} is not on this machine; set GENRESCOPE_DATA to the folder that holds {name}"
        )
        (pytest.fail if REQUIRED else pytest.skip)(message)
    return folder


@pytest.fixture(scope="session")
def gtzan_root() -> Path:
    """Folder with GTZAN's audio and published tables."""
    return _data("gtzan")


@pytest.fixture(scope="session")
def reference_root() -> Path:
    """Folder with features and outputs that were computed elsewhere."""
    return _data("reference")


@pytest.fixture(scope="session")
def synthetic_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cache of the synthetic build."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory, synthetic_cache: Path) -> Artifacts:
    """The synthetic benchmark, built from scratch once a session by the real pipeline."""
    root = tmp_path_factory.mktemp("artifacts")
    dataset = lookup("pipeline.datasets", "DATASET", "synthetic")
    return Artifacts(build(dataset, tmp_path_factory.mktemp("synthetic"), root, synthetic_cache))


@pytest.fixture(scope="session")
def gtzan() -> Artifacts:
    """The committed artifacts."""
    return Artifacts(ROOT / "gtzan")
