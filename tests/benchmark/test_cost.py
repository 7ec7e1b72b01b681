"""What an answer costs, measured on a model of which that is known roughly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pipeline.artifacts.model_files import save
from pipeline.benchmark.cost import Cost, Job, measure
from pipeline.features import timbre

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cost, Cost]:
    """Of one small model: asked about recordings in windows of 3 s, and about rows of a table."""
    X = np.random.default_rng(0).normal(size=(20, len(timbre.COLUMNS))).astype(np.float32)
    path: Path = tmp_path_factory.mktemp("cost") / "model.skops"
    save(LogisticRegression().fit(X, np.arange(20) % 2), path)
    heard, read = measure([Job(path, "timbre", 3.0), Job(path, "timbre", None)])
    return heard, read


@pytest.mark.slow
def test_features_are_part_of_the_time(costs: tuple[Cost, Cost]) -> None:
    """Half a minute of audio takes far longer than a row whose features are known."""
    heard, read = costs
    assert 0 < read.seconds < 0.1
    assert 20 * read.seconds < heard.seconds < 60


@pytest.mark.slow
def test_memory_is_that_of_a_process_with_python_and_its_libraries(
    costs: tuple[Cost, Cost],
) -> None:
    """More than Python with numpy, less than any network needs; bytes, not kilobytes."""
    for cost in costs:
        assert isinstance(cost.peak_bytes, int)
        assert 50e6 < cost.peak_bytes < 4e9


def test_nothing_to_measure_starts_no_process() -> None:
    """A build of which everything is known already measures nothing."""
    assert list(measure([])) == []
