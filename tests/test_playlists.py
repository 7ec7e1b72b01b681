"""Playlists, read again as players read them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes, urlsplit

import numpy as np
import pandas as pd
import pytest

from pipeline.playlists import Entry, m3u, of_tracks

NAMES = [
    "song.mp3",
    "Motörhead – Ace of Spades.flac",
    "# 1 hit.mp3",
    "#EXTINF:1,evil.mp3",
    "two\nlines.mp3",
    "carriage\rreturn.mp3",
    " spaces around .mp3 ",
    "100% pure, part 2.mp3",
    os.fsdecode(b"not \xff utf-8.mp3"),
    "separator\u2028inside.mp3",
]


def read(text: str, folder: Path) -> list[tuple[Path, int, str]]:
    """Path, seconds and words of each entry, as a player in a folder understands them.

    Lines are cut of white space; those that begin with # are comments but for the two kinds of
    extended M3U; in the address of a file, bytes are spelt out.
    """
    first, *lines = text.encode("utf-8").decode("utf-8").splitlines()
    assert first == "#EXTM3U"
    found, about = [], (0, "")
    for line in filter(None, map(str.strip, lines)):
        if line.startswith("#EXTINF:"):
            seconds, words = line.removeprefix("#EXTINF:").split(",", 1)
            about = int(seconds), words
        elif not line.startswith("#"):
            found.append((folder / _path(line), *about))
    return found


def _path(line: str) -> Path:
    """Of a path, or of the address of a file."""
    is_address = line.startswith("file://")
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(line).path)) if is_address else line)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_player_finds_a_file_by_its_path(tmp_path: Path, name: str) -> None:
    """Whatever its name is: with line breaks, in no encoding, or like a comment."""
    (tmp_path / name).write_bytes(b"music")
    [(path, seconds, words)] = read(m3u([Entry(tmp_path / name, "T", "A", 12.6)]), tmp_path)
    assert path.read_bytes() == b"music"
    assert (seconds, words) == (13, "A - T")


@pytest.mark.parametrize("name", NAMES[:4])
def test_a_player_finds_a_file_beside_the_playlist(tmp_path: Path, name: str) -> None:
    """By its name alone, which is no comment even if it begins like one."""
    (tmp_path / name).write_bytes(b"music")
    [(path, *_)] = read(m3u([Entry(PurePosixPath(name))]), tmp_path)
    assert path.read_bytes() == b"music"


def test_words_fit_a_line() -> None:
    """Line breaks in tags are spaces; without tags there is the file's name; -1 is unknown."""
    path = PurePosixPath("a/b.mp3")
    entries = [
        Entry(path, "One\r\nTwo", "The\tBand", 3.0),
        Entry(path, "", "", float("nan")),
        Entry(path, "Only a title"),
        Entry(path, "", "Only, an artist", 0.0),
    ]
    lines = m3u(entries).splitlines()
    assert lines[1::2] == [
        "#EXTINF:3,The Band - One Two",
        "#EXTINF:-1,b",
        "#EXTINF:-1,Only a title",
        "#EXTINF:0,Only, an artist",
    ]
    assert len(lines) == 1 + 2 * len(entries)


def test_an_empty_playlist_is_one() -> None:
    """It has its first line."""
    assert m3u([]) == "#EXTM3U\n"


def test_tracks_keep_their_order_and_those_without_files_are_left_out(tmp_path: Path) -> None:
    """Paths are absolute, or begin in a folder; an artist nobody knows is not named."""
    tracks = pd.DataFrame(
        {
            "track_id": ["c", "a", "b"],
            "artist": ["Ann", "a", "Bob"],
            "title": ["x", "y", "z"],
            "seconds": [30.2, np.nan, 1.0],
        }
    )
    paths = {"a": tmp_path / "rock" / "a.mp3", "c": tmp_path / "c.mp3"}
    found = read(m3u(of_tracks(tracks, paths)), Path("/elsewhere"))
    assert found == [(paths["c"], 30, "Ann - x"), (paths["a"], -1, "y")]
    text = m3u(of_tracks(tracks, paths, tmp_path / "lists"))
    assert [line for line in text.splitlines() if line[0] != "#"] == ["../c.mp3", "../rock/a.mp3"]
    assert m3u(of_tracks(tracks.drop(columns="seconds"), paths)).count("#EXTINF:-1,") == 2
