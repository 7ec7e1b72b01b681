"""The command line as a script meets it: exit codes, and what goes to which stream."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import mutagen
import numpy as np
import pandas as pd
import pytest
from audio_files import encoded

from pipeline import __main__ as cli
from pipeline.audio import SAMPLE_RATE, spans, to_wav
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pipeline.artifacts import Artifacts

MODEL = "logistic_ovr"
COMMITTED = Path(__file__).parents[1] / "artifacts"
KEYS = [
    "path",
    "model",
    "genre",
    "confidence",
    "second",
    "second_confidence",
    "probabilities",
    "raw",
    "windows",
    "condition",
    "seconds",
]


class Run(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict]:
        """The objects of ``--format json``."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*words: object) -> Run:
    """Run a command in this process, which spares the imports, in a wide terminal."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["genrescope", *map(str, words)])
        patch.setattr(cli.console, "width", 400)
        with pytest.raises(SystemExit) as left:
            cli.main()
    return Run(int(left.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def at(synthetic: Artifacts) -> list[str]:
    """The options that name the synthetic artifacts."""
    return ["--artifacts", str(synthetic.folder.parent)]


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A drone and a pulse."""
    listed = lookup("pipeline.datasets", "DATASET", "synthetic").tracks(
        tmp_path_factory.mktemp("songs")
    )
    return [{track.genre: track.path for track in listed}[genre] for genre in ("drone", "pulse")]


def as_program(*words: object, root: Path) -> Run:
    """Run the real program."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, words)],
        env=os.environ | {"GENRESCOPE_ARTIFACTS": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def test_list_names_everything(synthetic: Artifacts) -> None:
    """Every member of every registry, and what is built, stands in the list."""
    listed = as_program("list", root=synthetic.folder.parent)
    assert listed.code == 0
    words = {tuple(line.split()[:2]) for line in listed.out.splitlines()}
    for folder, constant in cli.REGISTRIES.items():
        assert {(folder, name) for name in discover(f"pipeline.{folder}", constant)} <= words
    assert ("artifacts", "synthetic") in words


def test_an_error_is_one_sentence_of_the_program(synthetic: Artifacts, songs: list[Path]) -> None:
    """Expected failures leave exit code 2, one line on standard error and no traceback."""
    words = ("classify", songs[0], "--benchmark", "synthetic", "--model", "svm")
    done = as_program(*words, root=synthetic.folder.parent)
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
    facts = json.loads((tmp_path / "a_broken" / "manifest.json").read_text())
    (tmp_path / "a_broken" / "manifest.json").write_text(json.dumps(facts | {"schema": 99}))
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


def test_build_of_an_unknown_dataset(tmp_path: Path) -> None:
    """Who mistypes a dataset sees which there are; nothing is written."""
    root = tmp_path / "artifacts"
    done = run("build", "gtsan", "--artifacts", root, "--cache", tmp_path / "cache")
    assert done.code == 2
    assert "No dataset is called 'gtsan'. There are: " in done.err
    assert not root.exists()


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a song, one that cannot be tagged and one that cannot be read."""
    folder = tmp_path / "album"
    (folder / "b").mkdir(parents=True)
    (folder / "a.mp3").write_bytes(encoded("mp3"))
    (folder / "b" / "bad.flac").write_text("la la la")
    (folder / "b" / "song.webm").write_bytes(encoded("webm opus"))
    (folder / "cover.jpg").write_text("no recording")
    return folder


def on_gtzan(*words: object) -> Run:
    """Ask a model that is stored here."""
    return run("classify", *words, "--model", MODEL, "--artifacts", COMMITTED, "--format", "json")


def test_classify_searches_folders(album: Path) -> None:
    """Every recording in them is answered once, in order, and standard error counts them."""
    done = on_gtzan(album, album / "a.mp3")
    found = [album / "a.mp3", album / "b" / "bad.flac", album / "b" / "song.webm"]
    assert done.code == 1
    assert [row["path"] for row in done.rows] == [str(path) for path in found]
    assert ["error" in row for row in done.rows] == [False, True, False]
    assert "3/3" in done.err


