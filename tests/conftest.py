"""Shared fixtures: the real data where there is some, and one build of the synthetic benchmark."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from joblib import parallel_config

from pipeline.artifacts.reader import Artifacts
from pipeline.benchmark import build as building
from pipeline.benchmark import robustness
from pipeline.benchmark.cost import Cost
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.datasets.synthetic import DATASET, TRACKS_PER_ARTIST, tracks
from pipeline.models import cnn_mfcc, mlp, transfer
from pipeline.models.common.convolution import fit_convolution
from pipeline.models.common.keras_classifier import fit_network
from pipeline.protocols import track
from pipeline.registry import discover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.benchmark.cost import Job
    from pipeline.datasets import Track
    from pipeline.models import Model

COMMITTED = Path(__file__).parents[1] / "artifacts"  # whatever GENRESCOPE_ARTIFACTS says
# A baseline and a model of each library, of statistics and of a sequence, alone and joined with a
# pretrained network. What every model must do is tested in tests/models.
CROSS_SECTION = (
    *("dummy_prior", "logistic_ovr", "random_forest", "xgboost"),
    *("mlp", "cnn_mfcc", "transfer"),
)
CANDIDATES = {"logistic_ovr": 2}  # how many parameters it chooses among, others one
SHORT_TRAINING = {
    "mlp": partial(fit_network, mlp.build, max_epochs=20),
    "cnn_mfcc": partial(fit_convolution, cnn_mfcc.build, max_epochs=15),
    "transfer": partial(fit_network, transfer.build, max_epochs=20),
}
DISTORTED = ("none", "mp3_64", "noise_10")
DATA = Path(os.environ.get("GENRESCOPE_DATA", Path(__file__).parents[2] / "shared" / "data"))
REQUIRED = "GENRESCOPE_REQUIRE_DATA" in os.environ
MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Bring back the module that was started: a page that a test ran has taken its place.

    A process that is spawned later would run that page.
    """
    yield
    sys.modules["__main__"] = MAIN


@pytest.fixture(scope="session", autouse=True)
def nothing_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What somebody imported on this machine is in no test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENRESCOPE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


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
def street_root() -> Path:
    """Folder with recordings of two other collections, to test on only."""
    return _data("street")


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
    """`discover`, with few of the models, few parameters to choose among, and short training."""
    found = discover(package, constant)
    return {name: _quick(found[name]) for name in CROSS_SECTION} if constant == "MODEL" else found


def _quick(model: Model) -> Model:
    grid = {key: values[: CANDIDATES.get(model.name, 1)] for key, values in model.grid.items()}
    return replace(model, grid=grid, fit=SHORT_TRAINING.get(model.name, model.fit))


def one_of_each_artist(root: Path | None) -> list[Track]:
    """A third of the synthetic recordings, which say as much as all of them."""
    return tracks(root)[::TRACKS_PER_ARTIST]


def costless(jobs: Sequence[Job]) -> Iterator[Cost]:
    """In place of `pipeline.benchmark.cost.measure`, which starts a process for each model."""
    return (Cost(seconds=0.1 * n, peak_bytes=n * 10**8) for n, _ in enumerate(jobs, start=1))


@pytest.fixture(scope="session")
def synthetic(shared: Path, synthetic_cache: Path) -> Artifacts:
    """The synthetic benchmark, built from scratch once a test run by the real pipeline.

    Costs are invented, and there is one track an artist, three distortions and two folds of tracks,
    which is enough for every kind of result. All is done in this process: the other core runs other
    tests, and each further process would first load TensorFlow.
    """
    root = shared / "artifacts"
    root.mkdir(exist_ok=True)
    dataset = replace(DATASET, tracks=one_of_each_artist)
    in_turn = parallel_config(backend="sequential")
    with FileLock(shared / "lock"), pytest.MonkeyPatch.context() as patch, in_turn:
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
