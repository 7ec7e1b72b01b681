"""A folder of one's own."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import pytest
from support.songs import song
from support.tables import lay_out, write

from pipeline.datasets import Listing, Track, folder, track_paths
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

NO_FACTS = {"album": "", "year": nan}


def listed(root: Path, genre_from: str = folder.FOLDERS) -> Listing:
    """List a folder."""
    return folder.tracks(root, genre_from)


def test_folder_is_a_genre_each(tmp_path: Path) -> None:
    """Clips at any depth; hidden and other files, and clips in no genre, are ignored."""
    lay_out(tmp_path, "rock/b.mp3", "rock/album/disc 1/a.FLAC", "Drum & Bass/a.wav")
    lay_out(tmp_path, "rock/cover.jpg", "rock/._b.mp3", ".git/c.wav", "rock/.cache/d.wav", "e.wav")
    lay_out(tmp_path, "empty/notes.txt")
    found = listed(tmp_path)
    expected = [
        ("Drum & Bass/a.wav", "Drum & Bass", "Drum & Bass/a.wav"),
        ("rock/album/disc 1/a.FLAC", "rock", "album"),
        ("rock/b.mp3", "rock", "rock/b.mp3"),
    ]
    assert found.tracks == [
        Track(i, genre, tmp_path / i, artist, facts=NO_FACTS) for i, genre, artist in expected
    ]
    assert found.left_out == {"e.wav": "It lies in no genre's folder. Move it into one."}
    assert len(found.notes) == 2


@pytest.mark.parametrize("name", ["artists.csv", "tracks.csv"])
def test_folder_learns_artists_from_a_table(tmp_path: Path, name: str) -> None:
    """Clips that the table does not name, or whose artist is empty, are artists of their own."""
    lay_out(tmp_path, "a/1.wav", "a/2.wav", "b/3.wav", "b/4.wav")
    rows = [["a/1.wav", "Ann", "One", "train"], ["b/3.wav", " Ann ", "", ""], ["b/4.wav", ""]]
    (tmp_path / name).write_bytes(
        b"\xef\xbb\xbf"
        + write(tmp_path / "x", ["path", "artist", "title", "split"], *rows).read_bytes()
    )
    facts = [(t.track_id, t.artist, t.title, t.split) for t in listed(tmp_path).tracks]
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
        listed(tmp_path)


def test_folder_says_what_it_needs(tmp_path: Path) -> None:
    """No folder, no clips, one genre, or two tables."""
    with pytest.raises(DatasetError, match="needs a folder, which None is not"):
        folder.DATASET.tracks(None)
    with pytest.raises(DatasetError, match="has no clips in folders"):
        listed(lay_out(tmp_path, "loose.wav"))
    with pytest.raises(DatasetError, match="has clips of one genre only, a"):
        listed(lay_out(tmp_path, "a/1.wav"))
    lay_out(tmp_path, "b/2.wav", "artists.csv")
    with pytest.raises(DatasetError, match=r"both artists\.csv and tracks\.csv"):
        listed(lay_out(tmp_path, "tracks.csv"))


def test_rows_of_clips_that_are_gone_are_a_note(tmp_path: Path) -> None:
    """The other rows count, extra columns and Windows' paths included."""
    lay_out(tmp_path, "a/1.wav", "b/2.wav")
    table = [["Path", "Artist", "bpm"], ["a\\1.wav", "Ann", 90], ["a/9.wav", "Ben", 80]]
    write(tmp_path / "artists.csv", *table)
    found = listed(tmp_path)
    assert [t.artist for t in found.tracks] == ["Ann", "b/2.wav"]
    assert "Rows of artists.csv whose clip is not there, such as a/9.wav: 1." in found.notes


def test_genres_come_from_tags(tmp_path: Path) -> None:
    """The first of several counts; a file without one is left out, with the reason."""
    song(tmp_path / "x/1.mp3", genre="Shoegaze; Dream pop", artist="Slowdive", date="1993-05-17")
    song(tmp_path / "x/2.mp3", genre="techno", album="Plastic", title="Spastik")
    song(tmp_path / "3.mp3")
    found = listed(tmp_path, "tags")
    facts = {t.track_id: (t.genre, t.artist, t.title, dict(t.facts)) for t in found.tracks}
    assert facts == {
        "x/1.mp3": ("Shoegaze", "Slowdive", "", {"album": "", "year": 1993.0}),
        "x/2.mp3": ("techno", "x/2.mp3", "Spastik", {"album": "Plastic", "year": nan}),
    }
    assert found.left_out == {"3.mp3": "Its tags name no genre. Write one into them."}


