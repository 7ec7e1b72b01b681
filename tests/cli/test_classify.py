"""The command classify: predictions of recordings as rows."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from support.commands import run

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

MODEL = "logistic_ovr"
KEYS = [
    "path",
    "model",
    "genre",
    "verdict",
    "outside",
    "confidence",
    "second",
    "second_confidence",
    "probabilities",
    "raw",
    "windows",
    "condition",
    "seconds",
]


def test_classify_gives_one_object_a_line(
    synthetic: Artifacts, at: list[str], songs: list[Path]
) -> None:
    """The keys that scripts rely on, for each file in its order."""
    done = run("classify", *songs, "-b", "synthetic", "-m", MODEL, "-f", "json", *at)
    assert done.code == 0
    assert [row["path"] for row in done.rows] == [str(path) for path in songs]
    assert [row["genre"] for row in done.rows] == ["drone", "pulse"]
    for row in done.rows:
        assert list(row) == KEYS
        assert row["model"] == MODEL
        assert list(row["probabilities"]) == synthetic.classes
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert list(row["raw"]) == synthetic.classes
        assert sum(row["raw"].values()) == pytest.approx(1, abs=1e-5)
        assert row["confidence"] == pytest.approx(row["probabilities"][row["genre"]])
        ranked = sorted(row["probabilities"], key=row["probabilities"].get, reverse=True)
        assert [row["genre"], row["second"]] == ranked[:2]
        assert row["second_confidence"] == pytest.approx(row["probabilities"][row["second"]])
        assert row["condition"] == []
        assert row["seconds"] >= row["windows"][-1]["end"]
        for window in row["windows"]:
            assert set(window) == {"start", "end", "probabilities"}
            assert list(window["probabilities"]) == synthetic.classes
            assert sum(window["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_classify_goes_on_after_an_unreadable_file(
    at: list[str], songs: list[Path], tmp_path: Path
) -> None:
    """The bad file has its reason on its own line, the next is answered; exit code 1."""
    bad = tmp_path / "bad.mp3"
    bad.write_text("la la la")
    files = (songs[0], bad, tmp_path / "none.wav", songs[1])
    done = run("classify", *files, "-b", "synthetic", "-m", MODEL, "-f", "json", *at)
    assert done.code == 1
    assert [row["path"] for row in done.rows] == [str(path) for path in files]
    assert [set(row) for row in done.rows[1:3]] == [{"path", "error"}] * 2
    assert "no audio file" in done.rows[1]["error"]
    assert "There is no file" in done.rows[2]["error"]
    assert [done.rows[n]["genre"] for n in (0, 3)] == ["drone", "pulse"]


def test_classify_with_all_models(synthetic: Artifacts, at: list[str], songs: list[Path]) -> None:
    """One line a model, all of the same file."""
    done = run("classify", songs[0], "-b", "synthetic", "--model", "all", "-f", "json", *at)
    assert done.code == 0
    assert [row["model"] for row in done.rows] == list(synthetic.models)
    assert {row["genre"] for row in done.rows if row["model"] != "dummy_prior"} == {"drone"}


def test_classify_as_csv_and_table(at: list[str], songs: list[Path], tmp_path: Path) -> None:
    """A column a genre, an error in its own column; neither windows nor what is not calibrated."""
    files = (songs[0], tmp_path / "none.wav")
    words = ("classify", *files, "-b", "synthetic", "-m", MODEL, *at)
    in_csv, table = run(*words, "-f", "csv"), run(*words)
    assert in_csv.code == table.code == 1
    first, second = csv.DictReader(io.StringIO(in_csv.out))
    assert first["genre"] == "drone"
    assert float(first["drone"]) == pytest.approx(float(first["confidence"]))
    assert not {"windows", "raw"} & set(first)
    assert "There is no file" in second["error"]
    assert float(first["pulse"]) <= float(first["second_confidence"])
    assert "drone" in table.out
    assert "second_confidence" in table.out
    assert "There is no file" in table.out


def test_classify_asks_for_the_model_before_the_files(at: list[str], tmp_path: Path) -> None:
    """A mistyped model is an error before anything is decoded, and nothing is written."""
    done = run("classify", tmp_path / "none.wav", "-b", "synthetic", "-m", "svm", *at)
    assert (done.code, done.out) == (2, "")
    assert "no model called 'svm'" in done.err
