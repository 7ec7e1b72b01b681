"""Benchmarks whose pages are tested."""

from __future__ import annotations

import functools
import gc
from typing import TYPE_CHECKING

import pytest
from streamlit.components.v2 import manifest_scanner
from support.odd_benchmarks import SHAPES, benchmark
from support.partial_benchmarks import part_of

from pipeline.artifacts.places import ROOT, shipped
from pipeline.artifacts.reader import Artifacts
from pipeline.datasets.synthetic import DATASET

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def one_scan_of_packages() -> Iterator[None]:
    """Look for Streamlit components among the installed packages once, not before each page.

    A new `AppTest` reads the metadata of all packages, which takes longer than most pages.
    """
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def little_to_collect() -> Iterator[None]:
    """Leave to Streamlit's garbage collection, which follows each run, a single test's objects.

    Otherwise it looks through all libraries each time, as the server's warm-up avoids too.
    """
    yield
    gc.collect()
    gc.freeze()


# Each benchmark's pages are tested by one process, which computes their scores once.
BUILT = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in shipped()]


@pytest.fixture(params=["synthetic", *BUILT])
def artifacts(request: pytest.FixtureRequest) -> Artifacts:
    """The synthetic benchmark, and each one that was built."""
    if request.param == "synthetic":
        return request.getfixturevalue("synthetic")
    return Artifacts(ROOT / request.param)


@pytest.fixture(params=["synthetic", "gtzan"])
def recorded(request: pytest.FixtureRequest) -> Artifacts:
    """The benchmarks that were built from recordings."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark of an odd shape, by its name."""
    return benchmark(request.param, SHAPES[request.param], tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A small benchmark of random predictions that has everything a page can show."""
    return benchmark("plain", SHAPES["two_genres"], tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """The same with three genres, one of which has no test tracks by artist."""
    return benchmark("three", SHAPES["untested_genre"], tmp_path_factory.mktemp("three"))


@pytest.fixture(scope="session")
def two_models(synthetic: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """The synthetic benchmark with one model of each library, for pages that ask all models."""
    return part_of(synthetic, ("mlp", "random_forest"), tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="session")
def track(synthetic: Artifacts) -> tuple[str, bytes]:
    """Genre and bytes of a synthetic recording that the models were trained on."""
    used = set(synthetic.tracks["track_id"])
    first = next(track for track in DATASET.tracks(None) if track.track_id in used)
    return first.genre, first.path.read_bytes()
