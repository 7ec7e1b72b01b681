"""The Free Music Archive as FMA publishes it: facts, tables of features, and recordings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipeline.datasets import Dataset, Rows, Table, Track
from pipeline.errors import DatasetError
from pipeline.features import echonest, fma518

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import pandas as pd


CITATION = (
    "M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, 'FMA: A dataset for music "
    "analysis', ISMIR 2017, arXiv:1612.01840."
)
LICENCE = (
    "Facts and tables of features: CC BY 4.0. Recordings: a Creative Commons licence that each "
    "artist chose."
)
LAYOUT = (
    "FMA's tracks.csv, with echonest.csv or features.csv or both, in the folder itself or in its "
    "fma_metadata/, and for recordings fma_small/, fma_medium/, fma_large/ or fma_full/ with "
    "000/000002.mp3 and so on; or echonest_tracks.csv, which has facts and Echo Nest features in "
    "one table. Each .csv may be a .csv.gz"
)
NOTES = (
    "Artists say which genre their tracks are of. Nobody else listened.",
    "Some artists have tracks in several of the chosen genres. All of their tracks count.",
    "Of recordings, those in the largest subset that is there count; of tables, all tracks.",
)

ONE_TABLE = "echonest_tracks.csv"
AUDIO = ("fma_full", "fma_large", "fma_medium", "fma_small")
SPLIT_OF_SET = {"training": "train", "validation": "valid", "test": "test"}
FACTS = {
    ("track", "genre_top"): "genre",
    ("artist", "id"): "artist_id",
    ("artist", "name"): "artist",
    ("track", "title"): "title",
    ("set", "split"): "split",
}
FACTS_IN_ONE_TABLE = {
    "genres_top": "genre",
    "artist_id": "artist_id",
    "artist": "artist",
    "track": "title",
}


def dataset(
    name: str, title: str, notes: tuple[str, ...], genres: Sequence[str] = (), largest: int = 0
) -> Dataset:
    """The part of FMA that is of some genres, or of as many as are `largest`."""
    return Dataset(
        name=name,
        title=title,
        licence=LICENCE,
        citation=CITATION,
        layout=LAYOUT,
        notes=(*notes, *NOTES),
        tracks=partial(tracks, genres=genres, largest=largest),
    )


def tracks(root: Path | None, genres: Sequence[str] = (), largest: int = 0) -> list[Track] | Table:
    """List the recordings of some genres; where there are none, read the tables of features.

    Parameters
    ----------
    genres
        Each must have tracks. None given: those that have most tracks.
    largest
        How many genres to take if none is given; fewer if there are fewer.

    Raises
    ------
    DatasetError
        If the folder is not laid out as `LAYOUT` says, or a genre has no tracks.
    """
    if root is None or not root.is_dir():
        raise DatasetError(
            f"FMA needs a folder, which {root} is not. Name one (--data) that holds {LAYOUT}."
        )
    facts = _facts(root)
    if files := _recordings(root):
        chosen, _ = _choose(facts[facts.index.isin(list(files))], genres, largest)
        named = _named(chosen)
        return [
            Track(path=files[track_id], **dict(zip(named.columns, fact, strict=True)))
            for track_id, fact in zip(chosen.index, named.to_numpy(), strict=True)
        ]
    if tables := _features(root):
        return _table(facts, tables, genres, largest)
    raise DatasetError(f"{root} holds neither features nor recordings. It must hold {LAYOUT}.")


# --------------------------------------------------------------------------------- reading files


def _recordings(root: Path) -> dict[str, Path]:
    """MP3 files of the largest subset that is there, by track id."""
    for folder in AUDIO:
        if files := sorted((root / folder).glob("[0-9]*/[0-9]*.mp3")):
            return {path.stem: path for path in files}
    return {}


def _facts(root: Path) -> pd.DataFrame:
    """The columns that `FACTS` names, of all tracks."""
    if path := _find(root, "tracks.csv"):
        facts = _read(path, FACTS, header=[0, 1], dtype=str, keep_default_na=False)
        facts = facts.set_axis(list(FACTS.values()), axis=1)
        return facts.assign(split=facts["split"].map(SPLIT_OF_SET))
    if path := _find(root, ONE_TABLE):
        # The names of artists and songs may be "NA" or "None": only empty cells are empty.
        facts = _read(path, FACTS_IN_ONE_TABLE, dtype=str, keep_default_na=False)
        return facts.rename(columns=FACTS_IN_ONE_TABLE).assign(split=None)
    raise DatasetError(f"There are no facts of FMA's tracks in {root}. It must hold {LAYOUT}.")


def _features(root: Path) -> dict[str, pd.DataFrame]:
    """Features by set, where there are some; columns in the order of the set."""
    tables = {}
    if path := _find(root, "echonest.csv"):
        columns = [("echonest", "audio_features", name) for name in echonest.NAMES]
        tables["echonest"] = _numbers(path, columns, header=[0, 1, 2])
    elif path := _find(root, ONE_TABLE):
        tables["echonest"] = _numbers(path, echonest.NAMES)
    if path := _find(root, "features.csv"):
        columns = list(fma518.multiindex(fma518.FEATURES.names))
        tables["fma518"] = _numbers(path, columns, header=[0, 1, 2])
    return tables


def _find(root: Path, name: str) -> Path | None:
    folders = (root, root / "fma_metadata")
    paths = [folder / file for folder in folders for file in (name, f"{name}.gz")]
    return next((path for path in paths if path.is_file()), None)


def _numbers(path: Path, columns: Iterable[Any], **options: Any) -> pd.DataFrame:
    """Columns of a file as numbers, NaN where there is none."""
    import pandas as pd

    return _read(path, columns, **options).apply(pd.to_numeric, errors="coerce")


def _read(path: Path, columns: Iterable[Any], **options: Any) -> pd.DataFrame:
    """Columns of a file, by track id in six digits as FMA's recordings are named."""
    import pandas as pd

    try:
        table = pd.read_csv(path, index_col=0, low_memory=False, **options)
        table.index = pd.Index([f"{int(n):06d}" for n in table.index], name="track_id")
    except (ValueError, OSError, EOFError) as error:
        raise DatasetError(f"{path} is not as FMA published it: {error}. Get it again.") from error
    if missing := [column for column in columns if column not in table.columns]:
        raise DatasetError(
            f"{path} lacks {len(missing)} columns, the first being {missing[0]}. Get it again from "
            "https://github.com/mdeff/fma."
        )
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()][0]
        raise DatasetError(f"{path} has track {twice} twice. Get it again.")
    return table[list(columns)]


