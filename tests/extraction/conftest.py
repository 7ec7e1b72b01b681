"""Two short recordings, and a registry with quick feature sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support import fast_features
from support.fast_features import FAST

from pipeline.audio.decoding import to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.registry import discover, modules

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.features import FeatureSet


@pytest.fixture(autouse=True)
def sets(monkeypatch: pytest.MonkeyPatch) -> dict[str, FeatureSet]:
    """The registry, with three sets that are quick to compute."""
    there = discover("pipeline.features", "FEATURES")
    for name, features in FAST.items():
        monkeypatch.setitem(there, name, features)
        monkeypatch.setitem(modules("pipeline.features", "FEATURES"), name, fast_features.__name__)
    return there


@pytest.fixture
def songs(tmp_path: Path) -> list[Path]:
    """Noise of 7.5 s and of 2 s."""
    rng = np.random.default_rng(0)
    paths = [tmp_path / "songs" / name for name in ("a.wav", "b.wav")]
    paths[0].parent.mkdir()
    for path, seconds in zip(paths, (7.5, 2.0), strict=True):
        y = rng.normal(0, 0.1, round(seconds * SAMPLE_RATE))
        path.write_bytes(to_wav(y.astype(np.float32)))
    return paths
