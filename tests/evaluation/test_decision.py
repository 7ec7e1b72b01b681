"""What a verdict may be called: from answers near in confidence, of its genre and its length."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.evaluation.decision import Record, decide, record


def answers(*rows: tuple[str, str, float, int, bool], times: int = 1) -> pd.DataFrame:
    """Predicted and true genre, confidence, windows, and whether it is about another collection."""
    names = ["predicted", "genre", "confidence", "windows", "elsewhere"]
    table = pd.DataFrame([*rows] * times, columns=names)
    return table.assign(right=table["predicted"] == table["genre"])


def test_answers_of_the_same_genre_and_length_count_first() -> None:
    """Ten of them are enough; others as sure are left out, and so is what is surer."""
    alike = answers(("rock", "rock", 0.55, 7, False), ("rock", "metal", 0.45, 5, True), times=5)
    longer = answers(("rock", "pop", 0.5, 1, False), ("jazz", "pop", 0.5, 7, False), times=30)
    surer = answers(("rock", "rock", 0.61, 9, False), times=30)
    found = record(pd.concat([alike, longer, surer]), "rock", 0.5, 20)
    assert found == Record(5, 10, 5, same_genre=True, same_length=True, instead="metal")


def test_then_those_of_all_genres_and_then_of_all_lengths() -> None:
    """What is compared is said with the record."""
    few = answers(("rock", "rock", 0.5, 2, False), times=9)
    other = answers(("jazz", "blues", 0.5, 4, False), times=3)
    short = answers(("rock", "rock", 0.5, 1, False), times=4)
    all_genres = record(pd.concat([few, other, short]), "rock", 0.5, 3)
    assert all_genres == Record(9, 12, 0, same_genre=False, same_length=True, instead="blues")
    everything = record(pd.concat([few, short]), "rock", 0.5, 3)
    assert everything == Record(13, 13, 0, same_genre=False, same_length=False, instead="")


def test_nothing_near_is_no_record() -> None:
    """However many answers there are farther away."""
    found = record(answers(("rock", "rock", 0.9, 1, False), times=99), "rock", 0.5, 1)
    assert (found.right, found.n, found.instead) == (0, 0, "")


@pytest.mark.parametrize(
    ("right", "n", "outside", "kind"),
    [
        (8, 10, "", "sure"),
        (79, 100, "", "leaning"),
        (5, 10, "", "leaning"),
        (49, 100, "", "unknown"),
        (9, 9, "", "unknown"),  # too few to tell
        (0, 0, "", "unknown"),
        (10, 10, "folk", "none_of_these"),
    ],
)
def test_words_follow_from_the_record(right: int, n: int, outside: str, kind: str) -> None:
    """And from tags of genres that are not among those that are known."""
    found = decide(Record(right, n, 0, True, True, ""), outside)
    assert (found.kind, found.outside) == (kind, outside)
