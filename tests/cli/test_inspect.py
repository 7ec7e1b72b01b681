"""The commands list, verify, scores and report, and how the program fails."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from support.commands import run, run_as_program
from support.damage import rewrite_manifest

from pipeline.cli.inspect import REGISTRIES
from pipeline.registry import discover

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


def test_list_names_everything(synthetic: Artifacts) -> None:
    """Every member of every registry, and what is built, stands in the list."""
    listed = run_as_program("list", GENRESCOPE_ARTIFACTS=synthetic.folder.parent)
    assert listed.code == 0
    words = {tuple(line.split()[:2]) for line in listed.out.splitlines()}
    for folder, constant in REGISTRIES.items():
        assert {(folder, name) for name in discover(f"pipeline.{folder}", constant)} <= words
    assert ("artifacts", "synthetic") in words


def test_an_error_is_one_sentence_of_the_program(synthetic: Artifacts, songs: list[Path]) -> None:
    """Expected failures leave exit code 2, one line on standard error and no traceback."""
    words = ("classify", songs[0], "--benchmark", "synthetic", "--model", "svm")
    done = run_as_program(*words, GENRESCOPE_ARTIFACTS=synthetic.folder.parent)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert "synthetic has no model called 'svm'. There are: " in done.err
    assert len(done.err.splitlines()) == 1


def test_verify_of_sound_artifacts(at: list[str]) -> None:
    """Nothing wrong: exit code 0."""
    assert run("verify", *at)[:2] == (0, "synthetic: all right\n")
    assert run("verify", "synthetic", *at).code == 0


def test_verify_of_damaged_artifacts(synthetic: Artifacts, tmp_path: Path) -> None:
    """Something wrong: exit code 1, and the file is named."""
    folder = shutil.copytree(synthetic.folder, tmp_path / "synthetic")
    (folder / "tracks.parquet").write_bytes(b"")
    done = run("verify", "--artifacts", tmp_path)
    assert done.code == 1
    assert "synthetic: 1 problems" in done.out
    assert "tracks.parquet is not the file" in done.out


def test_verify_reports_another_schema_as_a_problem(synthetic: Artifacts, tmp_path: Path) -> None:
    """A folder that cannot be opened is one more problem; the others are checked all the same."""
    for name in ("a_broken", "synthetic"):
        shutil.copytree(synthetic.folder, tmp_path / name)
    rewrite_manifest(tmp_path / "a_broken", lambda facts: facts.update(schema=99))
    done = run("verify", "--artifacts", tmp_path)
    assert done.code == 1
    assert "synthetic: all right" in done.out


def test_verify_of_an_unknown_benchmark(at: list[str]) -> None:
    """A name that is not there: exit code 2, and those that are."""
    done = run("verify", "gtsan", *at)
    assert done.code == 2
    assert "There are no artifacts called 'gtsan'" in done.err


def known_accuracy(synthetic: Artifacts, model: str, protocol: str) -> float:
    """Accuracy straight from the file."""
    table = pd.read_parquet(synthetic.folder / f"models/{model}/predictions.parquet")
    table = table[table["protocol"] == protocol].set_index("track_id")
    genre = synthetic.tracks.set_index("track_id")["genre"]
    return float((table[synthetic.classes].idxmax(axis=1) == genre.loc[table.index]).mean())


def test_scores_as_json_and_csv(synthetic: Artifacts, at: list[str]) -> None:
    """One row a protocol and model, in both formats, with the accuracy of the stored answers."""
    asked = {(p, m) for p in synthetic.manifest.protocols for m in synthetic.models}
    in_json = run("scores", "synthetic", "--format", "json", *at)
    in_csv = run("scores", "synthetic", "-f", "csv", *at)
    assert (in_json.code, in_csv.code) == (0, 0)
    for rows in (in_json.rows, list(csv.DictReader(io.StringIO(in_csv.out)))):
        assert len(rows) == len(asked)
        assert {(row["protocol"], row["model"]) for row in rows} == asked
        for row in rows:
            accuracy = known_accuracy(synthetic, row["model"], row["protocol"])
            assert float(row["accuracy"]) == pytest.approx(accuracy)


def test_scores_of_one_protocol(synthetic: Artifacts, at: list[str]) -> None:
    """Only that protocol, best model first; an unknown one is an error with the known ones."""
    rows = run("scores", "synthetic", "-p", "artist", "-f", "json", *at).rows
    assert [row["protocol"] for row in rows] == ["artist"] * len(synthetic.models)
    accuracies = [row["accuracy"] for row in rows]
    assert accuracies == sorted(accuracies, reverse=True)
    wrong = run("scores", "synthetic", "-p", "random", *at)
    assert wrong.code == 2
    assert "no protocol called 'random'. There are: artist" in wrong.err


def test_scores_as_table(synthetic: Artifacts, at: list[str]) -> None:
    """The table for people names every model, in a terminal that is wide enough."""
    done = run("scores", "synthetic", "-p", "artist", *at)
    assert done.code == 0
    assert "accuracy" in done.out
    assert all(model in done.out for model in synthetic.models)


def test_build_of_an_unknown_dataset(tmp_path: Path) -> None:
    """Who mistypes a dataset sees which there are; nothing is written."""
    root = tmp_path / "artifacts"
    done = run("build", "gtsan", "--artifacts", root, "--cache", tmp_path / "cache")
    assert done.code == 2
    assert "No dataset is called 'gtsan'. There are: " in done.err
    assert not root.exists()


def test_report_says_where_it_went(tmp_path: Path) -> None:
    """The report is written by the dashboard; one sentence has the whole command, exit code 2."""
    done = run("report", "gtzan", "--output", tmp_path / "report.html")
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    command = f"python -m dashboard report gtzan --output {tmp_path / 'report.html'}"
    assert done.err.strip().endswith(command)
    assert list(tmp_path.iterdir()) == []
