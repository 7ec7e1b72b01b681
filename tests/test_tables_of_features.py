"""Data sets that come as tables of features, and a folder of one's own.

Where the published files are at hand, what the loaders give is compared with what the csv module
counts in them. What the loaders do with files at large is shown on small ones written here.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.datasets import (
    Table,
    Track,
    _fma,
    _spotify,
    fma_five,
    fma_nine,
    folder,
    gtzan,
    gtzan_published,
    spotify,
    spotify_subgenres,
)
from pipeline.errors import DatasetError, PipelineError
from pipeline.features import echonest, fma518, timbre
from pipeline.features import spotify as spotify_features
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.datasets import Dataset

DOCS = Path(__file__).parents[1] / "docs" / "data.md"
COLUMNS = ["track_id", "genre", "artist", "title", "split", "fault"]
SPLIT_IS_KNOWN = {"train", "valid", "test"}


def write(path: Path, *rows: Sequence[object]) -> Path:
    """Write a CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """Read a compressed CSV as it stands."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(dataset: Dataset, root: Path) -> Table:
    """Read a data set that must come as a table, and check what every table must be."""
    found = dataset.tracks(root)
    assert isinstance(found, Table)
    assert list(found.tracks.columns) == COLUMNS
    ids = list(found.tracks["track_id"])
    assert ids == sorted(set(ids))
    assert set(found.tracks["split"].dropna()) <= SPLIT_IS_KNOWN
    assert not found.tracks.drop(columns="split").isna().any(axis=None)
    assert (found.tracks["artist"] != "").all()
    for name, rows in found.rows.items():
        assert len(rows.X) == len(rows.track) > 0
        assert rows.X.dtype == np.float32
        assert rows.track.dtype == np.int64
        assert np.isfinite(rows.X).all()
        assert (np.diff(rows.track) >= 0).all()
        assert rows.track.max() < len(ids)
        if name != "taggram":
            check_range(name, rows.X)
    assert all(note.endswith(".") for note in found.notes)
    return found


def check_range(name: str, X: np.ndarray) -> None:
    """Published numbers are in the set's columns and within what the columns say they are."""
    columns = lookup("pipeline.features", "FEATURES", name).columns
    assert X.shape[1] == len(columns)
    for column, values in zip(columns, X.T, strict=True):
        assert column.low - 1e-6 <= values.min(), column.name
        assert values.max() <= column.high + 1e-6, column.name


def genres(found: Table) -> dict[str, int]:
    """Number of tracks by genre."""
    return dict(Counter(found.tracks["genre"]))


def documentation() -> str:
    """docs/data.md on one line."""
    return " ".join(DOCS.read_text(encoding="utf-8").split())


def documented(header: str) -> dict[str, list[int]]:
    """Numbers of the table below a header of docs/data.md, by first cell."""
    lines = DOCS.read_text(encoding="utf-8").split(header)[1].splitlines()[2:]
    rows = [line.strip("|").split("|") for line in lines[: lines.index("")]]
    return {name.strip(): [int(n.replace(",", "")) for n in rest] for name, *rest in rows}


# ------------------------------------------------------------------------------------------- FMA


def straddlers(rows: Iterable[dict[str, str]]) -> set[str]:
    """Artists with tracks in several genres."""
    by_artist = defaultdict(set)
    for row in rows:
        by_artist[row["artist_id"]].add(row["genres_top"])
    return {artist for artist, found in by_artist.items() if len(found) > 1}


