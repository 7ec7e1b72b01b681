"""Slices: what texts mean, which tracks they hold, and accuracies on them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd
import pytest
from support.predictions import TRACKS

from pipeline.errors import SliceError
from pipeline.evaluation.leaderboard import leaderboard_of
from pipeline.evaluation.scores import labelled_predictions
from pipeline.evaluation.slices import (
    MOST_CHARACTERS,
    Slice,
    bins,
    chosen,
    columns,
    parse,
    values,
)

INF = np.inf


def held(part: Slice) -> str:
    """Ids of the tracks of a slice."""
    return "".join(TRACKS["track_id"][part.holds(TRACKS)])


def test_facts_are_found_in_the_table() -> None:
    """All but ids, titles, folds, and what is the same for every track."""
    facts = ["genre", "artist", "collection", "seconds", "loudness", "year", "heard"]
    assert columns(TRACKS) == facts


@pytest.mark.parametrize(
    ("text", "tracks", "words"),
    [
        ("genre:rock", "abf", "genre rock"),
        ("artist:w: the band", "f", "artist w: the band"),
        ("collection:unknown", "b", "collection unknown"),
        ("collection:none", "d", "without collection"),
        ("collection:any", "acef", "with collection"),
        ("seconds:3..12", "bc", "length 3 to 12 s"),
        ("seconds:..4", "ab", "length below 4 s"),
        ("seconds:12..", "df", "length from 12 s"),
        ("seconds:unknown", "e", "length unknown"),
        ("loudness:-12..-6.5", "bcd", "loudness −12 to −6.5 LUFS"),
        ("year:2000..2003", "de", "year 2000 to 2003"),
        ("year:unknown", "c", "year unknown"),
        ("heard:yes", "acdf", "heard yes"),
        ("heard:no", "be", "heard no"),
        ("track_id:a,e,f", "aef", "3 chosen tracks"),
        ("track_id:b", "b", "1 chosen track"),
    ],
)
def test_a_text_names_tracks(text: str, tracks: str, words: str) -> None:
    """By hand; the text of the slice that was read is the text again."""
    part = parse(text, TRACKS)
    assert (held(part), part.words, str(part)) == (tracks, words, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rock", "'rock' is no slice.*genre, artist.*genre:jazz"),
        ("mood:sad", "'mood' is no fact of these tracks"),
        ("title:u", "'title' is no fact"),
        ("track_id:", "names no track. Write, for example, track_id:a"),
        ("track_id:x,y", "None of the 2 chosen tracks is here; the first is 'x'"),
        ("genre:polka", "None of these tracks is in the slice genre:polka"),
        ("genre:", "None of these tracks is in the slice genre:"),
        ("seconds:long", "'long' is no range of seconds; write, for example, seconds:"),
        ("seconds:1", "'1' is no range"),
        ("seconds:1..2..3", "is no range"),
        ("seconds:40..10", "None of these tracks"),
        ("seconds:100..", "None of these tracks"),
    ],
)
def test_nonsense_is_said(text: str, sentence: str) -> None:
    """Unknown columns, no ranges and empty slices are errors whose message helps."""
    with pytest.raises(SliceError, match=sentence):
        parse(text, TRACKS)


def test_chosen_tracks_are_read_as_they_are_written() -> None:
    """Whatever their ids hold, and in an address too; an id that is not there is named."""
    ids = ["plain", "a,b", "100%", "%2C", "über alles", "rock/Live: 1", "a&b=c#d+e"]
    tracks = pd.DataFrame({"track_id": [*ids, "other"]})
    [(_, text)] = parse_qsl(urlencode({"slice": str(chosen(ids))}))
    part = parse(text, tracks)
    assert tracks["track_id"][part.holds(tracks)].tolist() == ids
    assert part.missing(tracks) == []
    assert part.missing(tracks.iloc[2:]) == ids[:2]
    assert parse("genre:rock", TRACKS).missing(TRACKS) == []


def test_too_many_tracks_for_an_address_are_refused() -> None:
    """The sentence says about how many fit, and so many do."""
    ids = [f"blues.{n:05}" for n in range(1000)]
    with pytest.raises(SliceError, match=r"1,000 tracks are too many .* about 333 of them"):
        chosen(ids)
    assert len(str(chosen(ids[:333]))) <= len("track_id:") + MOST_CHARACTERS


@pytest.mark.parametrize("column", columns(TRACKS))
def test_choices_are_read_as_they_are_written(column: str) -> None:
    """Each value that is offered has tracks, and its text in an address means the same."""
    for part in values(TRACKS, column):
        assert parse(str(part), TRACKS) == part


@pytest.mark.parametrize("column", ["genre", "collection", "seconds", "loudness", "year", "heard"])
def test_bins_divide_the_tracks(column: str) -> None:
    """Each track is in one bin, also where the value is missing."""
    holds = [part.holds(TRACKS) for part in bins(TRACKS, column)]
    assert (np.sum(holds, axis=0) == 1).all()


def test_ranges_meet_at_rounded_quantiles() -> None:
    """Quartiles 2.399, 2.792 and 15.05 are rounded as far as the next one allows."""
    seconds = [2.0, 2.399365, 2.792063, 15.046531, 30.0]
    tracks = pd.DataFrame({"track_id": range(5), "seconds": seconds})
    assert [part.value for part in bins(tracks, "seconds")] == [
        (-INF, 2.4),
        (2.4, 2.79),
        (2.79, 15.0),
        (15.0, INF),
    ]
    years = pd.DataFrame({"track_id": range(5), "year": [1990, 1991, 1992, 1993, 1993]})
    assert [str(part) for part in bins(years, "year")] == [
        *("year:..1991", "year:1991..1992", "year:1992..1993", "year:1993.."),
    ]


def test_many_texts_divide_by_whether_there_is_one() -> None:
    """Faults that are all different are bins with and without; artists, all named, are none."""
    ids = [f"t{n}" for n in range(40)]
    faults = ["", *ids[1:20], *[""] * 20]
    tracks = pd.DataFrame({"track_id": ids, "artist": ids, "fault": faults})
    assert [part.words for part in bins(tracks, "fault")] == [
        "with known fault",
        "without known fault",
    ]
    assert [int(part.holds(tracks).sum()) for part in bins(tracks, "fault")] == [19, 21]
    assert bins(tracks, "artist") == []
    assert Slice("artist", "t3") in values(tracks, "artist")


def test_a_leaderboard_of_a_slice_scores_it_alone(hand_made) -> None:
    """A leaderboard of jazz is the accuracy of each model on the four jazz tracks."""
    every = {name: labelled_predictions(hand_made, name, "hand") for name in hand_made.models}
    jazz = {name: table[Slice("genre", "jazz").holds(table)] for name, table in every.items()}
    board = leaderboard_of(hand_made, jazz, jazz).set_index("model")
    assert board["accuracy"].to_dict() == {"good": 0.5, "bad": 0.0}
    assert set(board["n"]) == {4}
