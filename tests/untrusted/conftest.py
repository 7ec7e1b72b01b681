"""Workers that are given back, and sites to fetch from."""

from __future__ import annotations

import gc
import subprocess
from typing import TYPE_CHECKING

import pytest
from support import audio_files
from support.audio_files import sine
from support.web_site import Server, serve

from pipeline.untrusted import decoding, process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def permits() -> Iterator[None]:
    """Each worker that was borrowed is given back."""
    yield
    gc.collect()
    assert decoding._permits.qsize() == decoding.WORKERS
    assert len(decoding._idle) <= decoding.WORKERS


@pytest.fixture(scope="module")
def hour() -> bytes:
    """An MP3 of an hour."""
    minute = sine(440, 60, 16_000)[:, None]
    return audio_files.encode(minute, 16_000, "mp3", "libmp3lame", "mono", "fltp") * 60


@pytest.fixture
def site() -> Iterator[Server]:
    """A site."""
    yield from serve("127.0.0.1")


@pytest.fixture
def secret() -> Iterator[Server]:
    """Another site, which nobody should see."""
    yield from serve("127.0.0.2")


@pytest.fixture
def let_through(nothing_stays: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One private address counts as public."""
    monkeypatch.setenv("GENRESCOPE_PRIVATE_LINKS", "127.0.0.1")


@pytest.fixture
def nothing_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """After each test, no process runs and no temporary file is left."""
    started: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(process.subprocess, "Popen", Popen)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("GENRESCOPE_PRIVATE_LINKS", raising=False)
    yield
    assert all(child.returncode is not None for child in started)
    assert not list(tmp_path.iterdir())