@pytest.mark.parametrize("dataset", [fma_nine.DATASET, fma_five.DATASET], ids=lambda d: d.name)
def test_fma_has_the_tracks_of_artists_in_one_genre(dataset: Dataset, fma_root: Path) -> None:
    """Counted afresh: the chosen genres, less the artists who straddle, said in the notes."""
    rows = read(fma_root / "echonest_tracks.csv.gz")
    counts = Counter(row["genres_top"] for row in rows)
    chosen = [name for name, _ in counts.most_common(9)]
    chosen = chosen if dataset.name == "fma-nine" else list(fma_five.GENRES)
    inside = [row for row in rows if row["genres_top"] in chosen]
    out = straddlers(inside)
    stay = [row for row in inside if row["artist_id"] not in out]
    found = table(dataset, fma_root)
    assert genres(found) == Counter(row["genres_top"] for row in stay)
    assert set(found.tracks["track_id"]) == {f"{int(row['track_id']):06d}" for row in stay}
    assert f"{len(inside) - len(stay):,}, by {len(out):,} artists" in " ".join(found.notes)
    assert f"Rock {counts['Rock']:,}" in " ".join(found.notes)
    assert f"{len(out)} artists with {len(inside) - len(stay)} tracks" in documentation()
    assert documented(f"| genre of {dataset.name} | tracks | artists |") == {
        genre: [n, len({row["artist_id"] for row in stay if row["genres_top"] == genre})]
        for genre, n in genres(found).items()
    }


@pytest.mark.parametrize("dataset", [fma_nine.DATASET, fma_five.DATASET], ids=lambda d: d.name)
def test_fma_artists_are_in_one_genre_and_not_mixed_up(dataset: Dataset, fma_root: Path) -> None:
    """A name stands for one artist_id, and is in one genre."""
    found = table(dataset, fma_root)
    ids = {
        f"{int(row['track_id']):06d}": row["artist_id"]
        for row in read(fma_root / "echonest_tracks.csv.gz")
    }
    tracks = found.tracks.assign(artist_id=found.tracks["track_id"].map(ids))
    assert (tracks.groupby("artist")["artist_id"].nunique() == 1).all()
    assert (tracks.groupby("artist_id")["artist"].nunique() == 1).all()
    assert (tracks.groupby("artist")["genre"].nunique() == 1).all()
    assert "Lushlife (FMA 5334)" in set(tracks["artist"])
    assert "AWOL" in set(tracks["artist"])


def test_fma_rows_are_the_numbers_of_their_tracks(fma_root: Path) -> None:
    """Every row has its track's eight numbers, in the order of the set's columns."""
    found = table(fma_nine.DATASET, fma_root)
    numbers = {
        f"{int(row['track_id']):06d}": [float(row[name]) for name in echonest.FEATURES.names]
        for row in read(fma_root / "echonest_tracks.csv.gz")
    }
    rows = found.rows["echonest"]
    expected = [numbers[found.tracks["track_id"][i]] for i in rows.track]
    np.testing.assert_allclose(rows.X, expected, rtol=1e-6)
    assert rows.seconds is None
    assert not hasattr(found.tracks.iloc[0], "path")


def test_fma_official_statistics_are_read_by_name(fma_root: Path) -> None:
    """The official three-line header, on 140 real columns: ten of the 2000 rows are empty."""
    names = [name for name in fma518.FEATURES.names if name.startswith("mfcc.")]
    columns = list(fma518.multiindex(names))
    path = fma_root / "features_subset.csv.gz"
    found = _fma._numbers(path, columns, header=[0, 1, 2])
    assert found.shape == (2000, 140)
    assert found.isna().all(axis=1).sum() == found.isna().any(axis=1).sum() == 10
    with gzip.open(path, "rt") as file:
        lines = list(csv.reader(file))
    heads = [".".join(head) for head in zip(*lines[:3], strict=True)]
    row = next(row for row in lines[4:] if row[1])
    np.testing.assert_allclose(
        found.loc[f"{int(row[0]):06d}"], [float(row[heads.index(name)]) for name in names]
    )


OFFICIAL = {  # id: top genre, artist's id, artist, title, part
    2: ("Rock", 1, "Ann", "One", "training"),
    3: ("Rock", 1, "Ann", "NA", "training"),
    5: ("Folk", 2, "Ben", "Three", "validation"),
    10: ("Folk", 3, "None", "Four", "test"),
    134: ("", 4, "Dan", "several roots", "test"),
    139: ("Rock", 5, "Eve", "straddles", "test"),
    140: ("Folk", 5, "Eve", "straddles", "test"),
    141: ("Folk", 6, "ben", "another Ben", "test"),
    200: ("Jazz", 7, "Flo", "a genre too many", "training"),
    100001: ("Rock", 8, "Gus", "its row is empty", "training"),
}


