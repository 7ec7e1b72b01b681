"""The command `teach`, as a script meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.commands import Run, run
from support.quick_head import quick_head
from support.songs import song

from pipeline.cli import teach as command

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def taught(mine: Artifacts, music: Path, home: Path, shipped: Path) -> Run:
    """The command on what is kept already, with the answers as JSON."""
    places = ("--home", home, "--artifacts", shipped, "--cache", home.parent / "cache")
    with quick_head():
        return run("teach", music, "--name", "mine", "--format", "json", *places)


def rows(taught: Run, kind: str) -> list[dict[str, object]]:
    """Those of one kind."""
    return [row for row in taught.rows if row["kind"] == kind]


def test_what_was_left_out_is_told(taught: Run) -> None:
    """Each file with its reason, and what a reader should know."""
    assert taught.code == 0
    [left_out] = rows(taught, "left out")
    assert left_out["path"] == "shoegaze/artist 0/0.flac"
    assert "1 of the 8 tracks" in str(left_out["text"])
    assert "The labels are yours. Nobody but you has checked them." in {
        row["text"] for row in rows(taught, "note")
    }


def test_scores_and_curve_are_told(taught: Run) -> None:
    """All tracks were tested by artist, with 5 labels and with all."""
    [score] = rows(taught, "score")
    assert (score["model"], score["protocol"], score["n"]) == ("linear_head", "artist", 36)
    sizes = rows(taught, "learning curve")
    assert [size["labels"] for size in sizes] == [5, 10]
    assert sizes[-1]["accuracy"] == score["accuracy"]
    assert len(rows(taught, "with twice the labels")) == 1


@pytest.mark.usefixtures("quick")
def test_a_table_is_for_people(mine: Artifacts, music: Path, home: Path, shipped: Path) -> None:
    """Scores on standard output; what was left out, and how to go on, on standard error."""
    places = ("--home", home, "--artifacts", shipped, "--cache", home.parent / "cache")
    shown = run("teach", music, *places)
    assert "linear_head" in shown.out
    assert "left out shoegaze/artist 0/0.flac: The genre shoegaze is not yet known" in shown.err
    assert "classify FILE --benchmark mine" in shown.err


def test_files_with_one_reason_are_one_line() -> None:
    """With the first of them and how many more; notes stand as they are."""
    remarks = [{"path": name, "text": "Too short."} for name in "abc"]
    remarks += [{"path": "d", "text": "Empty."}, {"text": "A note."}]
    assert list(command._lines(remarks)) == [
        "left out a and 2 more: Too short.",
        "left out d: Empty.",
        "A note.",
    ]


def test_bad_music_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 2, and nothing was made."""
    song(tmp_path / "music/rock/1.mp3")
    song(tmp_path / "music/folk/2.mp3", 1)
    places = ("--home", tmp_path / "home", "--cache", tmp_path / "cache")
    refused = run("teach", tmp_path / "music", *places)
    assert refused.code == 2
    assert "There are: folk 1, rock 1." in refused.err
    assert list((tmp_path / "home").iterdir()) == []
