"""What of a collection can be learnt is found before the expensive work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from joblib import parallel_config
from support.audio_files import encode, sine
from support.small_builds import forbidden
from support.songs import song

from pipeline.datasets import Listing, Track
from pipeline.datasets.folder import tracks
from pipeline.errors import DatasetError
from pipeline.teaching import collection
from pipeline.teaching.collection import learnable, repetitions, too_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def in_threads() -> Iterator[None]:
    """What a test patches holds for the workers, too."""
    with parallel_config(backend="threading"):
        yield


def track(track_id: str, genre: str, artist: str = "") -> Track:
    """A track whose file nobody opens."""
    return Track(track_id, genre, None, artist or track_id)


def tones(folder: Path, genre: str, n: int, first: float) -> None:
    """So many short FLAC files of different pitches."""
    folder = folder / genre
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        y = sine(first + 10 * i, 1.0, 22_050)[:, None]
        data = encode(y, 22_050, "flac", "flac", "mono", "s16")
        (folder / f"{i}.flac").write_bytes(data)


def test_one_sound_counts_once() -> None:
    """Of equal samples the first track stays; it is named to those that go."""
    given = [track("a/1", "a"), track("a/2", "a"), track("a/3", "a")]
    found = repetitions(given, {"a/1": "x", "a/2": "y", "a/3": "x"})
    assert found == {"a/3": "It sounds exactly like a/1, and counts once."}


def test_one_sound_under_two_genres_is_a_conflict() -> None:
    """All of them go, since nobody knows which is right; each names one of another genre."""
    given = [track("a/1", "a"), track("a/2", "a"), track("b/1", "b")]
    found = repetitions(given, dict.fromkeys(["a/1", "a/2", "b/1"], "x"))
    assert set(found) == {"a/1", "a/2", "b/1"}
    assert "it is called a, and b/1, which sounds exactly like it, b." in found["a/2"]
    assert "it is called b, and a/1," in found["b/1"]


def test_a_genre_of_seven_tracks_is_not_yet_known() -> None:
    """One of eight is; a name that is a column of the tables is never one."""
    given = [track(f"{g}/{i}", g) for g, n in (("a", 7), ("b", 8), ("label", 9)) for i in range(n)]
    found = too_small(given)
    assert {i.partition("/")[0] for i in found} == {"a", "label"}
    assert found["a/0"] == ("The genre a is not yet known: it has 7 of the 8 tracks that it needs.")
    assert "No genre can be called 'label'" in found["label/0"]


def test_messy_music_is_sorted_out(tmp_path: Path) -> None:
    """Copies in other containers and with other tags, conflicts, broken files: each is told."""
    tones(tmp_path, "low", 10, 200)
    tones(tmp_path, "high", 10, 2_000)
    tones(tmp_path, "few", 3, 500)
    y = sine(200, 1.0, 22_050)[:, None]  # low/0.flac in another container
    (tmp_path / "low/copy.wav").write_bytes(encode(y, 22_050, "wav", "pcm_s16le", "mono", "s16"))
    song(tmp_path / "low/song.mp3", artist="Ann")
    song(tmp_path / "high/song.mp3", artist="Ben", title="The same song")
    (tmp_path / "high/broken.flac").write_bytes(b"no music")
    (tmp_path / "high/empty.mp3").touch()
    short = encode(y[:9_000], 22_050, "wav", "pcm_s16le", "mono", "s16")
    (tmp_path / "high/short.wav").write_bytes(short)
    found = learnable(tracks(tmp_path), tmp_path / "cache")
    assert {t.track_id for t in found.tracks} == {
        f"{genre}/{i}.flac" for genre in ("low", "high") for i in range(10)
    }
    reasons = {name: reason for name, reason in found.left_out.items() if "few" not in name}
    assert set(reasons) == {
        *("low/copy.wav", "low/song.mp3", "high/song.mp3", "high/broken.flac", "high/empty.mp3"),
        "high/short.wav",
    }
    assert reasons["low/copy.wav"] == "It sounds exactly like low/0.flac, and counts once."
    assert reasons["low/song.mp3"].startswith("A conflict: it is called low, and high/song.mp3")
    assert "no audio file" in reasons["high/broken.flac"]
    assert "at least 1 s is needed" in reasons["high/short.wav"]
    assert "empty (0 bytes)" in reasons["high/empty.mp3"]
    assert sum("few is not yet known: it has 3" in why for why in found.left_out.values()) == 3
    assert any("by an artist each: 20 of 20." in note for note in found.notes)


def test_sounds_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run, or one that was interrupted, goes on; a renamed file is no new one."""
    tones(tmp_path, "low", 8, 200)
    tones(tmp_path, "high", 8, 2_000)
    first = learnable(tracks(tmp_path), tmp_path / "cache")
    monkeypatch.setattr(collection, "sound_hash", forbidden)
    (tmp_path / "low/0.flac").rename(tmp_path / "low/renamed.flac")
    again = learnable(tracks(tmp_path), tmp_path / "cache")
    assert len(again.tracks) == len(first.tracks) == 16


def test_too_little_is_counted_by_genre(tmp_path: Path) -> None:
    """The sentence names each genre with its tracks, and the other places of genres."""
    tones(tmp_path, "low", 9, 200)
    tones(tmp_path, "high", 2, 2_000)
    with pytest.raises(DatasetError, match=r"There are: low 9, high 2\..*--genre-from"):
        learnable(tracks(tmp_path), tmp_path / "cache")


def test_a_genre_by_few_artists_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """How it is tested instead depends on its tracks."""
    given = [track(f"a/{i}", "a") for i in range(8)]
    given += [track(f"b/{i}", "b", f"b{i % 4}") for i in range(10)]
    given += [track(f"c/{i}", "c", "one") for i in range(9)]
    monkeypatch.setattr(
        collection, "_sounds", lambda tracks, *_: ({t.track_id: t.track_id for t in tracks}, {})
    )
    notes = learnable(Listing(given), None).notes
    assert [note for note in notes if note[0] in "bc"] == [
        "b has fewer artists than the 5 folds by artist need: 4. It is learnt, and tested by track"
        " only.",
        "c has fewer artists than the 5 folds by artist need: 1. It is learnt, and not tested.",
    ]
    assert np.sum(["by an artist each: 8 of 27" in note for note in notes]) == 1
