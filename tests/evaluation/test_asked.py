"""Scores of answers about another collection, against counts by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import DatasetError
from pipeline.evaluation.asked import Answers, on_same_tracks, results
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.scores import accuracy

CLASSES = ["blues", "jazz", "rock"]
TRACKS = pd.DataFrame(
    {
        "track_id": list("abcdef"),
        "genre": ["blues", "blues", "blues|rock", "rock", "rock", "jazz"],
        "artist": ["Ann", "Ann", "Ben", "Cleo", "Dan", "Eve"],
        "title": "",
    }
).assign(accepted=lambda t: t["genre"])


def said(*genres: str, tracks: str = "abcdef") -> pd.DataFrame:
    """Answers with 0.8 for the genre that is said, and 0.1 for the others."""
    n = [CLASSES.index(genre) for genre in genres]
    table = pd.DataFrame(np.eye(3)[n] * 0.7 + 0.1, columns=CLASSES)
    return table.assign(track_id=list(tracks), window=-1, windows=2, fold=0)


@pytest.fixture
def answers() -> Answers:
    """The second model is right more often; f sounds like a track that is known."""
    worse = said("blues", "rock", "jazz", "blues", "rock", "jazz")
    better = said("blues", "blues", "rock", "rock", "blues", "jazz")
    return Answers(CLASSES, {"worse": worse, "better": better}, {"f": "known"})


def test_scores_are_counts_of_right_answers(answers: Answers) -> None:
    """Of the five that count; a label that stands for two genres is right by either."""
    better, worse = results(on_same_tracks(answers, TRACKS), CLASSES)
    assert [better["model"], worse["model"]] == ["better", "worse"]
    assert (better["n"], better["artists"], better["accuracy"]) == (5, 4, 4 / 5)
    assert worse["accuracy"] == 2 / 5
    assert better["recall"] == {"blues": 1.0, "rock": 2 / 3}
    assert better["genres"]["rock"]["n"] == 3
    assert better["genres"]["rock"]["precision"] == 1.0
    assert better["genres"]["rock"]["f1"] == pytest.approx(4 / 5)
    assert np.isnan(better["macro_f1"])  # all blues is by one artist


def test_intervals_and_pairs_are_those_of_the_pages(answers: Answers) -> None:
    """The same functions as everywhere, over artists, on the same tracks."""
    tables = on_same_tracks(answers, TRACKS)
    better = results(tables, CLASSES)[0]
    assert (better["accuracy"], better["low"], better["high"]) == accuracy(tables["better"])
    [pair] = compare(tables).to_dict("records")
    assert better["against"]["worse"]["difference"] == pytest.approx(2 / 5)
    assert better["against"]["worse"]["p_adjusted"] == pair["p_adjusted"]
    assert "better" not in results(tables, CLASSES)[1]["against"]


def test_models_are_tested_on_the_tracks_that_all_answered() -> None:
    """One that lacks a track takes it from the others, too."""
    few = said("blues", "jazz", tracks="ae")
    tables = on_same_tracks(Answers(CLASSES, {"all": said(*["rock"] * 6), "few": few}), TRACKS)
    assert {name: table["track_id"].tolist() for name, table in tables.items()} == {
        "all": ["a", "e"],
        "few": ["a", "e"],
    }


def test_nothing_left_is_an_error() -> None:
    """With how many were lost, and to what."""
    left_out = dict.fromkeys("bcdef", "no music")
    none = Answers(CLASSES, {"one": said("rock", tracks="a")}, {"a": "known"}, left_out)
    with pytest.raises(DatasetError, match="of 6, 5 could not be read and 1 sound like"):
        on_same_tracks(none, TRACKS)
