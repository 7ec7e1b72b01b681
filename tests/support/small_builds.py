"""Benchmarks that are built in seconds: ten recordings, or a made-up table, and one cheap model."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from pipeline.benchmark import build as building
from pipeline.benchmark.cost import Cost, Job
from pipeline.datasets import Rows, Table, Track
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.datasets import Dataset

SYNTHETIC = lookup("pipeline.datasets", "DATASET", "synthetic")
LOGISTIC = replace(lookup("pipeline.models", "MODEL", "logistic_ovr"), grid={"C": (0.1, 1.0)})
QUICK = replace(LOGISTIC, grid={"C": (0.1,)})  # nothing to choose
COST = Cost(seconds=0.25, peak_bytes=123_456_789)


def small_tracks(root: Path | None) -> list[Track]:
    """One track an artist of two genres."""
    listed = [t for t in SYNTHETIC.tracks(root) if t.genre in {"drone", "pulse"}]
    return list({track.artist: track for track in listed}.values())


SMALL = replace(SYNTHETIC, tracks=small_tracks)


def dataset_of(tracks: list[Track]) -> Dataset:
    """A dataset of these recordings."""
    return replace(SYNTHETIC, tracks=lambda root: tracks)


def forbidden(*args: Any, **named: Any) -> NoReturn:
    """In place of work that must not be done twice."""
    raise AssertionError("was done again")


@dataclass(frozen=True)
class Members:
    """What a build finds in the registries; a test may change the dictionaries."""

    models: dict[str, Any]
    protocols: dict[str, Any]
    measured: list[Job]  # whose cost was asked for


@contextmanager
def few_members() -> Iterator[Members]:
    """Let builds find one cheap model, note whose cost they measure, and compute in this process.

    Extraction runs in threads, so what a test patches is patched there too.
    """
    protocols = dict(discover("pipeline.protocols", "PROTOCOL"))
    members = Members({LOGISTIC.name: LOGISTIC}, protocols, [])
    changed = {"MODEL": members.models, "PROTOCOL": members.protocols}

    def found(package: str, constant: str) -> dict[str, Any]:
        return changed.get(constant) or discover(package, constant)

    def same_for_all(jobs: Sequence[Job]) -> Iterator[Cost]:
        for job in jobs:
            assert job.path.is_file()
            members.measured.append(job)
            yield COST

    with pytest.MonkeyPatch.context() as patch, parallel_config(backend="threading"):
        patch.setattr(building, "discover", found)
        patch.setattr(building, "measure", same_for_all)
        yield members


def facts_of(n: int) -> pd.DataFrame:
    """So many tracks of two genres by artists of two tracks; a quarter is for validation."""
    i = np.arange(n)
    return pd.DataFrame(
        {
            "track_id": [f"{k:03d}" for k in i],
            "genre": np.where(i // 2 % 2, "rock", "folk"),
            "artist": [f"artist {k // 2}" for k in i],
            "title": "",
            "split": np.array(["train", "test", "train", "valid"])[i % 4],
            "fault": "",
        }
    )


def rows_of(features: str, facts: pd.DataFrame, of: np.ndarray, seconds: float | None) -> Rows:
    """Two rows of each of some tracks, of which the first column tells the genre."""
    columns = lookup("pipeline.features", "FEATURES", features).columns
    track = np.repeat(of, 2)
    X = np.random.default_rng(0).random((len(track), len(columns)))
    X[:, 0] += facts["genre"].to_numpy()[track] == "rock"
    return Rows(X.astype(np.float32), track, seconds)


def dataset_of_table(table: Table) -> Dataset:
    """A dataset of published features."""
    return replace(SYNTHETIC, name="table", notes=("Ours.",), tracks=lambda root: table)
