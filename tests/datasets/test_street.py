"""A second collection: a table, labels that stand for several genres, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.tables import write

from pipeline.datasets import street
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["track_id", "collection", "genre", "artist", "title", "path"]
ONE = ["b", "radio", "poprock", "Ann", "Song", "audio/b.mp3"]
TWO = ["a", "radio", "jazz|blues", "", "", "audio/a.mp3"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings and their table."""
    (tmp_path / "audio").mkdir()
    for name in ("a.mp3", "b.mp3"):
        (tmp_path / "audio" / name).touch()
    write(tmp_path / "tracks.csv", HEADER, ONE, TWO)
    return tmp_path


def test_labels_stand_for_genres(folder: Path) -> None:
    """Sorted by id; an unknown artist is one of its own; labels say what they stand for."""
    first, second = street.tracks(folder)
    assert (first.track_id, first.artist, first.path) == ("a", "a", folder / "audio" / "a.mp3")
    assert first.facts == {"collection": "radio", "accepted": "jazz|blues"}
    assert (second.genre, second.artist, second.title) == ("poprock", "Ann", "Song")
    assert second.facts["accepted"] == "pop|rock|metal|disco"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([HEADER], "names no recordings"),
        ([HEADER[:-1], ONE[:-1]], "lacks path"),
        ([HEADER, ONE, ONE], "track_id 'b' twice"),
        ([HEADER, ["c", "radio", "rock", "Ann", "", "audio/c.mp3"]], "no such file"),
        ([HEADER, ["b", "radio", "", "Ann", "", "audio/b.mp3"]], "without genre"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, rows: list[list[str]], message: str) -> None:
    """Before anything is decoded."""
    write(folder / "tracks.csv", *rows)
    with pytest.raises(DatasetError, match=message):
        street.tracks(folder)


def test_a_folder_without_table_is_refused(tmp_path: Path) -> None:
    """The message says what it must hold."""
    with pytest.raises(DatasetError, match=r"has no tracks\.csv.*track_id, genre, collection"):
        street.tracks(tmp_path)


def test_the_open_street_set_is_read(street_root: Path) -> None:
    """251 recordings, 69 of them of none of GTZAN's ten genres."""
    tracks = street.tracks(street_root)
    ten = {"blues", "classical", "country", "disco", "hiphop"} | {
        *("jazz", "metal", "pop", "reggae", "rock")
    }
    known = [track for track in tracks if ten & set(track.facts["accepted"].split("|"))]
    assert (len(tracks), len(known)) == (251, 182)
