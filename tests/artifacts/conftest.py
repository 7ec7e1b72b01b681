"""What the tests of artifacts share."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture
def damaged(synthetic: Artifacts, tmp_path: Path) -> Path:
    """A copy of the synthetic artifacts that a test may damage."""
    return shutil.copytree(synthetic.folder, tmp_path / "synthetic")
