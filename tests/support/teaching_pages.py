"""A folder of music to be labelled, and the page Teach on it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.audio_files import encode, sine
from support.pages import open_page

from dashboard.live import own_folder
from pipeline.teaching import head

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts

WAIT_SECONDS = 60
ARTISTS, EACH = 5, 2  # of each genre; tracks of each


def tone(hz: float, seconds: float = 1.0) -> bytes:
    """A FLAC file of a tone."""
    return encode(sine(hz, seconds, 22_050)[:, None], 22_050, "flac", "flac", "mono", "s16")


def collection(folder: Path) -> Path:
    """Two genres that differ in pitch, ten tracks each; one bass tone lies in the wrong folder."""
    for genre, hz in (("bass", 100), ("whistle", 3_000)):
        for artist in range(ARTISTS):
            for n in range(EACH):
                place = folder / genre / f"{genre} {artist}" / f"{n}.flac"
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(tone(hz * (1 + artist / 10 + n / 25)))
    (folder / "whistle/whistle 0/wrong.flac").write_bytes(tone(117))
    return folder


WRONG = "whistle/whistle 0/wrong.flac"


@contextmanager
def quick_ears() -> Iterator[None]:
    """Let the head take features that are quick to compute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head, "HEAD", replace(head.HEAD, features="mfcc12"))
        yield


def open_teach(artifacts: Artifacts) -> AppTest:
    """The page when every track of the folder, if there is one, was heard and learnt from."""
    folder = own_folder.current()
    end = time.monotonic() + WAIT_SECONDS
    while folder is not None and (folder.is_listening or _is_learning(folder)):
        assert time.monotonic() < end, "The folder is not heard."
        time.sleep(0.05)
    page = open_page("teach", artifacts)
    assert not page.exception
    return page


def _is_learning(folder: own_folder.OwnFolder) -> bool:
    folder.collection.learn()
    return folder.collection.is_learning
