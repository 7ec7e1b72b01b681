"""A small collection that was taught with features that are quick to compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.audio_files import encode, sine
from support.quick_head import quick_head

from pipeline.artifacts.reader import Artifacts
from pipeline.teaching import teach as teaching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARTISTS, EACH = 6, 2  # of each genre; tracks of each


def tone(folder: Path, genre: str, artist: int, n: int, hz: float) -> None:
    """A FLAC file of a second in ``genre/artist/``."""
    rng = np.random.default_rng([artist, n, int(hz)])
    y = sine(hz + 25 * artist + 4 * n, 1.0, 22_050)[:, None]
    y = (y + rng.normal(0, 0.002, y.shape)).astype(np.float32)
    place = folder / genre / f"artist {artist}"
    place.mkdir(parents=True, exist_ok=True)
    data = encode(y, 22_050, "flac", "flac", "mono", "s16")
    (place / f"{n}.flac").write_bytes(data)


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three genres that differ in pitch, and one of too few tracks."""
    folder = tmp_path_factory.mktemp("music")
    for genre, hz in (("bass", 100), ("Hip-Hop", 700), ("whistle", 3_000)):
        for artist in range(ARTISTS):
            for n in range(EACH):
                tone(folder, genre, artist, n, hz)
    tone(folder, "shoegaze", 0, 0, 9_000)
    return folder


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in place of that of the shipped artifacts, with nothing in it."""
    return tmp_path_factory.mktemp("shipped")


@pytest.fixture
def quick() -> Iterator[None]:
    """The same while a test runs."""
    with quick_head():
        yield


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one's own benchmarks."""
    return tmp_path_factory.mktemp("home") / "collections"


@pytest.fixture(scope="session")
def mine(music: Path, home: Path, shipped: Path) -> Artifacts:
    """What was taught."""
    cache = home.parent / "cache"
    with quick_head():
        return Artifacts(teaching.teach(music, "mine", home, shipped, cache))
