"""Your own collection: genres from folders, tags or a table, and artists as well as known."""

from __future__ import annotations

import re
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipeline import threads
from pipeline.audio.decoding import tags
from pipeline.datasets import Dataset, Listing, Track
from pipeline.datasets.common import files, spelling, tables
from pipeline.errors import AudioError, DatasetError
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    from typing import Literal

    Facts = dict[str, str]

LAYOUT = (
    "<genre>/<clip>.<audio extension> for two genres or more, clips also in folders below a "
    "genre's, such as <genre>/<artist>/<album>/, and if you like artists.csv or tracks.csv with "
    "the columns path (from the folder, e.g. rock/one.mp3), artist and, where you want them, "
    "title, album, year and split (train, valid or test)"
)
NOTES = (
    "The labels are yours. Nobody but you has checked them.",
    "Artists are those of the table, else of the files' tags, else of the folders. A clip whose "
    "artist nobody says counts as an artist of its own. If one artist has several such clips, say "
    "so in artists.csv, or scores will be too good.",
)

FOLDERS, TAGS = "folders", "tags"  # where genres may come from, beside a table
NO_GENRE = {
    FOLDERS: "It lies in no genre's folder. Move it into one.",
    TAGS: "Its tags name no genre. Write one into them.",
}
NOT_IN_TABLE = "The table names no genre for it. Add a row."
TABLES = ("artists.csv", "tracks.csv")
KNOWN = ("artist", "album", "title", "year")
SPLITS = ("train", "valid", "test")
# What stands in place of an artist; tracks of an album by several would count as by one.
NOBODY = {"various", "variousartists", "va", "unknown", "unknownartist"}
DISC = re.compile(r"(cd|dis[ck])[ _-]*\d+", re.IGNORECASE)


def tracks(root: Path | None, genre_from: str = FOLDERS, progress: Progress = silent) -> Listing:
    """List the clips, sorted by id, which is the path from the folder.

    Links are followed. Hidden files and folders, and files that are no audio, are counted. Of a
    genre or an artist in several spellings the most common one counts.

    Parameters
    ----------
    genre_from
        ``"folders"``: the folder in `root` that a clip lies in; ``"tags"``: its first genre there;
        else the path of a table with the columns ``path, genre``.

    Raises
    ------
    DatasetError
        If there are clips of fewer than two genres, or a table does not fit the clips.
    """
    every = everything(root, genre_from, progress)
    _check_genres(root, genre_from, {t.genre for t in every.tracks if t.genre})
    reason = NO_GENRE.get(genre_from, NOT_IN_TABLE)
    nameless = {t.track_id: reason for t in every.tracks if not t.genre}
    labelled = [track for track in every.tracks if track.genre]
    return Listing(labelled, every.notes, {**every.left_out, **nameless})


def everything(
    root: Path | None, genre_from: str = FOLDERS, progress: Progress = silent
) -> Listing:
    """List all clips like `tracks`, and those without a genre too; theirs is an empty text.

    Raises
    ------
    DatasetError
        If there is no such folder, or a table does not fit the clips.
    """
    if root is None or not root.is_dir():
        raise DatasetError(
            f"Your own collection needs a folder, which {root} is not. Name one (--data) that "
            f"holds {LAYOUT}."
        )
    found = files.search(root)
    rows, gone = _artists(root, found.recordings)
    said = _said(found.recordings, progress)
    # Of other files it is told why they cannot be read when they are to be heard.
    out = {i: why for i, why in said.items() if isinstance(why, str) and genre_from == TAGS}
    facts = {i: each for i, each in said.items() if isinstance(each, dict)}
    genres = _genres(genre_from, found.recordings, facts)
    clips = [
        _track(i, path, genres.get(i, ""), facts.get(i, {}) | rows.get(i, {}))
        for i, path in found.recordings.items()
        if i not in out
    ]
    listed, spelt = _spelt([_with_folders(t, genre_from == FOLDERS) for t in clips])
    return Listing(listed, (*found.notes, *gone, *spelt), {**found.left_out, **out})


def _said(clips: dict[str, Path], progress: Progress) -> dict[str, Facts | str]:
    """What the tags of each clip say, by id, or why they cannot be read."""
    read = tracked(threads.in_order(_tags, clips.values()), "Read tags", len(clips), progress)
    return dict(zip(clips, read, strict=True))


def _track(track_id: str, path: Path, genre: str, facts: Facts) -> Track:
    """A clip with what its tags and the table say of it; its artist may be empty."""
    year = re.match(r"\d{4}", facts.get("year", ""))
    return Track(
        track_id=track_id,
        genre=genre,
        path=path,
        artist=_somebody(facts.get("artist", "")),
        title=facts.get("title", ""),
        split=cast("Literal['train', 'valid', 'test'] | None", facts.get("split") or None),
        facts={"album": facts.get("album", ""), "year": float(year[0]) if year else nan},
    )


def fits(root: Path) -> bool:
    """Whether folders name the genres: there are some, and no table has a column for them."""
    named = "genre" in tables.header(root / "tracks.csv")
    return root.is_dir() and not named and any(path.is_dir() for path in root.iterdir())


