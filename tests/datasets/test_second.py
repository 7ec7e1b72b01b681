"""A second collection in any form: what of it is asked about, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tables import lay_out, write

from pipeline.datasets import Track, folder, form_of, street
from pipeline.datasets.common.second import known_artists, second
from pipeline.errors import DatasetError

HERE = Path("x.wav")
GENRES = ["Hip Hop", "jazz", "pop", "rock"]


def ids(tracks: list[Track]) -> list[str]:
    return [track.track_id for track in tracks]


def test_labels_stand_for_genres_whatever_their_capital_letters() -> None:
    """A label counts as the first collection writes it; those of none of its genres do not."""
    labels = ["JAZZ", "pop | Rock", "hip hop", "polka", "polka|jazz"]
    tracks = [Track(f"t{n}", label, HERE, f"t{n}") for n, label in enumerate(labels)]
    found = second(tracks, "mine", GENRES, ())
    assert {t.track_id: t.facts["accepted"] for t in found.known} == {
        "t0": "jazz",
        "t1": "pop|rock",
        "t2": "Hip Hop",
        "t4": "polka|jazz",
    }
    assert ids(found.other_label) == ["t3"]
    assert {t.facts["collection"] for t in found.known} == {"mine"}


def test_hyphens_and_spaces_make_no_other_genre() -> None:
    """Both collections are spelt as a folder is, whose Hip-Hop and hip hop are one genre."""
    tracks = [Track(f"t{n}", label, HERE, f"t{n}") for n, label in enumerate(("hip-hop", "HipHop"))]
    found = second([*tracks, Track("t2", "jazz", HERE, "AC DC")], "mine", GENRES, {"AC/DC"})
    assert [t.facts["accepted"] for t in found.known] == ["Hip Hop", "Hip Hop"]
    assert ids(found.same_artist) == ["t2"]


def test_what_a_collection_says_of_itself_comes_first() -> None:
    """A track's own collection and the genres that it says its label stands for are kept."""
    facts = {"collection": "radio", "accepted": "pop|rock"}
    [track] = second([Track("a", "poprock", HERE, "a", facts=facts)], "mine", GENRES, ()).known
    assert (track.genre, dict(track.facts)) == ("poprock", facts)


def test_artists_of_both_collections_are_left_out() -> None:
    """However they are written; an unknown artist, whose name is the track's id, is none."""
    artists = known_artists([("1", "Ann"), ("2", "Björk"), ("jazz/3.wav", "jazz/3.wav")])
    assert artists == {"Ann", "Björk"}
    tracks = [
        Track("a", "jazz", HERE, " ann"),
        Track("b", "polka", HERE, "BJO\u0308RK"),
        Track("jazz/3.wav", "jazz", HERE, "jazz/3.wav"),
        Track("d", "jazz", HERE, "Ben"),
    ]
    found = second(tracks, "mine", GENRES, artists)
    assert (ids(found.same_artist), ids(found.known)) == (["a", "b"], ["jazz/3.wav", "d"])


def test_a_collection_that_cannot_test_anything_is_refused() -> None:
    """With its labels, or because of its artists."""
    polka = [Track("a", "polka", HERE, "Ann")]
    with pytest.raises(DatasetError, match=r"No label in mine .*\(Hip Hop, jazz.* are polka\."):
        second(polka, "mine", GENRES, ())
    with pytest.raises(DatasetError, match="All 1 recordings in mine are left out: its artist"):
        second(polka, "mine", GENRES, {"Ann"})


def test_a_folder_tells_its_form(tmp_path: Path) -> None:
    """A table with a column for genres names them; without one, folders do."""
    lay_out(tmp_path, "audio/1.wav", "rock/2.wav")
    assert form_of(tmp_path) is folder.DATASET
    write(tmp_path / "tracks.csv", ["path", "artist"], ["rock/2.wav", "Ann"])
    assert form_of(tmp_path) is folder.DATASET
    write(tmp_path / "tracks.csv", street.REQUIRED, ["1", "rock", "radio", "", "audio/1.wav"])
    assert form_of(tmp_path) is street.DATASET


@pytest.mark.parametrize("place", ["nothing", "file.txt", "empty"])
def test_a_folder_of_no_form_is_refused(tmp_path: Path, place: str) -> None:
    """With what a collection must hold."""
    (tmp_path / "file.txt").write_text("no folder")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"is no collection.*<genre>/<clip>.*; or tracks\.csv"):
        form_of(tmp_path / place)
