"""What every protocol must do, and what each one does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pipeline import protocols
from pipeline.protocols import ENOUGH_TRACKS
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pipeline.protocols import Protocol

EVERY = discover("pipeline.protocols", "PROTOCOL").values()
PROTOCOLS = [protocol for protocol in EVERY if not protocols.tests_elsewhere(protocol)]

by_name = {"ids": lambda value: value.name}


@pytest.fixture(scope="module")
def tracks() -> pd.DataFrame:
    """A hundred tracks of fifty artists in two genres, with a published split."""
    n = np.arange(100)
    return pd.DataFrame(
        {
            "track_id": [f"t{i}" for i in n],
            "genre": np.where(n % 2, "a", "b"),
            "artist": [f"artist{i // 2 % 25}{'ab'[i % 2]}" for i in n],
            "split": np.array(["train", "valid", "test", None])[n // 2 % 4],
        }
    )


@pytest.fixture(scope="module")
def windows(tracks: pd.DataFrame) -> pd.DataFrame:
    """One to five windows of each of them, a row a window."""
    return tracks.loc[tracks.index.repeat(np.arange(100) // 2 % 5 + 1)].reset_index(drop=True)


@pytest.mark.parametrize("protocol", PROTOCOLS, **by_name)
def test_protocol_tests_each_track_at_most_once(
    protocol: Protocol, tracks: pd.DataFrame, windows: pd.DataFrame
) -> None:
    """One fold number a row, of tracks or windows; test folds count from 0; always the same."""
    rows = windows if protocol.unit == "window" else tracks
    before = rows.copy()
    fold = protocol.folds(rows)
    assert fold is not None
    assert fold.index.equals(rows.index)
    tested = sorted(fold[fold >= 0].unique())
    assert tested == list(range(len(tested)))
    assert tested
    pd.testing.assert_series_equal(fold, protocol.folds(rows))
    pd.testing.assert_frame_equal(rows, before)


def test_a_test_elsewhere_divides_nothing(tracks: pd.DataFrame) -> None:
    """Its tracks are not those of the benchmark."""
    [protocol] = [protocol for protocol in EVERY if protocols.tests_elsewhere(protocol)]
    assert protocol.folds(tracks) is None


def test_artist_protocol_keeps_artists_together(tracks: pd.DataFrame) -> None:
    """No artist is both trained on and tested."""
    fold = lookup("pipeline.protocols", "PROTOCOL", "artist").folds(tracks)
    assert (fold.groupby(tracks["artist"]).nunique() == 1).all()
    assert sorted(fold.unique()) == [0, 1, 2, 3, 4]


def test_artist_protocol_needs_artists(tracks: pd.DataFrame) -> None:
    """It does not apply where fewer than two genres have as many artists as folds."""
    artist = lookup("pipeline.protocols", "PROTOCOL", "artist")
    assert artist.folds(tracks.assign(artist="same")) is None


def test_a_genre_of_few_artists_is_trained_on_and_not_tested(tracks: pd.DataFrame) -> None:
    """The others are tested as if it were not there; an artist of both is on one side only."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", "artist")
    rare = tracks.head(6).assign(genre="c", artist=["x", "x", "y", "y", "z", tracks["artist"][0]])
    fold = protocol.folds(pd.concat([tracks, rare], ignore_index=True))
    pd.testing.assert_series_equal(fold.head(len(tracks)), protocol.folds(tracks))
    assert (fold.iloc[-6:-1] == -1).all()
    assert pd.isna(fold.iloc[-1])


def test_fault_filtered_protocol_follows_the_published_split(tracks: pd.DataFrame) -> None:
    """It tests on test, trains on train and valid, and leaves the others out."""
    fold = lookup("pipeline.protocols", "PROTOCOL", "fault_filtered").folds(tracks)
    assert set(tracks["split"][fold == 0]) == {"test"}
    assert set(tracks["split"][fold == -1]) == {"train", "valid"}
    assert tracks["split"][fold.isna()].isna().all()


