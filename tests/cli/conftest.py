"""What the tests of commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(autouse=True)
def working_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands keep what they compute below the working folder: one of its own for each test."""
    monkeypatch.chdir(tmp_path_factory.mktemp("working"))


@pytest.fixture
def at(synthetic: Artifacts) -> list[str]:
    """The options that name the synthetic artifacts."""
    return ["--artifacts", str(synthetic.folder.parent)]


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A drone and a pulse."""
    listed = lookup("pipeline.datasets", "DATASET", "synthetic").tracks(
        tmp_path_factory.mktemp("songs")
    )
    return [{track.genre: track.path for track in listed}[genre] for genre in ("drone", "pulse")]