def test_classify_is_silent_about_one_file(album: Path) -> None:
    """Progress is told of several files only."""
    assert on_gtzan(album / "a.mp3")[::2] == (0, "")


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_classify_keeps_what_it_knows_when_interrupted(
    album: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Ctrl-C gives the rows until then, one sentence and exit code 130."""

    def interrupted(path: Path, *_: object) -> list[dict]:
        if path.name == "song.webm":
            raise KeyboardInterrupt
        return [{"path": str(path), "genre": "jazz"}]

    monkeypatch.setattr(cli, "_answered", interrupted)
    done = run("classify", album, "--artifacts", COMMITTED, "--format", form)
    assert done.code == 130
    assert done.out.count("jazz") == 2
    assert done.err.endswith("Interrupted; the files before are answered.\n")


def test_classify_tags_copies(album: Path, tmp_path: Path) -> None:
    """They lie as in the folder; what has no genre or no tags is not copied and is exit code 1."""
    before = {path: path.read_bytes() for path in album.rglob("*.*")}
    copies = tmp_path / "copies"
    done = on_gtzan(album, "--tag-copies", copies)
    song, bad, untagged = done.rows
    assert done.code == 1
    assert song["tagged"] == str(copies / "a.mp3")
    assert mutagen.File(song["tagged"], easy=True)["genre"] == [song["genre"]]
    assert not {"tagged", "genre"} & set(bad)
    assert "genre" in untagged
    assert "No tags can be written" in untagged["error"]
    assert [path for path in copies.rglob("*") if path.is_file()] == [copies / "a.mp3"]
    assert before == {path: path.read_bytes() for path in album.rglob("*.*")}


def test_classify_overwrites_no_copy(album: Path, tmp_path: Path) -> None:
    """A copy that is there stays, and is exit code 1, also if it is the recording itself."""
    (tmp_path / "a.mp3").write_text("mine")
    done = on_gtzan(album / "a.mp3", "--tag-copies", tmp_path)
    assert done.code == 1
    assert f"{tmp_path / 'a.mp3'} exists" in done.rows[0]["error"]
    assert (tmp_path / "a.mp3").read_text() == "mine"
    before = (album / "a.mp3").read_bytes()
    assert on_gtzan(album / "a.mp3", "--tag-copies", album).code == 1
    assert (album / "a.mp3").read_bytes() == before


def test_classify_tags_originals(album: Path) -> None:
    """Only if that was asked for."""
    done = on_gtzan(album / "a.mp3", "--tag-originals")
    assert done.code == 0
    assert done.rows[0]["tagged"] == str(album / "a.mp3")
    assert mutagen.File(album / "a.mp3", easy=True)["genre"] == [done.rows[0]["genre"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tag-originals"], "--model NAME"),
        (["--tag-copies", "copies"], "--model NAME"),
        (["--model", MODEL, "--tag-copies", "copies", "--tag-originals"], "Choose one"),
        (["--model", MODEL, "--tag-copies", "{album}/copies"], "Choose a folder outside"),
        (["--model", MODEL, "--tag-copies", "{album}/cover.jpg"], "is a file"),
    ],
)
def test_classify_refuses_wrong_options(album: Path, words: list[str], message: str) -> None:
    """Exit code 2 with the cure, before anything is read or written."""
    before = sorted(album.rglob("*"))
    words = [word.format(album=album) for word in words]
    done = run("classify", album, "--artifacts", COMMITTED, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert sorted(album.rglob("*")) == before


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A folder with 4 s of noise, and a file that is no audio."""
    folder = tmp_path / "noise"
    folder.mkdir()
    y = np.random.default_rng(0).normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)
    (folder / "a.wav").write_bytes(to_wav(y))
    (folder / "b.mp3").write_text("la la la")
    return folder


def test_features_go_on_after_an_unreadable_file(noise: Path, tmp_path: Path) -> None:
    """The rest is written, the bad file has its sentence on standard error; exit code 1."""
    words = ("--set", "timbre", "--cache", tmp_path / "cache", "--jobs", 1)
    done = run("features", noise, *words)
    assert done.code == 1
    table = pd.read_csv(io.StringIO(done.out))
    assert table["path"].tolist() == [str(noise / "a.wav")] * 2
    np.testing.assert_allclose(table[["start", "end"]], spans(4 * SAMPLE_RATE))
    assert f"{noise / 'b.mp3'}: " in done.err
    assert run("features", noise / "a.wav", *words).out == done.out
    assert run("features", noise / "a.wav", *words).code == 0


def test_features_leave_no_file_if_nothing_is_readable(noise: Path, tmp_path: Path) -> None:
    """Exit code 1 and no output file."""
    words = ("--set", "timbre", "--cache", tmp_path / "cache", "--jobs", 1)
    done = run("features", noise / "b.mp3", *words, "--output", tmp_path / "out.csv")
    assert done.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["noise"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "timbre", "--format", "parquet"], "add --output FILE"),
        (["--set", "timbre", "--fma-header"], "--set fma518 --per track --format csv"),
        (["--set", "timbre", "--jobs", "0"], "--jobs 0"),
        (["--set", "tumbre"], "No features is called 'tumbre'"),
    ],
)
def test_features_refuse_wrong_options(noise: Path, words: list[str], message: str) -> None:
    """Exit code 2 with the cure, before anything is computed."""
    done = run("features", noise, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_features_say_how_to_go_on(noise: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives one sentence and exit code 130."""

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.tables.write", interrupted)
    done = run("features", noise, "--set", "timbre")
    assert done.code == 130
    assert done.err == "Interrupted; the same command goes on where it stopped.\n"
