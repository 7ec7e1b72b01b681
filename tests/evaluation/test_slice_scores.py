"""Accuracies on slices, raw and within genres, and what little is left cannot tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.predictions import TRACKS, table_of

from pipeline.evaluation.scores import accuracy, per_genre
from pipeline.evaluation.slice_scores import by_bin, cautions, meaningful


def predictions(right: list[bool], tracks: pd.DataFrame) -> pd.DataFrame:
    """A model that is right on these tracks, and says polka to others."""
    predicted = np.where(right, tracks["genre"], "polka").tolist()
    table = table_of(tracks["genre"].tolist(), predicted, tracks["artist"].tolist())
    return table.assign(track_id=tracks["track_id"])


def test_accuracy_by_bin_is_that_of_its_tracks() -> None:
    """Counts and accuracies by hand; one artist alone says nothing; order does not matter."""
    table = predictions([True, False, True, True, False, True], TRACKS).iloc[::-1]
    found = by_bin(table, TRACKS, "collection").set_index("slice")
    assert found["n"].to_dict() == {
        "collection:one": 1,
        "collection:two": 3,
        "collection:none": 1,
        "collection:unknown": 1,
    }
    assert found["accuracy"].tolist() == pytest.approx([1, 2 / 3, 1, 0])
    two = table[table["track_id"].isin(list("cef"))]
    assert tuple(found.loc["collection:two", ["accuracy", "low", "high"]]) == accuracy(two)
    assert tuple(found.loc["collection:one", ["low", "high"]]) == (0, 1)  # one artist says nothing
    assert np.isnan(found.loc["collection:one", "within_low"])


def test_within_genres_takes_the_mix_of_genres_out() -> None:
    """An easy genre in one bin and a hard one in the other: nothing is left; what is added is."""
    rng = np.random.default_rng(0)
    n = 4000
    genre = rng.choice(["easy", "hard"], n)
    likely = np.where(genre == "easy", 0.9, 0.1)
    old = rng.random(n) < likely  # of the easy genre most are old
    tracks = pd.DataFrame({"genre": genre, "artist": [f"a{i // 4}" for i in range(n)]})
    tracks = tracks.assign(track_id=[f"t{i}" for i in range(n)], heard=old)
    for effect in (0.0, 0.08):
        right = rng.random(n) < likely + np.where(old, effect, 0)
        found = by_bin(predictions(right, tracks), tracks, "heard").set_index("slice")
        raw = found.loc["heard:yes", "accuracy"] - found.loc["heard:no", "accuracy"]
        assert raw > 0.5
        within = found.loc["heard:yes", "within"] - found.loc["heard:no", "within"]
        genre_mean = pd.Series(right).groupby(genre).transform("mean")
        beyond = pd.Series(right) - genre_mean
        assert found.loc["heard:yes", "within"] == pytest.approx(beyond[old].mean())
        inside = found.loc["heard:yes", "within_low"] <= 0 <= found.loc["heard:yes", "within_high"]
        assert inside == (effect == 0)
        assert (within > 0.01) == (effect > 0)


def test_within_the_genre_itself_there_is_nothing() -> None:
    """By genre, the figure would be zero by definition, and is missing."""
    table = predictions([True, False, True, True, False, True], TRACKS)
    assert by_bin(table, TRACKS, "genre")["within"].isna().all()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("abf", ["by 2 artists only", "all rock"]),
        ("ab", ["by one artist", "all rock"]),
        ("ac", ["by 2 artists only"]),
    ],
)
def test_little_that_is_left_is_cautioned_against(rows: str, words: list[str]) -> None:
    """One genre, one artist and few artists each have a sentence, and only these."""
    found = cautions(TRACKS[TRACKS["track_id"].isin(list(rows))])
    assert len(found) == len(words)
    for sentence, part in zip(found, words, strict=True):
        assert part in sentence


def test_scores_without_meaning_are_missing() -> None:
    """Genres without tracks have no score; one genre alone has no precision and no F1."""
    table = table_of(["a", "a", "b"], ["a", "b", "b"])
    two = meaningful(per_genre(table, ["a", "b", "c"]))
    assert two.loc["a", ["precision", "recall", "support"]].tolist() == [1, 0.5, 2]
    assert two.loc["c"].isna().tolist() == [True, True, True, False, True]
    one = meaningful(per_genre(table.head(2), ["a", "b", "c"]))
    assert one.loc["a", "recall"] == 0.5
    assert one.loc["a", ["precision", "f1"]].isna().all()