def official(root: Path) -> Path:
    """Write fma_metadata as FMA publishes it, but for most of its columns and tracks."""
    facts = [
        [n, title, artist, artist_id, part, "large", 99, genre]
        for n, (genre, artist_id, artist, title, part) in OFFICIAL.items()
    ]
    write(
        root / "tracks.csv",
        ["", "track", "artist", "artist", "set", "set", "track", "track"],
        ["", "title", "name", "id", "split", "subset", "listens", "genre_top"],
        ["track_id", *[""] * 7],
        *facts,
    )
    return root


def with_echonest(root: Path, ids: Iterable[int]) -> Path:
    """Write echonest.csv with a column more than is needed, and columns in another order."""
    names = [*reversed(echonest.FEATURES.names)]
    values = {name: i / 10 for i, name in enumerate(echonest.FEATURES.names)}
    write(
        root / "echonest.csv",
        ["", *["echonest"] * 9],
        ["", "metadata", *["audio_features"] * 8],
        ["", "album_name", *names],
        ["track_id", *[""] * 9],
        *[[n, "An album", *(values[name] for name in names)] for n in ids],
    )
    return root


def with_statistics(root: Path, ids: Iterable[int]) -> Path:
    """Write features.csv, columns reversed; a track's numbers are its id and the column's place."""
    names = fma518.FEATURES.names
    rows = [[n, *(n + i / 1000 for i in reversed(range(518)))] for n in ids]
    rows[-1][5] = ""  # the last track's row is incomplete
    levels = ("feature", "statistics", "number")
    heads = zip(*(name.split(".") for name in reversed(names)), strict=True)
    write(
        root / "features.csv",
        *([level, *head] for level, head in zip(levels, heads, strict=True)),
        ["track_id", *[""] * 518],
        *rows,
    )
    return root


@pytest.mark.parametrize("place", ["", "fma_metadata"])
def test_fma_official_tables_are_read(tmp_path: Path, place: str) -> None:
    """Both tables, with the official split; what has no genre, straddles or is empty stays out."""
    with_statistics(with_echonest(official(tmp_path / place), [5, 2, 10, 139]), OFFICIAL)
    found = _fma.tracks(tmp_path, largest=2)
    assert isinstance(found, Table)
    assert found.tracks.to_dict("list") == {
        "track_id": ["000002", "000003", "000005", "000010", "000141"],
        "genre": ["Rock", "Rock", "Folk", "Folk", "Folk"],
        "artist": ["Ann", "Ann", "Ben (FMA 2)", "None", "ben (FMA 6)"],
        "title": ["One", "NA", "Three", "Four", "another Ben"],
        "split": ["train", "train", "valid", "test", "test"],
        "fault": [""] * 5,
    }
    np.testing.assert_array_equal(found.rows["echonest"].track, [0, 2, 3])
    np.testing.assert_allclose(found.rows["echonest"].X, [np.arange(8) / 10] * 3)
    np.testing.assert_array_equal(found.rows["fma518"].track, np.arange(5))
    expected = np.array([[2], [3], [5], [10], [141]]) + np.arange(518) / 1000
    np.testing.assert_allclose(found.rows["fma518"].X, expected, rtol=1e-6)
    assert found.notes == (
        "Rows of echonest left out because numbers are missing or infinite: 0.",
        "Rows of fma518 left out because numbers are missing or infinite: 1.",
        "Tracks that have no single top genre and are left out: 1.",
        "Genres by their number of tracks, of 3 that there are: Folk 4, Rock 3.",
        "Tracks left out because their artist has tracks in several of these genres: 2, by 1"
        " artists.",
    )


def test_fma_takes_the_table_that_is_there(tmp_path: Path) -> None:
    """With one of the two tables, only its tracks count."""
    with_echonest(official(tmp_path), [2, 5, 10])
    found = _fma.tracks(tmp_path, genres=("Rock", "Folk"))
    assert isinstance(found, Table)
    assert list(found.rows) == ["echonest"]
    assert list(found.tracks["track_id"]) == ["000002", "000005", "000010"]


