"""Shared fixtures: the real data where there is some, and one build of the synthetic benchmark."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from pipeline import build as building
from pipeline import robustness
from pipeline.artifacts import Artifacts
from pipeline.cost import Cost
from pipeline.protocols import track
from pipeline.registry import discover, lookup
from pipeline.robustness import DISTORTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.cost import Job

COMMITTED = Path(__file__).parents[1] / "artifacts"  # whatever GENRESCOPE_ARTIFACTS says
# A model of each family, of statistics and of a sequence, alone and joined with a pretrained
# network. What the others must do is in test_contracts.py.
CROSS_SECTION = (
    *("dummy_prior", "logistic_ovr", "random_forest", "xgboost"),
    *("mlp", "cnn_mfcc", "transfer"),
)
DISTORTED = ("none", "mp3_64", "noise_10")
DATA = Path(os.environ.get("GENRESCOPE_DATA", Path(__file__).parents[2] / "shared" / "data"))
REQUIRED = "GENRESCOPE_REQUIRE_DATA" in os.environ


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One test builds the synthetic benchmark at once; the others that need it come last.

    Otherwise all processes would wait for the one that builds.
    """
    needing = [item for item in items if "synthetic" in getattr(item, "fixturenames", ())]
    others = [item for item in items if item not in set(needing)]
    items[:] = needing[:1] + others + needing[1:]


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
def fma_root() -> Path:
    """Folder with the table of FMA's Echo Nest features."""
    return _data("fma")


@pytest.fixture(scope="session")
def spotify_root() -> Path:
    """Folder with TidyTuesday's table of songs."""
    return _data("spotify")


@pytest.fixture(scope="session")
def reference_root() -> Path:
    """Folder with features and outputs that were computed elsewhere."""
    return _data("reference")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of a test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def synthetic_cache(shared: Path) -> Path:
    """Cache of the synthetic build."""
    return shared / "cache"


def cross_section(package: str, constant: str) -> dict[str, Any]:
    """`discover`, with few of the models, and few parameters for them to choose among."""
    found = discover(package, constant)
    if constant != "MODEL":
        return found
    models = [found[name] for name in CROSS_SECTION]
    grids = [{key: values[:2] for key, values in model.grid.items()} for model in models]
    return {m.name: replace(m, grid=grid) for m, grid in zip(models, grids, strict=True)}


def costless(jobs: Sequence[Job]) -> Iterator[Cost]:
    """In place of `pipeline.cost.measure`, which starts a process a model; see test_cost.py."""
    return (Cost(seconds=0.1 * n, peak_bytes=n * 10**8) for n, _ in enumerate(jobs, start=1))


@pytest.fixture(scope="session")
def synthetic(shared: Path, synthetic_cache: Path) -> Artifacts:
    """The synthetic benchmark, built from scratch once a test run by the real pipeline."""
    root = shared / "artifacts"
    root.mkdir(exist_ok=True)
    dataset = lookup("pipeline.datasets", "DATASET", "synthetic")
    with FileLock(shared / "lock"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "discover", cross_section)
        patch.setattr(building, "measure", costless)
        patch.setattr(robustness, "DISTORTIONS", {n: DISTORTIONS[n] for n in DISTORTED})
        patch.setattr(track, "FOLDS", 2)
        if not (root / "synthetic" / "manifest.json").exists():
            building.build(dataset, shared / "data", root, synthetic_cache)
    return Artifacts(root / "synthetic")


@pytest.fixture(scope="session")
def gtzan() -> Artifacts:
    """The committed artifacts."""
    return Artifacts(COMMITTED / "gtzan")
