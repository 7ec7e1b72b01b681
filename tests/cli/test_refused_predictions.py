"""Files of predictions that are wrong are refused by a sentence, and nothing is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from support.commands import Run, run
from support.odd_benchmarks import Shape, benchmark
from support.other_models import answers, genres, written

from pipeline.artifacts.imported import FACTS
from pipeline.artifacts.places import home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Three genres, twelve tracks by six artists in two folds."""
    return benchmark("odd", Shape(), tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test imports into a folder of its own."""
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))


def refused(odd: Artifacts, file: Path) -> str:
    """The sentence on standard error, after a look at what was written."""
    root = odd.folder.parent
    done = run("import-predictions", "odd", file, "--name", "mine", "--artifacts", root)
    assert done.code == 2
    assert done.out == ""
    assert not home().exists()
    return done.err


def put(table: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    """The table, as text, with another value in one place."""
    text = table.astype(str)
    text.loc[row, column] = str(value)
    return text


WRONG: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "unknown id": (lambda t: put(t, 2, "track_id", "99.9"), "1 of the ids are no tracks of odd"),
    "missing tracks": (lambda t: t.iloc[2:], "2 of the ids are missing: '00.0', '00.1'"),
    "double id": (lambda t: pd.concat([t, t.head(1)]), "there more than once: '00.0'"),
    "other folds": (
        lambda t: t.assign(fold=1 - t["fold"]),
        "The fold of 00.0 is '1', but under artist it is 0; 12 tracks differ",
    ),
    "a fold is missing": (lambda t: put(t, 0, "fold", ""), "The fold of 00.0 is ''"),
    "negative": (
        lambda t: put(put(t, 3, "jazz", -0.25), 3, "rock", 1.25),
        "The probability '-0.25' of jazz for 00.3 is negative",
    ),
    "sum": (
        lambda t: t.assign(blues=t["blues"] * 2),
        "do not sum to 1 (within 0.01). Divide each row by its sum",
    ),
    "decimal comma": (
        lambda t: put(t, 0, "rock", "0,5"),
        "'0,5' of rock for 00.0 is no number. Write numbers with a decimal point",
    ),
    "no number": (lambda t: put(t, 0, "rock", ""), "'' of rock for 00.0 is no number"),
    "infinite": (lambda t: put(t, 0, "rock", "inf"), "'inf' of rock for 00.0 is no number"),
    "unknown genre": (
        lambda t: t.rename(columns={"jazz": "Jazz"}),
        "The column 'Jazz' is no genre of odd, which has blues, jazz, rock",
    ),
    "missing genre": (lambda t: t.drop(columns="jazz"), "none of 'jazz'. Add a column"),
    "no answers": (lambda t: t[["track_id", "fold"]], "neither probabilities"),
    "no ids": (lambda t: t.rename(columns={"track_id": "track"}), "There is no column track_id"),
    "no rows": (lambda t: t.head(0), "holds no predictions"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_refused(odd: Artifacts, tmp_path: Path, wrong: str) -> None:
    """The sentence says what is wrong, the value, and the cure."""
    change, sentence = WRONG[wrong]
    file = written(change(answers(odd)), tmp_path / "p.csv")
    assert sentence in refused(odd, file)


def test_an_unknown_predicted_genre_is_refused(odd: Artifacts, tmp_path: Path) -> None:
    """Genres that are written otherwise are not guessed at."""
    table = put(genres(odd, answers(odd)), 1, "predicted", "Blues")
    err = refused(odd, written(table, tmp_path / "p.csv"))
    assert "'Blues', predicted for 00.1, is no genre. Use one of: blues, jazz, rock." in err


def test_the_true_genres_are_no_predictions(odd: Artifacts, tmp_path: Path) -> None:
    """The exported split itself would be a perfect model; it is refused."""
    file = tmp_path / "split.csv"
    run("export-split", "odd", "--artifacts", odd.folder.parent, "-o", file)
    assert "holds the true genre of every track, as export-split writes it" in refused(odd, file)


HEADER = "track_id,blues,jazz,rock\n"
BYTES = {
    "semicolons": (b"track_id;blues;jazz;rock\n00.0;1;0;0\n", "separated by semicolons"),
    "tabs": (b"track_id\tblues\tjazz\trock\n00.0\t1\t0\t0\n", "separated by tabs"),
    "cp1252": (f"{HEADER}caf\xe9,1,0,0\n".encode("cp1252"), "not UTF-8: byte 0xe9 in line 2"),
    "utf-16": (f"{HEADER}00.0,1,0,0\n".encode("utf-16"), "is not UTF-8: byte 0xff in line 1"),
    "utf-16 without mark": (HEADER.encode("utf-16-le"), "it holds zeros, like UTF-16"),
    "empty": (b"", "holds no predictions"),
    "header only": (HEADER.encode(), "holds no predictions"),
    "uneven": (f"{HEADER}00.0,1,0,0\n00.1,1,0\n".encode(), "Line 3 of"),
    "double column": (b"track_id,blues,blues\n00.0,1,0\n", "The column 'blues' stands there twice"),
    "a long field": (f'{HEADER}"{"x" * 200_000}",1,0,0\n'.encode(), "is no CSV: field larger"),
}


@pytest.mark.parametrize("kind", BYTES)
def test_what_is_no_csv_is_refused(odd: Artifacts, tmp_path: Path, kind: str) -> None:
    """Encodings, separators and uneven lines are named."""
    data, sentence = BYTES[kind]
    (tmp_path / "p.csv").write_bytes(data)
    assert sentence in refused(odd, tmp_path / "p.csv")


def test_other_files_are_refused(odd: Artifacts, tmp_path: Path) -> None:
    """No Parquet inside or too much of it, another ending, or no file at all."""
    pd.DataFrame({"track_id": "00.0", "rock": 1.0}, range(11_000_000)).to_parquet(
        tmp_path / "many.parquet"
    )
    assert "many.parquet holds 22,000,000 cells" in refused(odd, tmp_path / "many.parquet")
    for name in ("p.parquet", "p.xlsx"):
        (tmp_path / name).write_bytes(b"no table")
    assert "p.parquet is no readable Parquet file" in refused(odd, tmp_path / "p.parquet")
    assert "p.xlsx is neither .csv nor .parquet" in refused(odd, tmp_path / "p.xlsx")
    assert "There is no file" in refused(odd, tmp_path / "none.csv")


def test_rounded_probabilities_and_a_byte_order_mark_are_accepted(
    odd: Artifacts, tmp_path: Path
) -> None:
    """Three decimals, the mark that spreadsheets write, blank lines and any order of columns."""
    table = answers(odd)[["rock", "blues", "fold", "jazz", "track_id"]].round(3)
    text = table.to_csv(index=False, lineterminator="\r\n\r\n")
    (tmp_path / "p.csv").write_bytes(text.encode("utf-8-sig"))
    root = odd.folder.parent
    words = ("import-predictions", "odd", tmp_path / "p.csv", "--name", "mine")
    assert run(*words, "--artifacts", root).code == 0
    (stored,) = (home() / "predictions/odd/mine").glob("*.parquet")
    sums = pd.read_parquet(stored)[odd.classes].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(1, abs=1e-6)


def left_out(shown: Run, cure: str) -> None:
    """The models that were built are scored, and one sentence says why the import is not."""
    assert shown.code == 0
    assert "m0" in shown.out
    assert "mine" not in shown.out
    [sentence] = shown.err.splitlines()
    assert sentence.startswith("The predictions of 'mine' are left out. ")
    assert cure in sentence


def test_what_was_damaged_or_no_longer_fits_says_how_to_go_on(
    odd: Artifacts, tmp_path: Path
) -> None:
    """A changed table, a changed description, and a build with other folds name the cure."""
    root = odd.folder.parent
    file = written(answers(odd), tmp_path / "p.csv")
    scores = ("scores", "odd", "-p", "artist", "--artifacts", root)
    cure = "python -m pipeline remove-predictions odd mine"

    def fresh() -> Path:
        run("remove-predictions", "odd", "mine")
        done = run("import-predictions", "odd", file, "--name", "mine", "--artifacts", root)
        assert done.code == 0
        return home() / "predictions/odd/mine"

    (table,) = fresh().glob("*.parquet")
    table.write_bytes(table.read_bytes()[:-1])
    left_out(run(*scores), cure)
    (fresh() / FACTS).write_text("{")
    left_out(run(*scores), cure)
    facts = json.loads((fresh() / FACTS).read_text())
    (home() / "predictions/odd/mine" / FACTS).write_text(json.dumps(facts | {"folds_unknown": 5}))
    left_out(run(*scores), cure)
    checked, listed = (run(word, "--artifacts", root) for word in ("verify", "list"))
    assert (checked.code, "odd: 1 problems" in checked.out, cure in checked.out) == (1, True, True)
    assert (listed.code, "odd/mine" in listed.out) == (0, True)
    fresh()
    other = benchmark("odd", Shape(tracks=6), tmp_path / "rebuilt").folder.parent
    rebuilt = run("scores", "odd", "-p", "artist", "--artifacts", other)
    assert "mine was imported for another build of odd" in rebuilt.err
    assert cure in rebuilt.err
