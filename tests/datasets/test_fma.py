"""FMA, whose tracks are counted afresh where they are at hand and written here where not."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.tables import documentation, documented, genres, read, table, write

from pipeline.datasets import (
    Table,
    Track,
    fma_five,
    fma_nine,
)
from pipeline.datasets.common import fma
from pipeline.errors import DatasetError
from pipeline.features import echonest, fma518

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.datasets import Dataset


def in_several_genres(rows: Iterable[dict[str, str]]) -> set[str]:
    """Ids of the artists with tracks in several genres."""
    by_artist = defaultdict(set)
    for row in rows:
        by_artist[row["artist_id"]].add(row["genres_top"])
    return {artist for artist, found in by_artist.items() if len(found) > 1}


@pytest.mark.parametrize("dataset", [fma_nine.DATASET, fma_five.DATASET], ids=lambda d: d.name)
def test_fma_has_all_tracks_of_its_genres(dataset: Dataset, fma_root: Path) -> None:
    """Counted afresh; those by artists who are in several of the genres are said in the notes."""
    rows = read(fma_root / "echonest_tracks.csv.gz")
    counts = Counter(row["genres_top"] for row in rows)
    chosen = [name for name, _ in counts.most_common(9)]
    chosen = chosen if dataset.name == "fma-nine" else list(fma_five.GENRES)
    inside = [row for row in rows if row["genres_top"] in chosen]
    artists = in_several_genres(inside)
    n = sum(row["artist_id"] in artists for row in inside)
    found = table(dataset, fma_root)
    assert genres(found) == {name: counts[name] for name in chosen}
    assert set(found.tracks["track_id"]) == {f"{int(row['track_id']):06d}" for row in inside}
    assert f"several of these genres: {n:,}, by {len(artists):,} artists" in " ".join(found.notes)
    assert f"Rock {counts['Rock']:,}" in " ".join(found.notes)
    assert f"{len(artists)} artists with {n} tracks" in documentation()
    assert documented(f"| genre of {dataset.name} | tracks | artists |") == {
        genre: [n, len({row["artist_id"] for row in inside if row["genres_top"] == genre})]
        for genre, n in genres(found).items()
    }


@pytest.mark.parametrize("dataset", [fma_nine.DATASET, fma_five.DATASET], ids=lambda d: d.name)
def test_fma_artists_are_not_mixed_up(dataset: Dataset, fma_root: Path) -> None:
    """A name stands for one artist_id, also where the artist is in several genres."""
    found = table(dataset, fma_root)
    ids = {
        f"{int(row['track_id']):06d}": row["artist_id"]
        for row in read(fma_root / "echonest_tracks.csv.gz")
    }
    tracks = found.tracks.assign(artist_id=found.tracks["track_id"].map(ids))
    assert (tracks.groupby("artist")["artist_id"].nunique() == 1).all()
    assert (tracks.groupby("artist_id")["artist"].nunique() == 1).all()
    assert (tracks.groupby("artist")["genre"].nunique() > 1).any()
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
    found = fma._numbers(path, columns, header=[0, 1, 2])
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
    139: ("Rock", 5, "Eve", "in two genres", "test"),
    140: ("Folk", 5, "Eve", "in two genres", "test"),
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
    """Both tables, with the official split; what has no genre or is empty stays out."""
    with_statistics(with_echonest(official(tmp_path / place), [5, 2, 10, 139]), OFFICIAL)
    found = fma.tracks(tmp_path, largest=2)
    assert isinstance(found, Table)
    assert found.tracks.to_dict("list") == {
        "track_id": ["000002", "000003", "000005", "000010", "000139", "000140", "000141"],
        "genre": ["Rock", "Rock", "Folk", "Folk", "Rock", "Folk", "Folk"],
        "artist": ["Ann", "Ann", "Ben (FMA 2)", "None", "Eve", "Eve", "ben (FMA 6)"],
        "title": ["One", "NA", "Three", "Four", "in two genres", "in two genres", "another Ben"],
        "split": ["train", "train", "valid", "test", "test", "test", "test"],
        "fault": [""] * 7,
    }
    np.testing.assert_array_equal(found.rows["echonest"].track, [0, 2, 3, 4])
    np.testing.assert_allclose(found.rows["echonest"].X, [np.arange(8) / 10] * 4)
    np.testing.assert_array_equal(found.rows["fma518"].track, np.arange(7))
    expected = np.array([[2], [3], [5], [10], [139], [140], [141]]) + np.arange(518) / 1000
    np.testing.assert_allclose(found.rows["fma518"].X, expected, rtol=1e-6)
    assert found.notes == (
        "Rows of echonest left out because numbers are missing or infinite: 0.",
        "Rows of fma518 left out because numbers are missing or infinite: 1.",
        "Tracks that have no single top genre and are left out: 1.",
        "Genres by their number of tracks, of 3 that there are: Folk 4, Rock 3.",
        "Tracks by artists who have tracks in several of these genres: 2, by 1 artists.",
    )


def test_fma_takes_the_table_that_is_there(tmp_path: Path) -> None:
    """With one of the two tables, only its tracks count."""
    with_echonest(official(tmp_path), [2, 5, 10])
    found = fma.tracks(tmp_path, genres=("Rock", "Folk"))
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
    found = fma.tracks(tmp_path, largest=9)
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
