"""A folder of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.tables import lay_out, write

from pipeline.datasets import (
    Track,
    folder,
)
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

    pass


def own(root: Path) -> list[Track]:
    """List the tracks of a folder."""
    found = folder.DATASET.tracks(root)
    assert isinstance(found, list)
    return found


def test_folder_is_a_genre_each(tmp_path: Path) -> None:
    """Clips at any depth; hidden and other files, and clips in no genre, are ignored."""
    lay_out(tmp_path, "rock/b.mp3", "rock/album/disc 1/a.FLAC", "Drum & Bass/a.wav")
    lay_out(tmp_path, "rock/cover.jpg", "rock/._b.mp3", ".git/c.wav", "rock/.cache/d.wav", "e.wav")
    lay_out(tmp_path, "empty/notes.txt")
    assert own(tmp_path) == [
        Track(
            "Drum & Bass/a.wav", "Drum & Bass", tmp_path / "Drum & Bass/a.wav", "Drum & Bass/a.wav"
        ),
        Track(
            "rock/album/disc 1/a.FLAC",
            "rock",
            tmp_path / "rock/album/disc 1/a.FLAC",
            "rock/album/disc 1/a.FLAC",
        ),
        Track("rock/b.mp3", "rock", tmp_path / "rock/b.mp3", "rock/b.mp3"),
    ]


@pytest.mark.parametrize("name", ["artists.csv", "tracks.csv"])
def test_folder_learns_artists_from_a_table(tmp_path: Path, name: str) -> None:
    """Clips that the table does not name, or whose artist is empty, are artists of their own."""
    lay_out(tmp_path, "a/1.wav", "a/2.wav", "b/3.wav", "b/4.wav")
    rows = [["a/1.wav", "Ann", "One", "train"], ["b/3.wav", " Ann ", "", ""], ["b/4.wav", ""]]
    (tmp_path / name).write_bytes(
        b"\xef\xbb\xbf"
        + write(tmp_path / "x", ["path", "artist", "title", "split"], *rows).read_bytes()
    )
    facts = [(t.track_id, t.artist, t.title, t.split) for t in own(tmp_path)]
    assert facts == [
        ("a/1.wav", "Ann", "One", "train"),
        ("a/2.wav", "a/2.wav", "", None),
        ("b/3.wav", "Ann", "", None),
        ("b/4.wav", "b/4.wav", "", None),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["path", "artist"], ["a/9.wav", "Ann"]], r"names 'a/9\.wav', and .*e\.g\. a/1\.wav"),
        ([["path", "artist"], ["a/1.wav", "x"], ["a/1.wav", "y"]], r"names a/1\.wav twice"),
        ([["path", "artist", "bpm"], ["a/1.wav", "Ann", 90]], "not known: bpm"),
        ([["path;artist"], ["a/1.wav;Ann"]], "not known: path;artist.*with commas between"),
        ([["path"], ["a/1.wav"]], "lacks artist"),
        ([[]], "lacks artist, path"),
        ([["path", "artist"], ["a/1.wav", "Ann", "Ben"]], "more cells than columns"),
        ([["path", "artist", "split"], ["a/1.wav", "Ann", "dev"]], "the split 'dev' for a/1"),
    ],
)
def test_folder_refuses_tables_that_do_not_fit(
    tmp_path: Path, rows: list[list[object]], message: str
) -> None:
    """Each fault of the table is named with its value and its cure."""
    lay_out(tmp_path, "a/1.wav", "b/2.wav")
    write(tmp_path / "artists.csv", *rows)
    with pytest.raises(DatasetError, match=message):
        own(tmp_path)


def test_folder_says_what_it_needs(tmp_path: Path) -> None:
    """No folder, no clips, one genre, two tables, or a table in another encoding."""
    with pytest.raises(DatasetError, match="needs a folder, which None is not"):
        folder.DATASET.tracks(None)
    with pytest.raises(DatasetError, match="has no clips in folders"):
        own(lay_out(tmp_path, "loose.wav"))
    with pytest.raises(DatasetError, match="has clips of one genre only, a"):
        own(lay_out(tmp_path, "a/1.wav"))
    lay_out(tmp_path, "b/2.wav")
    (tmp_path / "artists.csv").write_bytes("path,artist\na/1.wav,Björk\n".encode("latin-1"))
    with pytest.raises(DatasetError, match=r"artists\.csv is not UTF-8"):
        own(tmp_path)
    with pytest.raises(DatasetError, match=r"both artists\.csv and tracks\.csv"):
        own(lay_out(tmp_path, "tracks.csv"))
