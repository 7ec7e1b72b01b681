"""Weak slices are found where there are some, and not where there are none."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control
from support.predictions import table_of

from pipeline.evaluation.slices import Slice
from pipeline.evaluation.weak_slices import TOGETHER, in_words, p_of_difference, weak_slices

INF = np.inf


def made(seed: int, weak: float = 0.0, artists: int = 80) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions by artists of unlike difficulty, less often right on short jazz, and tracks."""
    rng = np.random.default_rng(seed)
    artist = np.repeat(np.arange(artists), 5)
    n = len(artist)
    genre = np.array(["jazz", "rock", "pop"])[artist % 3]
    tracks = pd.DataFrame({"track_id": [f"t{i}" for i in range(n)], "genre": genre})
    tracks = tracks.assign(
        artist=[f"artist {i}" for i in artist],
        seconds=rng.uniform(1, 30, n).round(1),
        loudness=rng.normal(-12, 4, n).round(1),
        collection=rng.choice(["one", "two"], n),
    )
    difficulty = np.repeat(rng.normal(0, 1, artists), 5)
    short_jazz = (tracks["genre"] == "jazz") & (tracks["seconds"] < 8)
    likely = 1 / (1 + np.exp(-1 - difficulty)) - weak * short_jazz
    said = np.where(rng.random(n) < likely, genre, "polka").tolist()
    table = table_of(genre.tolist(), said, tracks["artist"].tolist())
    return table.assign(track_id=tracks["track_id"]), tracks


def test_a_weak_slice_is_found_and_named() -> None:
    """Short jazz is what the trees name, and the leaves together are much weaker than the rest."""
    found = weak_slices(*made(0, weak=0.6, artists=300))
    leaves, every = found.iloc[:-1], found.iloc[-1]
    assert (leaves["words"].str.contains("genre jazz and length below")).all()
    assert (leaves["p_corrected"] < 0.05).any()
    assert every["words"] == TOGETHER
    assert every["n"] == leaves["n"].sum()
    assert every["high"] < every["rest"]
    np.testing.assert_allclose(leaves["p_corrected"], false_discovery_control(leaves["p"]))
    assert np.isnan(every["p"])


def test_noise_has_no_weak_slices() -> None:
    """Where facts say nothing, looking does not find more than one run in twenty or so."""
    runs = [weak_slices(*made(seed)) for seed in range(60)]
    assert sum((run["p_corrected"] < 0.05).any() for run in runs) <= 6


def test_p_exchanges_the_signs_of_artists() -> None:
    """For few artists, the share of all changes of sign that make the first half as weak."""
    right = [False, False, True, False, True, True] + [True] * 5 + [False]
    table = table_of(["a"] * 12, ["a" if r else "b" for r in right], list("uuvvwwxxyyzz"))
    own = np.array([True] * 6 + [False] * 6)
    beyond = np.array(right) - np.mean(right)
    parts = (beyond * np.where(own, 1 / 6, -1 / 6)).reshape(6, 2).sum(axis=1)
    sums = [np.dot(signs, parts) for signs in product([-1, 1], repeat=6)]
    expected = np.mean(np.array(sums) <= parts.sum() + 1e-12)
    assert p_of_difference(table, own) == pytest.approx(expected)


def test_tracks_of_an_artist_are_no_independent_evidence() -> None:
    """Half of forty tracks are wrong: evidence if by forty artists, none if two artists' are."""
    right = [*[True] * 20, *[False] * 20, *[True, True, True, True, False] * 16]
    predicted, own = ["a" if r else "b" for r in right], np.arange(120) < 40
    rest = [f"other {i}" for i in range(80)]
    many = table_of(["a"] * 120, predicted, [*[f"one {i}" for i in range(40)], *rest])
    four = table_of(["a"] * 120, predicted, [*[f"one {i // 10}" for i in range(40)], *rest])
    assert p_of_difference(many, own) < 0.01
    assert p_of_difference(four, own) > 0.05


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            [("genre", "rock", True), ("seconds", (-INF, 3.0), True)],
            "genre rock and length below 3 s",
        ),
        ([("loudness", (-INF, -12.0), False)], "loudness from −12 LUFS"),
        ([("seconds", (-INF, 9.0), True), ("seconds", (-INF, 3.0), False)], "length 3 to 9 s"),
        ([("seconds", (-INF, 9.0), True), ("seconds", (-INF, 3.0), True)], "length below 3 s"),
        ([("genre", "pop", False), ("genre", "rock", True)], "genre rock"),
        (
            [("genre", "pop", False), ("genre", "rock", False)],
            "not genre pop or genre rock",
        ),
        ([("fault", "any", True)], "with known fault"),
        ([("year", (-INF, 1990.0), False)], "year from 1990 or unknown"),
        ([("year", (-INF, 1990.0), False), ("year", "unknown", True)], "year unknown"),
    ],
)
def test_leaves_are_said_in_words(path: list, words: str) -> None:
    """Ranges of one column are joined, and what a text excludes is left out."""
    answers = [(Slice(column, value), held) for column, value, held in path]
    assert in_words(answers, missing=["year"]) == words
    before = [("seconds", "unknown", False), *path]  # says nothing new of a range
    answers = [(Slice(column, value), held) for column, value, held in before]
    if "length" in words:
        assert in_words(answers) == words


def test_missing_values_are_a_slice_too() -> None:
    """Tracks without a length are told apart, and those with one are not called unknown."""
    table, tracks = made(3, artists=200)
    unknown = np.random.default_rng(0).random(len(tracks)) < 0.3
    tracks.loc[unknown, "seconds"] = np.nan
    predicted = np.where(unknown | ~table["right"], "polka", table["genre"])
    table = table.assign(predicted=predicted, right=predicted == table["genre"])
    leaves = weak_slices(table, tracks).iloc[:-1]
    assert leaves["words"].str.contains("length unknown").all()
    assert (leaves["accuracy"] == 0).all()
    assert (leaves["p_corrected"] < 0.01).all()


def test_nothing_to_ask_finds_nothing() -> None:
    """One artist, tracks without facts, and a model that is always right have no weak slice."""
    table, tracks = made(0)
    one = table["artist"] == "artist 0"
    assert weak_slices(table[one], tracks).empty
    assert weak_slices(table, tracks[["track_id"]]).empty
    assert weak_slices(table.assign(right=True), tracks).empty
    assert weak_slices(table.head(0), tracks).empty
