"""Labels corrected step by step, what is asked first, and what a head learns from them."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import DatasetError
from pipeline.evaluation.scores import RESERVED
from pipeline.teaching.labelling import Lesson, Overlay, Step, movement, queue, retrained

GENRES = ("folk", "techno")


def tracks_of(n: int, wrong: tuple[int, ...] = ()) -> tuple[pd.DataFrame, np.ndarray]:
    """Tracks of two genres, two an artist, which five numbers tell apart; some labels are wrong."""
    rng = np.random.default_rng(0)
    truth = np.array([GENRES[i // 2 % 2] for i in range(n)])
    X = rng.normal(size=(n, 20)).astype(np.float32)
    X[:, :5] += np.where(truth == "techno", 5, -5)[:, None]
    genre = truth.copy()
    for i in wrong:
        genre[i] = GENRES[1 - GENRES.index(truth[i])]
    artist = [f"artist {i // 2}" for i in range(n)]
    index = pd.Index([f"t{i}" for i in range(n)])
    return pd.DataFrame({"genre": genre, "artist": artist}, index).astype(object), X


# ------------------------------------------------------------------------------------------- steps


def test_labels_are_those_given_with_corrections_on_top() -> None:
    """What came with the collection stays as it is; each step says what was before and after."""
    given = {"a": "rock", "b": ""}
    overlay = Overlay(given)
    assert overlay.label("a", "folk").old == "rock"
    assert overlay.label("b", "folk").old == ""
    assert overlay.labels() == {"a": "folk", "b": "folk"}
    assert given == {"a": "rock", "b": ""}
    assert overlay.table()[["track_id", "old", "new"]].to_numpy().tolist() == [
        ["b", "", "folk"],
        ["a", "rock", "folk"],
    ]


def test_undo_restores_whichever_step_it_is() -> None:
    """Of two labels of a track either can be taken back; nothing is removed from the list."""
    overlay = Overlay({"a": "rock"})
    overlay.label("a", "folk")
    overlay.label("a", "techno")
    overlay.undo(0)
    assert overlay.labels() == {"a": "techno"}
    back = overlay.undo(1)
    assert (back.old, back.new, back.undoes) == ("techno", "rock", 1)
    assert overlay.labels() == {"a": "rock"}
    assert len(overlay.steps) == 4
    assert overlay.table().empty
    with pytest.raises(DatasetError, match="no step 1 to be undone"):
        overlay.undo(1)


def test_undo_of_the_last_label_brings_the_one_before() -> None:
    """The label of a step that still counts, not the one that the track came with."""
    overlay = Overlay({"a": "rock"})
    overlay.label("a", "folk")
    overlay.label("a", "techno")
    assert overlay.undo(1).new == "folk"
    assert overlay.labels() == {"a": "folk"}


def test_a_new_genre_is_spelled_as_it_is_already() -> None:
    """Capitals, blanks, and composed or decomposed accents make no other genre."""
    overlay = Overlay({"a": "Rock", "b": "Forró"})
    overlay.label("a", "  Shoegaze ")
    for written, known in (
        ("rock", "Rock"),
        (unicodedata.normalize("NFD", "forró"), "Forró"),
        ("SHOEGAZE", "Shoegaze"),
        ("folk", "folk"),
    ):
        assert overlay.spelled(written) == known


@pytest.mark.parametrize(
    ("genre", "message"),
    [("  ", "Write a letter"), ("?!", "Write a letter"), ("x" * 61, "has 61 characters")]
    + [(name, "a column of the tables") for name in sorted(RESERVED)[:3]],
)
def test_what_can_be_no_genre_is_refused(genre: str, message: str) -> None:
    """In a sentence, and no step is added."""
    overlay = Overlay({"a": "rock"})
    with pytest.raises(DatasetError, match=message):
        overlay.label("a", genre)
    assert overlay.steps == []


def test_a_step_that_cannot_be_written_down_does_not_count() -> None:
    """What is shown is what is kept."""

    def full(step: Step) -> None:
        raise DatasetError("The disk is full.")

    overlay = Overlay({"a": "rock"}, keep=full)
    with pytest.raises(DatasetError, match="disk is full"):
        overlay.label("a", "folk")
    assert overlay.labels() == {"a": "rock"}


def test_genres_keep_their_place() -> None:
    """The largest first; labels that change move none of them, new ones come last."""
    overlay = Overlay({"a": "rock", "b": "folk", "c": "folk", "d": ""})
    assert overlay.genres() == ["folk", "rock"]
    overlay.label("d", "ambient")
    for track_id in "bc":
        overlay.label(track_id, "rock")
    assert overlay.genres() == ["folk", "rock", "ambient"]


# ---------------------------------------------------------------------------------------- learning


def test_what_can_be_told_apart_is_learnt_and_tested_by_artist() -> None:
    """Separable genres are answered rightly on artists that the head did not hear."""
    lesson = retrained(*tracks_of(40))
    assert lesson.accuracy is not None
    assert lesson.accuracy.value == 1
    assert lesson.accuracy.low < 1
    assert len(lesson.tested) == 40
    assert (lesson.tested.groupby("artist")["fold"].nunique() == 1).all()


def test_the_most_disputed_track_comes_first() -> None:
    """Two wrong labels are in front, with the answer that disputes them."""
    tracks, X = tracks_of(60, wrong=(10, 33))
    first = queue(tracks, retrained(tracks, X)).iloc[:2]
    assert set(first.index) == {"t10", "t33"}
    assert (first["answer"] != first["genre"]).all()
    assert first["doubt"].min() > 0.5


def test_the_least_sure_of_tracks_without_a_label_comes_first() -> None:
    """A track between two genres is asked before those that are clear, which are answered."""
    tracks, X = tracks_of(40)
    tracks.loc[["t0", "t1", "t2"], "genre"] = ""
    X[1] = X[[0, 2]].mean(axis=0)
    asked = queue(tracks, retrained(tracks, X))
    assert asked.index[0] == "t1"
    assert asked.loc["t0", "answer"] == "folk"
    assert asked.loc["t2", "answer"] == "techno"
    assert asked.loc["t1", "doubt"] == pytest.approx(1 - asked.loc["t1", "probability"])


def test_what_was_labelled_is_not_asked_again() -> None:
    """However disputed it is."""
    tracks, X = tracks_of(40, wrong=(10,))
    assert "t10" not in queue(tracks, retrained(tracks, X), done={"t10"}).index


def test_without_a_head_what_has_no_label_comes_first() -> None:
    """In the order of the collection, with no answers."""
    tracks, X = tracks_of(10)
    tracks.loc["t5", "genre"] = ""
    lesson = retrained(tracks, X)
    assert lesson.head is None
    assert lesson.accuracy is None
    asked = queue(tracks, lesson)
    assert asked.index.tolist() == ["t5", *(f"t{i}" for i in range(10) if i != 5)]
    assert asked["answer"].isna().all()


def test_a_genre_of_few_tracks_is_not_yet_known() -> None:
    """Seven are counted and never an answer; its labels are not disputed. Eight do."""
    tracks, X = tracks_of(60)
    X[:8] += 20
    tracks.loc[tracks.index[:8], "artist"] = [f"other {i}" for i in range(8)]
    tracks.loc[tracks.index[:7], "genre"] = "shoegaze"
    lesson = retrained(tracks, X)
    assert lesson.unknown == {"shoegaze": 7}
    assert "shoegaze" not in lesson.answers
    assert set(queue(tracks, lesson).index[-7:]) == {f"t{i}" for i in range(7)}
    tracks.loc["t7", "genre"] = "shoegaze"
    lesson = retrained(tracks, X)
    assert lesson.unknown == {}
    assert (lesson.tested.loc["t0":"t7", "predicted"] == "shoegaze").all()


def test_copies_count_once_and_conflicts_not_at_all() -> None:
    """The same sound stands on one side only; under two labels nobody knows which is right."""
    tracks, X = tracks_of(40)
    X[5], X[20] = X[4], X[18]
    tracks.loc["t4":"t5", "genre"] = "folk"
    tracks.loc[["t18", "t20"], "genre"] = ["folk", "techno"]
    lesson = retrained(tracks, X)
    assert {"t5", "t18", "t20"}.isdisjoint(lesson.tested.index)
    assert "t4" in lesson.tested.index
    copies = retrained(tracks.iloc[[0] * 8 + [2] * 8], X[[0] * 8 + [2] * 8])
    assert copies.head is None
    assert copies.unknown == {"folk": 1, "techno": 1}


def test_a_reserved_name_from_a_folder_stops_nothing() -> None:
    """Tracks in a folder called like a column are not learnt, and the rest is."""
    tracks, X = tracks_of(60)
    tracks.loc[tracks.index[:10], "genre"] = "genre"
    lesson = retrained(tracks, X)
    assert lesson.head is not None
    assert list(lesson.head.classes_) == list(GENRES)


# ---------------------------------------------------------------------------------------- movement


def answered(predicted: list[str], truth: list[str]) -> Lesson:
    """A lesson with these answers, each about an artist's only track."""
    tested = pd.DataFrame({"genre": truth, "predicted": predicted})
    tested["artist"] = [f"artist {i}" for i in range(len(truth))]
    tested["right"] = tested["predicted"] == tested["genre"]
    return Lesson(None, tested, pd.DataFrame(), {})


def test_movement_is_judged_by_the_labels_of_now() -> None:
    """Labels that were changed to what had been answered before are no progress."""
    predicted = ["folk"] * 20
    before = answered(predicted, ["techno"] * 20)
    moved = movement(before, answered(predicted, ["folk"] * 20))
    assert moved == (0, 0, 0)


def test_movement_is_paired_by_track() -> None:
    """Half of the tracks became right and none wrong: fifty points, surely above zero."""
    truth = ["folk"] * 40
    before = answered(["techno"] * 20 + ["folk"] * 20, truth)
    moved = movement(before, answered(truth, truth))
    assert moved is not None
    assert moved.value == pytest.approx(0.5)
    assert 0.3 < moved.low < 0.5 < moved.high < 0.7


def test_movement_of_one_artist_says_nothing() -> None:
    """An interval needs two."""
    assert movement(answered(["folk"], ["folk"]), answered(["folk"], ["folk"])) is None
