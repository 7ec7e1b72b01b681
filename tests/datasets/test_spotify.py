"""Spotify's songs, counted afresh where they are at hand and written here where not."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.tables import documentation, documented, read, table, write

from pipeline.datasets import (
    spotify,
    spotify_subgenres,
)
from pipeline.datasets.common.spotify import NUMBERS
from pipeline.errors import DatasetError
from pipeline.features import spotify as spotify_features

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets import Dataset


def songs_by_hand(
    rows: list[dict[str, str]], level: str
) -> tuple[set[tuple[str, str]], dict[tuple[str, str], str]]:
    """Songs in several genres, and the genre of each other song, by artist and title."""
    found = defaultdict(set)
    for row in rows:
        found[song(row["track_artist"], row["track_name"], row["track_id"])].add(row[level])
    several = {name for name, labels in found.items() if len(labels) > 1}
    return several, {name: min(found[name]) for name in found.keys() - several}


def song(artist: str, title: str, track_id: str) -> tuple[str, str]:
    """Artist and title but for case, or the id where they are not known."""
    known = artist not in ("", "NA") and title not in ("", "NA")
    return (artist.strip().casefold(), title.strip().casefold()) if known else ("", track_id)


LEVELS = [(spotify.DATASET, "playlist_genre"), (spotify_subgenres.DATASET, "playlist_subgenre")]
levels = pytest.mark.parametrize(("dataset", "level"), LEVELS, ids=lambda v: getattr(v, "name", v))


@levels
def test_spotify_has_each_song_of_one_genre_once(
    dataset: Dataset, level: str, spotify_root: Path
) -> None:
    """Counted afresh: songs in several genres stay out, of the others one id stays."""
    rows = read(spotify_root / "spotify_songs.csv.gz")
    several, single = songs_by_hand(rows, level)
    found = table(dataset, spotify_root)
    names = [
        song("" if artist == track_id else artist, title, track_id)
        for track_id, artist, title in found.tracks[["track_id", "artist", "title"]].to_numpy()
    ]
    assert len(set(names)) == len(names)
    assert {name: single[name] for name in names} == dict(
        zip(names, found.tracks["genre"], strict=True)
    )
    notes = " ".join(found.notes)
    ids = len({row["track_id"] for row in rows})
    assert f"{ids:,} ids are {len(single) + len(several):,} songs" in documentation()
    assert re.search(
        rf"out\*\*: .*\b{len(several)} of the (six genres|24 sub-genres)", documentation()
    )
    assert f"several of these genres: {len(several):,}, under" in notes
    assert f"same recording: {len(single) - len(names):,}." in notes
    assert documented(f"| genre of {dataset.name} | songs | artists |") == {
        genre: [len(part), part["artist"].nunique()]
        for genre, part in found.tracks.groupby("genre")
    }


@levels
def test_spotify_has_no_recording_twice(dataset: Dataset, level: str, spotify_root: Path) -> None:
    """No two songs have all numbers in common, and each has its own."""
    found = table(dataset, spotify_root)
    rows = {row["track_id"]: row for row in read(spotify_root / "spotify_songs.csv.gz")}
    X = found.rows["spotify"].X
    assert len(np.unique(X, axis=0)) == len(X) == len(found.tracks)
    names = spotify_features.FEATURES.names[:-1]
    expected = [
        [*(float(rows[i][name]) for name in names), int(rows[i]["duration_ms"]) / 1000]
        for i in found.tracks["track_id"]
    ]
    np.testing.assert_allclose(X, expected, rtol=1e-6)


@levels
def test_spotify_artists_have_one_spelling(
    dataset: Dataset, level: str, spotify_root: Path
) -> None:
    """No two artists differ in case only; an unknown artist is the song's id."""
    artists = set(table(dataset, spotify_root).tracks["artist"])
    assert len({artist.strip().casefold() for artist in artists}) == len(artists)
    assert "NA" not in artists
    assert "5cjecvX0CmC9gK0Laf5EMQ" in artists