def _with_folders(track: Track, in_genres: bool) -> Track:
    """Artist and album from the folders, where nothing else says them, or nobody as the artist.

    A folder in that of a genre counts as an artist. Elsewhere only two, ``artist/album``, do.
    """
    folders = [name for name in track.track_id.split("/")[in_genres:-1] if not DISC.fullmatch(name)]
    artist, album = (folders or [""])[-2:][0], ""
    if len(folders) > 1:
        album = folders[-1]
    elif not in_genres:
        artist = ""
    album = str(track.facts["album"]) or album
    by = track.artist or _somebody(artist) or track.track_id
    return replace(track, artist=by, facts={**track.facts, "album": album})


def _somebody(artist: str) -> str:
    return "" if spelling.key(artist) in NOBODY else artist


def _spelt(listed: list[Track]) -> tuple[list[Track], list[str]]:
    """Tracks with one spelling of each genre and artist, and what was taken for one genre."""
    genre = spelling.common(track.genre for track in listed)
    artist = spelling.common(track.artist for track in listed if track.artist != track.track_id)
    tracks = [
        replace(t, genre=genre[t.genre], artist=artist.get(t.artist, t.artist)) for t in listed
    ]
    said = spelling.merged(genre)
    return tracks, [f"Spellings that were taken for one genre: {said}."] if said else []


# ------------------------------------------------------------------------------------- tags, genres


def _tags(path: Path) -> Facts | str:
    """What the tags say, without what is empty; or why they cannot be read."""
    try:
        said = tags(path)
    except AudioError as error:
        return str(error)
    said["year"] = said.pop("date", "")
    return {name: said[name] for name in ("genre", *KNOWN) if said.get(name)}


def _genres(genre_from: str, clips: dict[str, Path], said: dict[str, Facts]) -> dict[str, str]:
    """The genre of each clip that has one, by id."""
    if genre_from == FOLDERS:
        found = {i: i.partition("/")[0] for i in clips if "/" in i}
    elif genre_from == TAGS:
        found = {i: re.split(r"[;|\0]", facts.get("genre", ""))[0] for i, facts in said.items()}
    else:
        table = Path(genre_from)
        if not table.is_file():
            raise DatasetError(
                f"Genres cannot come from {genre_from!r}: it is neither {FOLDERS} nor {TAGS}, and"
                " there is no such table."
            )
        rows, _ = _by_clip(table, ("path", "genre"), clips)
        found = {i: row["genre"] for i, row in rows.items()}
    return {i: genre.strip() for i, genre in found.items() if genre.strip()}


def _check_genres(root: Path | None, genre_from: str, genres: set[str]) -> None:
    if len({spelling.key(genre) for genre in genres}) > 1:
        return
    found = f"clips of one genre only, {min(genres)}" if genres else "no clips in folders"
    if genre_from == FOLDERS:
        raise DatasetError(f"{root} has {found}. It must hold {LAYOUT}.")
    found = f"name one genre only, {min(genres)}" if genres else "name no genre"
    source = "The tags of its clips" if genre_from == TAGS else genre_from
    raise DatasetError(f"{root}: {source} {found}. Two are needed at least.")


# --------------------------------------------------------------------------- the table of artists


def _artists(root: Path, clips: dict[str, Path]) -> tuple[dict[str, Facts], list[str]]:
    """What the table says of each clip, by id, and a note; nothing if there is no table."""
    there = [root / name for name in TABLES if (root / name).is_file()]
    if len(there) > 1:
        raise DatasetError(f"{root} has both {' and '.join(TABLES)}. Keep one.")
    if not there:
        return {}, []
    rows, notes = _by_clip(there[0], ("path", "artist"), clips)
    for track_id, row in rows.items():
        if row.get("split", "") not in ("", *SPLITS):
            raise DatasetError(
                f"{there[0]} has the split {row['split']!r} for {track_id}. Write "
                f"{', '.join(SPLITS)} or nothing."
            )
    said = (*KNOWN, "split")
    return {i: {k: row[k] for k in said if row.get(k)} for i, row in rows.items()}, notes


def _by_clip(
    table: Path, required: tuple[str, ...], clips: dict[str, Path]
) -> tuple[dict[str, Facts], list[str]]:
    """Rows of a table by the id of their clip, and a note about those of clips that are gone."""
    rows: dict[str, Facts] = {}
    gone: list[str] = []
    for row in tables.read(table, required):
        place = tables.place(row.pop("path"), clips)
        if place not in clips:
            gone.append(place)
        elif rows.setdefault(place, row) != row:
            raise DatasetError(f"{table} names {place} twice, differently. Remove one row.")
    if gone and not rows:
        example = next(iter(clips), "rock/one.mp3")
        raise DatasetError(
            f"{table} names {gone[0]!r}, and there is no such clip, nor any other that it names."
            f" Give paths from the folder of the clips, e.g. {example}."
        )
    if not gone:
        return rows, []
    note = f"Rows of {table.name} whose clip is not there, such as {gone[0]}: {len(gone)}."
    return rows, [note]


DATASET = Dataset(
    name="folder",
    title="Your own collection",
    licence="As you have it: the recordings are yours to answer for, and none is passed on.",
    citation="None: a folder on this machine, collected by whoever built this benchmark.",
    layout=LAYOUT,
    notes=NOTES,
    tracks=tracks,
    fits=fits,
)