def test_fma_recordings_go_before_tables(tmp_path: Path) -> None:
    """Of audio folders the largest counts; files without facts or genre are ignored."""
    with_echonest(official(tmp_path), OFFICIAL)
    for name in ("fma_small/000/000002", "fma_medium/000/000010", "fma_medium/000/000003"):
        (tmp_path / f"{name}.mp3").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.mp3").touch()
    for name in ("000134.mp3", "000999.mp3", "000005.txt", "._000005.mp3"):
        (tmp_path / "fma_medium/000" / name).touch()
    found = _fma.tracks(tmp_path, largest=9)
    path = tmp_path / "fma_medium/000"
    assert found == [
        Track("000003", "Rock", path / "000003.mp3", "Ann", "NA", "train"),
        Track("000010", "Folk", path / "000010.mp3", "None", "Four", "test"),
    ]


def test_fma_says_what_it_needs(tmp_path: Path) -> None:
    """Without folder, facts, tables, columns or a genre, the message says what to do."""
    with pytest.raises(DatasetError, match=r"needs a folder, which None is not\. .*echonest\.csv"):
        fma_nine.DATASET.tracks(None)
    with pytest.raises(DatasetError, match=r"no facts of FMA's tracks in .*must hold FMA's tracks"):
        fma_nine.DATASET.tracks(tmp_path)
    official(tmp_path)
    with pytest.raises(DatasetError, match="neither features nor recordings"):
        fma_nine.DATASET.tracks(tmp_path)
    with_echonest(tmp_path, [2, 5])
    with pytest.raises(DatasetError, match=r"none of Hip-Hop, Electronic, Classical.*larger"):
        fma_five.DATASET.tracks(tmp_path)
    with_echonest(tmp_path, [134])
    with pytest.raises(DatasetError, match="None of FMA's tracks that are here has a genre"):
        fma_nine.DATASET.tracks(tmp_path)
    with_echonest(tmp_path, [2, 2])
    with pytest.raises(DatasetError, match=r"echonest\.csv has track 000002 twice"):
        fma_nine.DATASET.tracks(tmp_path)
    write(tmp_path / "echonest.csv", ["track_id", "energy"], [2, 0.5])
    with pytest.raises(DatasetError, match=r"echonest\.csv is not as FMA published it"):
        fma_nine.DATASET.tracks(tmp_path)
    write(tmp_path / "tracks.csv", ["", "track"], ["", "title"], ["track_id", ""], [2, "One"])
    with pytest.raises(DatasetError, match=r"tracks\.csv lacks 4 columns.*'genre_top'"):
        fma_nine.DATASET.tracks(tmp_path)


# --------------------------------------------------------------------------------------- Spotify


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
    others = [name for name in _spotify.NUMBERS if name != "energy"]
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


@pytest.mark.parametrize("features", [echonest.FEATURES, spotify_features.FEATURES])
def test_published_features_cannot_be_computed(features: object) -> None:
    """Who asks for them of audio is told that only the publisher can compute them."""
    assert isinstance(features, type(timbre.FEATURES))
    with pytest.raises(PipelineError, match=f"{features.name} cannot be computed from audio"):
        features.extract(np.zeros(22_050, np.float32))


# ------------------------------------------------------------------------ a folder of one's own