def song_rows(*songs: tuple[str, str, str, str, str, float]) -> list[list[object]]:
    """Rows as TidyTuesday has them: id, artist, title, genre, sub-genre, energy."""
    names = ["track_id", "track_artist", "track_name", "playlist_genre", "playlist_subgenre"]
    others = [name for name in NUMBERS if name != "energy"]
    return [[*names, "energy", *others], *([*facts, *[0.5] * len(others)] for facts in songs)]


SONGS = [
    ("a", "Ann", "One", "pop", "dance pop", 0.1),
    ("a", "Ann", "One", "pop", "electropop", 0.1),  # in two sub-genres
    ("b", "ANN", "one ", "pop", "dance pop", 0.2),  # the song again
    ("c", "Ben", "Two", "pop", "dance pop", 0.3),
    ("c", "Ben", "Two", "rock", "hard rock", 0.3),  # in two genres
    ("d", "Ann", "None", "rock", "hard rock", 0.4),
    ("e", "ANN", "None (Remaster)", "rock", "hard rock", 0.4),  # the same recording
    ("f", "NA", "NA", "rock", "hard rock", 0.5),
    ("g", "NA", "NA", "pop", "dance pop", 0.6),
    ("h", "Dan", "Three", "pop", "dance pop", float("nan")),
]


def test_spotify_leaves_out_what_is_ambiguous_or_twice(tmp_path: Path) -> None:
    """A song in two genres, a second id, a second title of a recording, and a row with a gap."""
    write(tmp_path / "spotify_songs.csv", *song_rows(*SONGS))
    found = table(spotify.DATASET, tmp_path)
    assert found.tracks.drop(columns=["split", "fault"]).to_numpy().tolist() == [
        ["a", "pop", "Ann", "One"],
        ["d", "rock", "Ann", "None"],
        ["f", "rock", "f", ""],
        ["g", "pop", "g", ""],
    ]
    np.testing.assert_allclose(found.rows["spotify"].X[:, 1], [0.1, 0.4, 0.5, 0.6])
    assert found.rows["spotify"].X[0, -1] == np.float32(0.0005)
    numbers = [re.findall(r"\d+", note) for note in found.notes]
    assert numbers == [["1"], ["9", "7", "6"], ["1", "1"], ["1"], ["1"]]
    assert list(table(spotify_subgenres.DATASET, tmp_path).tracks["track_id"]) == ["d", "f", "g"]


def test_spotify_says_what_it_needs(tmp_path: Path) -> None:
    """Without the file or one of its columns, the message names them."""
    with pytest.raises(DatasetError, match=r"no songs in None\. .*spotify_songs\.csv"):
        spotify.DATASET.tracks(None)
    with pytest.raises(DatasetError, match="no songs in"):
        spotify.DATASET.tracks(tmp_path)
    write(tmp_path / "spotify_songs.csv", ["track_id", "energy"], ["a", 0.5])
    with pytest.raises(DatasetError, match=r"not as TidyTuesday published it: .*playlist_genre"):
        spotify.DATASET.tracks(tmp_path)
    (tmp_path / "spotify_songs.csv").unlink()
    (tmp_path / "spotify_songs.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DatasetError, match=r"spotify_songs\.csv\.gz is not as TidyTuesday"):
        spotify.DATASET.tracks(tmp_path)


def test_spotify_subgenres_know_their_family(spotify_root: Path) -> None:
    """Four sub-genres belong to each of the six genres; genres themselves have no family."""
    tracks = table(spotify_subgenres.DATASET, spotify_root).tracks
    assert tracks.groupby("genre")["family"].nunique().eq(1).all()
    assert tracks.groupby("family")["genre"].nunique().tolist() == [4] * 6
    assert "family" not in table(spotify.DATASET, spotify_root).tracks
