"""Copies of a recording in other formats count once; other recordings are never taken for one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets import Listing, Rows, Table, Track
from pipeline.teaching import collection, copies
from pipeline.teaching.collection import learnable

N, WINDOWS, COLUMNS = 24, 4, 30


@pytest.fixture
def music() -> list[np.ndarray]:
    """Windows of recordings, each a variation of its own sound."""
    rng = np.random.default_rng(0)
    own = rng.normal(size=(N, 1, COLUMNS))
    return list(own + 0.5 * rng.normal(size=(N, WINDOWS, COLUMNS)))


def coded(windows: np.ndarray, by: float = 0.05) -> np.ndarray:
    """The same recording, as a lossy format leaves it."""
    return windows + by * np.random.default_rng(1).normal(size=windows.shape)


def numbers(music: list[np.ndarray], seconds: list[float]) -> list[int]:
    """Number of the recording of each track."""
    track = np.repeat(np.arange(len(music)), [len(each) for each in music])
    rows = Rows(np.concatenate(music).astype(np.float32), track)
    return copies.recordings(rows, np.array(seconds)).tolist()


def test_different_recordings_are_never_one(music: list[np.ndarray]) -> None:
    """Also where all are of one length."""
    assert len(set(numbers(music, [30.0] * N))) == N


def test_copies_in_other_formats_are_one_recording(music: list[np.ndarray]) -> None:
    """However many, a little longer or shorter, and where one has a further short window."""
    longer = np.concatenate([coded(music[3], 0.1), music[7][:1]])
    found = numbers([*music, coded(music[3]), longer], [30.0] * N + [30.03, 29.95])
    assert found[3] == found[N] == found[N + 1]
    assert len(set(found)) == N


def test_a_copy_has_the_length_and_the_order_of_its_original(music: list[np.ndarray]) -> None:
    """A longer one, the same windows in another order, and a single window are none."""
    turned, short = coded(music[5])[::-1], coded(music[6])[:1]
    found = numbers([*music, coded(music[4]), turned, short], [30.0] * N + [30.2, 30.0, 30.0])
    assert len(set(found)) == N + 3


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_blocks_make_no_difference(
    music: list[np.ndarray], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is found wherever it stands."""
    monkeypatch.setattr(copies, "BLOCK", block)
    found = numbers([coded(music[-1]), *music], [30.0] * (N + 1))
    assert found[0] == found[-1]
    assert len(set(found)) == N


def test_a_copy_counts_once_and_a_conflict_is_shown(
    music: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a genre stays; under two genres both go. What cannot be embedded is told as well."""
    genres = ["a", "b"] * (N // 2)
    tracks = [Track(f"{n:02}", genre, None, f"{n}") for n, genre in enumerate([*genres, *"aab"])]
    heard = [*music, coded(music[0]), coded(music[3])]

    def embed(given: list[Track]) -> Table:
        table = pd.DataFrame([t.described() | {"seconds": 30.0} for t in given[:-1]])
        X = np.concatenate(heard).astype(np.float32)
        rows = Rows(X, np.repeat(np.arange(len(heard)), WINDOWS))
        return Table(table, {"set": rows}, left_out={given[-1].track_id: "It holds nothing."})

    monkeypatch.setattr(
        collection, "_sounds", lambda tracks, *_: ({t.track_id: t.track_id for t in tracks}, {})
    )
    found = learnable(Listing(tracks), None, embed=embed)
    assert found.left_out["24"] == "It sounds almost exactly like 00, and counts once."
    assert "it is called b, and 25, which sounds almost exactly like it, a." in found.left_out["03"]
    assert "it is called a, and 03, which" in found.left_out["25"]
    assert found.left_out["26"] == "It holds nothing."
    assert len(found.tracks) == N - 1