def test_a_damaged_file_is_not_said_to_lack_a_tag(tmp_path: Path) -> None:
    """Who would write one could not."""
    for name, genre in (("1", "folk"), ("2", "techno")):
        song(tmp_path / f"{name}.mp3", genre=genre)
    (tmp_path / "3.mp3").write_bytes(b"no music")
    (tmp_path / "4.mp3").touch()
    found = listed(tmp_path, "tags").left_out
    assert found["3.mp3"].startswith("This is no audio file, or it is damaged")
    assert found["4.mp3"].startswith("The file is empty (0 bytes)")


def test_genres_come_from_a_table(tmp_path: Path) -> None:
    """It may lie anywhere, and names paths from the folder."""
    music = lay_out(tmp_path, "music/1.mp3", "music/2.mp3", "music/3.mp3") / "music"
    table = write(tmp_path / "g.csv", ["path", "genre"], ["1.mp3", "folk"], ["./2.mp3", "techno"])
    found = listed(music, str(table))
    assert {t.track_id: t.genre for t in found.tracks} == {"1.mp3": "folk", "2.mp3": "techno"}
    assert found.left_out == {"3.mp3": "The table names no genre for it. Add a row."}


def test_artists_come_from_the_table_else_tags_else_folders(tmp_path: Path) -> None:
    """What stands for several artists is none; a disc is no album."""
    tags = {"artist": "Tag", "album": "Tagged"}
    song(tmp_path / "rock/Row/Album/1.mp3", **tags)
    song(tmp_path / "rock/Folder/Album/2.mp3", **tags)
    song(tmp_path / "rock/Folder/Album/CD 2/3.mp3", artist="Unknown Artist")
    song(tmp_path / "folk/Various Artists/Hits/4.mp3")
    song(tmp_path / "folk/Folder/5.mp3")
    write(tmp_path / "artists.csv", ["path", "artist"], ["rock/Row/Album/1.mp3", "Table"])
    found = {t.track_id[-5]: (t.artist, t.facts["album"]) for t in listed(tmp_path).tracks}
    assert found == {
        "1": ("Table", "Tagged"),
        "2": ("Tag", "Tagged"),
        "3": ("Folder", "Album"),
        "4": ("folk/Various Artists/Hits/4.mp3", "Hits"),
        "5": ("Folder", ""),
    }


def test_elsewhere_one_folder_is_no_artist(tmp_path: Path) -> None:
    """Where genres do not come from folders, all files may lie in one; artist/album are two."""
    song(tmp_path / "audio/1.mp3", genre="a")
    song(tmp_path / "Ann/First/2.mp3", genre="b")
    found = {t.track_id: t.artist for t in listed(tmp_path, "tags").tracks}
    assert found == {"audio/1.mp3": "audio/1.mp3", "Ann/First/2.mp3": "Ann"}


def test_spellings_of_genres_and_artists_are_one(tmp_path: Path) -> None:
    """`Rock` and `rock` are one genre, and it is said."""
    song(tmp_path / "Rock/1.mp3", artist="AC/DC")
    song(tmp_path / "Rock/2.mp3", artist="AC/DC")
    song(tmp_path / "rock/3.mp3", artist="ACDC")
    song(tmp_path / "folk/4.mp3")
    found = listed(tmp_path)
    assert {t.genre for t in found.tracks} == {"Rock", "folk"}
    assert {t.artist for t in found.tracks if t.genre == "Rock"} == {"AC/DC"}
    assert found.notes == ("Spellings that were taken for one genre: Rock (also rock).",)


@pytest.mark.parametrize(
    ("genre_from", "message"),
    [
        ("tags", "The tags of its clips name no genre"),
        ("nowhere.csv", "neither folders nor tags, and there is no such table"),
    ],
)
def test_sources_without_genres_are_named(tmp_path: Path, genre_from: str, message: str) -> None:
    """The sentence says where genres were looked for."""
    song(tmp_path / "a/1.mp3")
    with pytest.raises(DatasetError, match=message):
        listed(tmp_path, genre_from)


def test_files_of_an_own_collection_are_found_by_any_name(tmp_path: Path) -> None:
    """A benchmark that is no dataset of the project is somebody's own."""
    lay_out(tmp_path, "a/1.wav", "b/2.wav")
    expected = {name: tmp_path / name for name in ("a/1.wav", "b/2.wav")}
    assert track_paths("mine", tmp_path) == expected
