"""The synthetic data set: what it plays, and where it goes."""

from __future__ import annotations

import wave
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.datasets import synthetic
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pipeline.datasets import Track


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Track]]:
    """Render the synthetic tracks into a folder; give both."""
    folder = tmp_path_factory.mktemp("synthetic")
    return folder, synthetic.tracks(folder)


def test_synthetic_has_four_genres(rendered: tuple[Path, list[Track]]) -> None:
    """There are four genres of fifteen tracks, sorted by id, each id once."""
    _, tracks = rendered
    assert set(Counter(track.genre for track in tracks).values()) == {15}
    assert len({track.genre for track in tracks}) == 4
    ids = [track.track_id for track in tracks]
    assert ids == sorted(set(ids))


def test_synthetic_artists_play_three_tracks_in_one_part(
    rendered: tuple[Path, list[Track]],
) -> None:
    """An artist plays three tracks of one genre, all in the same part of the split."""
    _, tracks = rendered
    assert set(Counter(track.artist for track in tracks).values()) == {3}
    assert len({(track.artist, track.genre, track.split) for track in tracks}) == 20
    assert Counter(track.split for track in tracks) == {"train": 36, "valid": 12, "test": 12}


def test_synthetic_tracks_are_short_mono_audio(rendered: tuple[Path, list[Track]]) -> None:
    """Each file is mono, 16-bit, 22,050 Hz and lasts 4 to 7 s."""
    for track in rendered[1]:
        with wave.open(str(track.path)) as audio:
            assert (audio.getnchannels(), audio.getsampwidth()) == (1, 2)
            assert audio.getframerate() == 22_050
            assert 4 <= audio.getnframes() / 22_050 <= 7


def test_synthetic_audio_is_reproducible(
    rendered: tuple[Path, list[Track]], tmp_path: Path
) -> None:
    """A second rendering gives the same bytes, and no two tracks are alike."""
    first = [track.path.read_bytes() for track in rendered[1]]
    second = [track.path.read_bytes() for track in synthetic.tracks(tmp_path)]
    assert first == second
    assert len(set(first)) == len(first)


def test_synthetic_audio_is_written_once(rendered: tuple[Path, list[Track]]) -> None:
    """A second call leaves whole files alone and writes a damaged one again."""
    folder, tracks = rendered
    whole, damaged = tracks[0].path, tracks[1].path
    before, sound = whole.stat().st_mtime_ns, damaged.read_bytes()
    damaged.write_bytes(sound[:1000])
    assert synthetic.tracks(folder) == tracks
    assert whole.stat().st_mtime_ns == before
    assert damaged.read_bytes() == sound


def test_synthetic_goes_to_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder the audio goes to GENRESCOPE_CACHE, or else to .cache."""
    monkeypatch.setattr(synthetic, "_render", lambda *_: None)
    monkeypatch.setenv("GENRESCOPE_CACHE", str(tmp_path))
    assert synthetic.tracks(None)[0].path == tmp_path / "synthetic/arpeggio/arpeggio.00.wav"
    monkeypatch.delenv("GENRESCOPE_CACHE")
    assert synthetic.tracks(None)[0].path == Path(".cache/synthetic/arpeggio/arpeggio.00.wav")


def test_synthetic_says_where_it_cannot_write(tmp_path: Path) -> None:
    """A folder that cannot be written is an error that names it and the cure."""
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match=r"Cannot write .*file: .* Set GENRESCOPE_CACHE"):
        synthetic.tracks(tmp_path / "file")
