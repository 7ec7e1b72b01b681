"""Songs of Spotify's genre playlists with Spotify's audio features: the table of TidyTuesday."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.datasets import Dataset, Rows, Table
from pipeline.errors import DatasetError
from pipeline.features import spotify

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from pipeline.features import Array


CITATION = (
    "K. Pavlik, 'Understanding + classifying genres using Spotify audio features', "
    "kaylinpavlik.com, 2019; published as TidyTuesday of 2020-01-21, "
    "https://github.com/rfordatascience/tidytuesday. Collected with spotifyr by C. Thompson, "
    "J. Parry, D. Phipps and T. Wolff."
)
LICENCE = (
    "Public on TidyTuesday, but what is in it is Spotify's, whose developer terms have forbidden "
    "since 2023 to train models on it: not ours to pass on. Read the terms before you build."
)
LAYOUT = "spotify_songs.csv or spotify_songs.csv.gz, as TidyTuesday publishes it"
NOTES = (
    "A genre is that of a playlist in which the song stood. Nobody labelled the song itself.",
    "A song is what has the same artist and title but for case. Songs in playlists of several "
    "genres are left out. One is kept of a song that stands under several ids, and of titles that "
    "have all numbers in common. Other remixes, versions and remasters count as songs.",
)

FILES = ("spotify_songs.csv", "spotify_songs.csv.gz")
# 'NA' is what R writes where a value is missing.
MISSING = ("", "NA")
FAMILY = "playlist_genre"  # of a sub-genre
FACTS = ("track_id", "track_name", "track_artist")
NUMBERS = tuple("duration_ms" if name == "duration" else name for name in spotify.FEATURES.names)


def dataset(
    name: str, title: str, level: Literal["playlist_genre", "playlist_subgenre"]
) -> Dataset:
    """The songs by one of the two columns that say a genre."""
    return Dataset(
        name=name,
        title=title,
        licence=LICENCE,
        citation=CITATION,
        layout=LAYOUT,
        notes=NOTES,
        tracks=partial(tracks, level=level),
    )


def tracks(
    root: Path | None, level: Literal["playlist_genre", "playlist_subgenre"] = "playlist_genre"
) -> Table:
    """Songs that are of one genre only, each once.

    Raises
    ------
    DatasetError
        If the file is not there or not as it was published.
    """
    path = next((root / file for file in FILES if root and (root / file).is_file()), None)
    if path is None:
        raise DatasetError(f"There are no songs in {root}. Name a folder (--data) with {LAYOUT}.")
    rows = _read(path, level)
    numbers = _numbers(rows)
    complete = np.flatnonzero(np.isfinite(numbers).all(axis=1))
    songs, notes = _songs(rows.iloc[complete], level)
    X = numbers[songs.index]
    incomplete = len(rows) - len(complete)
    return Table(
        tracks=_facts(songs, level),
        rows={"spotify": Rows(X, np.arange(len(X)))},
        notes=(f"Rows left out because numbers are missing or infinite: {incomplete:,}.", *notes),
    )


def _read(path: Path, level: str) -> pd.DataFrame:
    import pandas as pd

    try:
        # Nothing is taken for missing here: a song may be called "None" or "null".
        return pd.read_csv(
            path, usecols=[*FACTS, *{FAMILY, level}, *NUMBERS], dtype=str, keep_default_na=False
        )
    except (ValueError, OSError, EOFError) as error:
        raise DatasetError(
            f"{path} is not as TidyTuesday published it: {error}. Get it again."
        ) from error


def _numbers(rows: pd.DataFrame) -> Array:
    """The columns of the feature set [shape=(n, 12)], NaN where there is no number."""
    import pandas as pd

    numbers = rows[list(NUMBERS)].apply(pd.to_numeric, errors="coerce")
    return numbers.assign(duration_ms=numbers["duration_ms"] / 1000).to_numpy(np.float32)


def _songs(rows: pd.DataFrame, level: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row for each song of a single genre, sorted by id, and what was counted."""
    rows = rows.sort_values("track_id", kind="stable")
    song = _song(rows)
    of_one = _of_one_genre(rows, song, level)
    songs = of_one[~song[of_one.index].duplicated()]
    recording = songs.groupby(list(NUMBERS)).ngroup()
    alike = _of_one_genre(songs, recording, level)
    single = alike[~recording[alike.index].duplicated()]
    ids, kept_ids = rows["track_id"].nunique(), of_one["track_id"].nunique()
    return single, (
        f"The table has {len(rows):,} rows with {ids:,} ids of {song.nunique():,} songs.",
        "Songs left out because they stand in playlists of several of these genres: "
        f"{song.nunique() - len(songs):,}, under {ids - kept_ids:,} ids.",
        f"Ids left out because their song stays under another: {kept_ids - len(songs):,}.",
        "Songs left out because all their numbers are those of a song with another title, which "
        f"is the same recording: {len(songs) - len(single):,}.",
    )


def _of_one_genre(rows: pd.DataFrame, song: pd.Series, level: str) -> pd.DataFrame:
    return rows.loc[rows.groupby(song)[level].transform("nunique") == 1]


def _song(rows: pd.DataFrame) -> pd.Series:
    """What rows of one song share: artist and title but for case; else the id."""
    named = ~rows["track_artist"].isin(MISSING) & ~rows["track_name"].isin(MISSING)
    return (_folded(rows["track_artist"]) + "\n" + _folded(rows["track_name"])).where(
        named, rows["track_id"]
    )


def _facts(songs: pd.DataFrame, level: str) -> pd.DataFrame:
    """As `Table` has them; an artist has the spelling of the first song.

    Sub-genres also have the ``family`` that they belong to.
    """
    known = ~songs["track_artist"].isin(MISSING)
    spelt = songs.groupby(_folded(songs["track_artist"]))["track_artist"].transform("first")
    facts = songs.assign(
        genre=songs[level],
        artist=spelt.where(known, songs["track_id"]),
        title=songs["track_name"].mask(songs["track_name"].isin(MISSING), ""),
        split=None,
        fault="",
    ).reset_index(drop=True)
    family = [] if level == FAMILY else ["family"]
    return facts.assign(family=songs[FAMILY].to_numpy())[
        ["track_id", "genre", "artist", "title", "split", "fault", *family]
    ]


def _folded(names: pd.Series) -> pd.Series:
    return names.str.strip().str.casefold()