def test_track_protocol_is_ten_random_folds(tracks: pd.DataFrame) -> None:
    """Every track is tested, a tenth and ten at a time; artists stand on both sides."""
    fold = lookup("pipeline.protocols", "PROTOCOL", "track").folds(tracks)
    assert fold.value_counts().to_dict() == dict.fromkeys(range(10), 10)
    assert (tracks.groupby(fold)["genre"].value_counts() == 5).all()
    assert (fold.groupby(tracks["artist"]).nunique() > 1).any()


def test_track_protocol_needs_tracks(tracks: pd.DataFrame) -> None:
    """A genre of fewer tracks than folds is trained on; with one genre left it does not apply."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", "track")
    few = tracks[(tracks["genre"] == "a") | (tracks.index < 18)]
    assert protocol.folds(few) is None
    rare = tracks.head(9).assign(genre="c")
    fold = protocol.folds(pd.concat([tracks, rare], ignore_index=True))
    pd.testing.assert_series_equal(fold.head(len(tracks)), protocol.folds(tracks))
    assert (fold.tail(9) == -1).all()


def test_window_protocol_leaks(windows: pd.DataFrame) -> None:
    """One fold: a fifth of the windows, of tracks whose other windows are trained on.

    That is what it shows. Tracks of a single window, which cannot leak, are not used.
    """
    protocol = lookup("pipeline.protocols", "PROTOCOL", "window")
    fold = protocol.folds(windows)
    assert protocol.unit == "window"
    single = windows.groupby("track_id")["track_id"].transform("size") == 1
    assert 0 < single.sum() < len(windows)
    np.testing.assert_array_equal(fold.isna(), single)
    used = fold[~single]
    assert set(used) == {-1, 0}
    assert (used == 0).mean() == pytest.approx(1 / 5, abs=0.01)
    sides = used.groupby(windows["track_id"]).nunique()
    assert (sides == 2).sum() > len(sides) / 3


def test_window_protocol_needs_several_windows(tracks: pd.DataFrame) -> None:
    """It does not apply where recordings have one row each, or those of a genre have."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", "window")
    assert protocol.folds(tracks) is None
    one_genre = pd.concat([tracks, tracks[tracks["genre"] == "a"]], ignore_index=True)
    assert protocol.folds(one_genre) is None


def many(n: int) -> pd.DataFrame:
    """So many tracks of two genres by forty artists."""
    i = np.arange(n)
    return pd.DataFrame(
        {
            "track_id": i.astype(str),
            "genre": np.where(i % 2, "a", "b"),
            "artist": (i % 40).astype(str),
            "split": None,
        }
    )


def test_of_many_tracks_one_random_fold_is_tested() -> None:
    """From `ENOUGH_TRACKS` tracks on the others are only trained on; below, all are tested."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", "track")
    enough = protocol.folds(many(ENOUGH_TRACKS))
    assert set(enough) == {-1, 0}
    assert (enough == 0).mean() == pytest.approx(1 / 10, abs=0.01)
    assert set(protocol.folds(many(ENOUGH_TRACKS - 1))) == set(range(10))


def test_as_many_artists_are_tested_as_an_interval_needs() -> None:
    """Not tracks count but artists: a few of them may have most tracks of a fold."""
    protocol = lookup("pipeline.protocols", "PROTOCOL", "artist")
    assert set(protocol.folds(many(ENOUGH_TRACKS))) == set(range(5))  # by forty artists
    tracks = many(ENOUGH_TRACKS)
    tracks["artist"] = (np.arange(len(tracks)) // 2 % 3500).astype(str)
    fold = protocol.folds(tracks)
    assert set(fold) == {-1, 0, 1, 2}  # 700 artists each
    assert tracks["artist"][fold >= 0].nunique() >= 2000
    assert not set(tracks["artist"][fold >= 0]) & set(tracks["artist"][fold < 0])


@pytest.mark.parametrize("name", ["artist", "track"])
def test_descriptions_hold_for_one_fold_as_for_all(name: str) -> None:
    """Whether all tracks are tested is known to a benchmark, not to the protocol."""
    description = lookup("pipeline.protocols", "PROTOCOL", name).description
    assert not re.search(r"\b(every|all|each|tenth|fifth)\b|\d", description, re.IGNORECASE)