def lay_out(root: Path, *names: str) -> Path:
    """Make empty files."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


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


# ---------------------------------------------------------------------------------- GTZAN's tables


def test_published_windows_are_those_of_the_file(gtzan_root: Path) -> None:
    """2991 windows of 10 s of 1000 clips; nine clips have two. Numbers stand under their names."""
    rows = gtzan_published._timbre(gtzan_root, gtzan_published._facts())
    assert rows is not None
    check_range("timbre", rows.X)
    assert rows.X.shape == (2991, 55)
    assert rows.seconds == 10
    assert Counter(Counter(rows.track.tolist()).values()) == {3: 991, 2: 9}
    with (gtzan_root / "features_10_sec.csv").open(newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: line["filename"])
    names = timbre.FEATURES.names
    expected = [[float(line[name]) for name in names] for line in lines]
    np.testing.assert_allclose(rows.X, expected, rtol=1e-6)
    copies = len(rows.X) - len(np.unique(rows.X, axis=0))
    assert f"{copies} rows of the 10-s table are exact copies" in documentation()
    published = set(lines[0]) - {"filename", "length", "label"}
    assert published - set(names) == {"harmony_mean", "perceptr_mean"}
    ids = sorted(gtzan.facts())
    assert [line["filename"][: line["filename"].index(".") + 6] for line in lines] == [
        ids[i] for i in rows.track
    ]


def test_published_taggrams_are_the_train_and_test_parts(gtzan_root: Path) -> None:
    """733 clips, and their files agree with the split in gtzan.csv."""
    ids, taggrams = gtzan_published.frames(gtzan_root)
    facts = gtzan.facts()
    assert ids == sorted(i for i, fact in facts.items() if fact["split"] in ("train", "test"))
    assert Counter(len(taggram) for taggram in taggrams) == {28: 715, 29: 18}
    assert all(taggram.shape[1] == 50 for taggram in taggrams)
    assert all(((taggram >= 0) & (taggram <= 1)).all() for taggram in taggrams)
    for file, part in (("training", "train"), ("evaluation", "test")):
        path = next((gtzan_root / "musicnn_taggram").glob(f"{file}*.npz"))
        found = {track_id for track_id, _ in gtzan_published._clips(path)}
        assert found == {i for i, fact in facts.items() if fact["split"] == part}


def test_published_taggrams_are_summarised_by_clip(gtzan_root: Path) -> None:
    """A row a clip, of what the feature set makes of the clip's frames."""
    taggram = pytest.importorskip("pipeline.features.taggram", reason="it is not written yet")
    found = table(gtzan_published.DATASET, gtzan_root)
    assert genres(found) == dict.fromkeys(gtzan.GENRES, 100)
    rows = found.rows["taggram"]
    assert rows.X.shape == (733, len(taggram.FEATURES.names))
    assert rows.seconds == 30
    ids, taggrams = gtzan_published.frames(gtzan_root)
    assert list(found.tracks["track_id"].iloc[rows.track]) == ids
    for i in (0, 400, 732):
        np.testing.assert_array_equal(rows.X[i], taggram.summarise(taggrams[i]))
    assert "733 clips." in " ".join(found.notes)
    assert "2,991 rows of 10 s of 1,000 clips." in " ".join(found.notes)


def windows(root: Path, name: str, *files: str) -> Path:
    """Write a published table: the numbers of row i are i tenths and the column's place."""
    names = timbre.FEATURES.names
    rows = [[i / 10 + j / 1000 for j in range(55)] for i in range(len(files))]
    return write(
        root / name,
        ["label", "harmony_mean", *reversed(names), "filename"],
        *(["?", 0, *reversed(row), file] for row, file in zip(rows, files, strict=True)),
    )


def test_published_tables_are_taken_as_they_are_there(tmp_path: Path) -> None:
    """The 10-s table goes before the 3-s table, and that before the 30-s table."""
    windows(tmp_path, "features_30_sec.csv", "rock.00001.wav", "blues.00000.wav")
    found = table(gtzan_published.DATASET, tmp_path)
    assert list(found.tracks["track_id"]) == sorted(gtzan.facts())
    assert found.rows.keys() == {"timbre"}
    assert found.rows["timbre"].seconds == 30
    ids = found.tracks["track_id"].iloc[found.rows["timbre"].track]
    assert list(ids) == ["blues.00000", "rock.00001"]
    np.testing.assert_allclose(
        found.rows["timbre"].X, np.array([[0.1], [0]]) + np.arange(55) / 1000, rtol=1e-6
    )
    windows(tmp_path, "features_3_sec.csv", "pop.00000.0.wav", "pop.00000.1.wav")
    found = table(gtzan_published.DATASET, tmp_path)
    assert found.rows["timbre"].seconds == 3
    assert found.notes == ("timbre: 2 rows of 3 s of 1 clips.",)
    windows(tmp_path, "features_10_sec.csv", "pop.00000.0.wav")
    assert table(gtzan_published.DATASET, tmp_path).rows["timbre"].seconds == 10


