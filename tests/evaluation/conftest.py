"""A benchmark of two models whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.predictions import CLASSES, SAID, TRUE, card

from pipeline.artifacts.manifest import Manifest, ProtocolCard, publish
from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def hand_made(tmp_path: Path) -> Artifacts:
    """Two models over ten tracks: `good` says SAID, `bad` says blues to everything."""
    ids = [f"t{n}" for n in range(10)]
    said = {"bad": ["blues"] * 10, "good": SAID}
    for model, words in said.items():
        folder = tmp_path / "staged" / "models" / model
        folder.mkdir(parents=True)
        shares = np.where(np.array(CLASSES) == np.array(words)[:, None], 0.5, 0.25)
        table = pd.DataFrame(shares.astype(np.float32), columns=CLASSES)
        table = table.assign(protocol="hand", track_id=ids, window=-1, windows=1, fold=0).iloc[::-1]
        other = table.assign(protocol="other").iloc[:3]
        pd.concat([table, other]).to_parquet(folder / "predictions.parquet", index=False)
    tracks = pd.DataFrame({"track_id": ids, "genre": TRUE, "artist": ids, "title": ids})
    tracks.to_parquet(tmp_path / "staged" / "tracks.parquet", index=False)
    protocol = ProtocolCard("Hand", "", "track", 1, 1, "general", "artist", "tracks")
    manifest = Manifest(
        benchmark="hand",
        title="Hand",
        licence="",
        citation="",
        notes=[],
        classes=CLASSES,
        sample_rate=22_050,
        live=True,
        features={},
        protocols={"hand": protocol, "other": protocol},
        models={"bad": card("Bad"), "good": card("Good")},
        left_out={},
        versions={},
        commit="",
        created="",
    )
    return Artifacts(publish(tmp_path / "staged", manifest, tmp_path))
