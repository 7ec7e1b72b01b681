"""A second collection: recordings that models of a first one are asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING

from pipeline.datasets.common.spelling import key
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pipeline.datasets import Track

SEVERAL = "|"  # between the genres that one label stands for
SAME_ARTIST = "its artist is in the collection that models learn from"


@dataclass(frozen=True)
class Second:
    """Recordings of a second collection.

    Attributes
    ----------
    known
        Those whose label stands for genres of the first one, by artists who are not in it.
    other_label
        Those whose label is none of its genres.
    same_artist
        Those by artists who are in both: models may know them.
    """

    known: list[Track]
    other_label: list[Track]
    same_artist: list[Track]


def second(
    tracks: Sequence[Track], name: str, genres: Sequence[str], artists: Collection[str]
) -> Second:
    """Divide the recordings of a second collection by what the first one has.

    Each gets two facts: its ``collection``, and ``accepted``: the genres that its label stands for,
    with | between, written as the first collection writes them.
    Spellings of one `key` are the same.

    Parameters
    ----------
    name
        Of the second collection, for recordings that do not name theirs.
    genres
        Of the first one.
    artists
        `known_artists` of the first one.

    Raises
    ------
    DatasetError
        If no label is one of the genres, or all recordings are by those artists.
    """
    written = {key(genre): genre for genre in genres}
    facts = [_with_facts(track, name, written) for track in tracks]
    shared = {key(artist) for artist in artists}
    by = [t.artist != t.track_id and key(t.artist) in shared for t in facts]
    same, left = (list(compress(facts, chosen)) for chosen in (by, map(not_, by)))
    of = [not set(genres).isdisjoint(t.facts["accepted"].split(SEVERAL)) for t in left]
    if not any(of):
        raise DatasetError(_why_none(name, genres, left, same))
    return Second(list(compress(left, of)), list(compress(left, map(not_, of))), same)


def known_artists(tracks: Iterable[tuple[str, str]]) -> set[str]:
    """Artists of tracks, from pairs of track id and artist: an unknown one is the track's id."""
    return {artist for track_id, artist in tracks if artist != track_id}


def _with_facts(track: Track, name: str, written: dict[str, str]) -> Track:
    label = track.facts.get("accepted", track.genre)
    accepted = [written.get(key(part), part.strip()) for part in label.split(SEVERAL)]
    facts = {"collection": name} | dict(track.facts) | {"accepted": SEVERAL.join(accepted)}
    return replace(track, facts=facts)


def _why_none(
    name: str, genres: Sequence[str], left: Sequence[Track], same: Sequence[Track]
) -> str:
    if same and not left:
        return f"All {len(same)} recordings in {name} are left out: {SAME_ARTIST}."
    labels = sorted({track.genre for track in left})
    return (
        f"No label in {name} is a genre of this benchmark ({', '.join(genres)}); there are"
        f" {', '.join(labels)}. Write labels as they are written here, or several with | between."
    )