def test_published_facts_are_those_of_gtzan(tmp_path: Path) -> None:
    """Artist, title, part and fault are as the data set with audio has them."""
    windows(tmp_path, "features_10_sec.csv", "pop.00000.0.wav")
    found = table(gtzan_published.DATASET, tmp_path).tracks.set_index("track_id")
    audio = gtzan.tracks(lay_out(tmp_path, *(f"{i[:-6]}/{i}.wav" for i in gtzan.facts())))
    for track in audio:
        fact = found.loc[track.track_id]
        assert (fact["genre"], fact["artist"]) == (track.genre, track.artist)
        assert (fact["title"], fact["fault"]) == (track.title, track.fault)
        assert fact["split"] == track.split or (
            track.split is None and fact["split"] != fact["split"]
        )


def frames_file(root: Path, name: str, ids: list[str], **arrays: np.ndarray) -> Path:
    """Write a file of frames: row i holds i everywhere."""
    path = root / "musicnn_taggram" / name
    path.parent.mkdir(exist_ok=True)
    X = np.repeat(np.arange(len(ids), dtype=np.float32)[:, None], 50, axis=1)
    np.savez(path, **{"X": X, "IDS": np.array(ids)} | arrays)
    return path


def test_published_frames_are_grouped_by_clip(tmp_path: Path) -> None:
    """Frames keep their order, clips are sorted over all files, and no clip is in two."""
    frames_file(tmp_path, "b.npz", ["pop/pop.00001.au"] * 2 + ["jazz/jazz.00000.au"])
    frames_file(tmp_path, "a.npz", ["pop/pop.00000.au"])
    ids, found = gtzan_published.frames(tmp_path)
    assert ids == ["jazz.00000", "pop.00000", "pop.00001"]
    assert [taggram[:, 0].tolist() for taggram in found] == [[2], [0], [0, 1]]
    frames_file(tmp_path, "c.npz", ["pop/pop.00000.au"])
    with pytest.raises(DatasetError, match=r"c\.npz has pop\.00000, as another file does"):
        gtzan_published.frames(tmp_path)
    assert gtzan_published.frames(tmp_path / "nowhere") == ([], [])


def test_published_files_must_be_as_published(tmp_path: Path) -> None:
    """Nothing there, unknown clips, lacking columns, gaps, pickles and odd shapes are errors."""
    with pytest.raises(DatasetError, match="need a folder, which None is not"):
        gtzan_published.DATASET.tracks(None)
    with pytest.raises(DatasetError, match=r"holds nothing that was published.*features_10_sec"):
        gtzan_published.DATASET.tracks(tmp_path)
    path = windows(tmp_path, "features_10_sec.csv", "techno.00000.0.wav")
    with pytest.raises(DatasetError, match=r"has 'techno\.00000', which is no clip of GTZAN"):
        gtzan_published.DATASET.tracks(tmp_path)
    write(path, ["filename", "tempo"], ["pop.00000.0.wav", 90])
    with pytest.raises(DatasetError, match=r"features_10_sec\.csv is not as published: .*rms_var"):
        gtzan_published.DATASET.tracks(tmp_path)
    windows(tmp_path, "features_10_sec.csv", "pop.00000.0.wav")
    path.write_text(path.read_text().replace("0.054", ""))
    with pytest.raises(DatasetError, match="missing or infinite"):
        gtzan_published.DATASET.tracks(tmp_path)
    frames_file(tmp_path, "a.npz", ["pop/pop.00000.au"], X=np.zeros((2, 50)))
    with pytest.raises(DatasetError, match=r"X of shape \(2, 50\) for 1 ids"):
        gtzan_published.frames(tmp_path)
    frames_file(tmp_path, "a.npz", [], IDS=np.array([{}], dtype=object))
    with pytest.raises(DatasetError, match=r"a\.npz is not as published: .*pickle"):
        gtzan_published.frames(tmp_path)