# ------------------------------------------------------------------------------ choosing tracks


def _choose(
    facts: pd.DataFrame, genres: Sequence[str], largest: int
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Facts of the tracks that stay, sorted by id, and what was counted."""
    of_one = facts[facts["genre"] != ""]
    counts = of_one["genre"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if counts.empty:
        raise DatasetError(f"None of FMA's tracks that are here has a genre. Needed: {LAYOUT}.")
    if absent := [genre for genre in genres if genre not in counts]:
        raise DatasetError(
            f"FMA's tracks that are here have none of {', '.join(absent)}, only of "
            f"{', '.join(counts.index)}. Add a larger subset, or build fma-nine."
        )
    genres = list(genres) or list(counts.index[:largest])
    chosen = of_one[of_one["genre"].isin(genres)]
    several = chosen.groupby("artist_id")["genre"].transform("nunique") > 1
    artists = chosen.loc[several, "artist_id"].nunique()
    notes = (
        f"Tracks that have no single top genre and are left out: {len(facts) - len(of_one):,}.",
        f"Genres by their number of tracks, of {len(counts)} that there are: "
        f"{', '.join(f'{genre} {counts[genre]:,}' for genre in counts.index if genre in genres)}.",
        f"Tracks by artists who have tracks in several of these genres: {several.sum():,}, by "
        f"{artists:,} artists.",
    )
    return chosen.sort_index(), notes


def _named(facts: pd.DataFrame) -> pd.DataFrame:
    """The columns of `Track` but ``path``; where artists share a name, their number tells them."""
    artists = facts.drop_duplicates("artist_id").set_index("artist_id")["artist"]
    shared = artists.str.strip().str.casefold().duplicated(keep=False) | (artists == "")
    names = artists.mask(shared, artists + " (FMA " + artists.index + ")").str.strip()
    named = facts.assign(artist=facts["artist_id"].map(names), fault="").reset_index()
    # Where nothing is known pandas has NaN; a track has None.
    named["split"] = named["split"].astype(object).where(named["split"].notna(), None)
    return named[["track_id", "genre", "artist", "title", "split", "fault"]]


def _table(
    facts: pd.DataFrame, tables: Mapping[str, pd.DataFrame], genres: Sequence[str], largest: int
) -> Table:
    finite = {
        name: table.loc[np.isfinite(table.to_numpy()).all(axis=1)].sort_index()
        for name, table in tables.items()
    }
    with_rows = np.logical_or.reduce([facts.index.isin(t.index) for t in finite.values()])
    chosen, notes = _choose(facts[with_rows], genres, largest)
    incomplete = tuple(
        f"Rows of {name} left out because numbers are missing or infinite: "
        f"{len(tables[name]) - len(table):,}."
        for name, table in finite.items()
    )
    return Table(
        tracks=_named(chosen),
        rows={name: _rows(table, chosen.index) for name, table in finite.items()},
        notes=(*incomplete, *notes),
    )


def _rows(table: pd.DataFrame, ids: pd.Index) -> Rows:
    """Features of the tracks that have some, in the tracks' order."""
    place = ids.get_indexer(table.index)  # -1: the track was not chosen
    X = table.to_numpy(np.float32)[place >= 0]
    return Rows(X, place[place >= 0].astype(np.int64))
