"""Models from elsewhere: what they are to predict is exported, what they predicted is imported."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    log_loss,
    top_k_accuracy_score,
)
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.commands import run
from support.other_models import answers, genres, written
from support.partial_benchmarks import part_of

from pipeline.artifacts.places import home
from pipeline.artifacts.reader import open_folder
from pipeline.evaluation.scores import labelled_predictions
from pipeline.files import file_hash

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture(scope="module")
def few(gtzan: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """GTZAN with two of its models, since scoring all of them takes long."""
    return part_of(gtzan, ("transfer", "taggram_lda"), tmp_path_factory.mktemp("few"))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test imports into a folder of its own."""
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def imported(few: Artifacts, file: Path, *options: object, name: str = "mine", **more: str) -> Any:
    """Run the command on GTZAN, by artist unless another protocol is given."""
    protocol = more.get("protocol", "artist")
    words = ("gtzan", file, "--name", name, "--protocol", protocol, *options)
    return run("import-predictions", *words, "--artifacts", few.folder.parent)


def row(few: Artifacts, name: str = "mine", protocol: str = "artist") -> dict[str, Any]:
    """What `scores` says of a model."""
    words = ("gtzan", "--protocol", protocol, "-f", "json")
    rows = run("scores", *words, "--artifacts", few.folder.parent).rows
    return next(r for r in rows if r["model"] == name)


def accuracy(few: Artifacts, name: str, protocol: str) -> float:
    """Share of right answers, which is quicker to have than all scores."""
    opened = open_folder(few.folder)
    return float(labelled_predictions(opened, name, protocol)["right"].mean())


def test_a_model_of_ones_own_is_scored_as_scikit_learn_scores_it(
    few: Artifacts, tmp_path: Path
) -> None:
    """Export the split, train for each fold on the others, import: scikit-learn's numbers come."""
    file = tmp_path / "split.csv"
    done = run("export-split", "gtzan", "--protocol", "artist", "-o", file)
    assert done.code == 0
    assert "For each of the 5 folds, train on the tracks of all other folds" in done.err
    split = pd.read_csv(file)
    features = pd.read_parquet(few.folder / "summary/taggram.tracks.parquet")
    both = split.merge(features, on="track_id", suffixes=("", " of features"))
    X = both[[name for name in features if pd.api.types.is_float_dtype(features[name])]].to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=50, C=0.01))
    folds = both["fold"].to_numpy()
    probabilities = cross_val_predict(
        model, X, both["genre"], groups=folds, cv=LeaveOneGroupOut(), method="predict_proba"
    )
    table = both[["track_id", "fold"]].join(pd.DataFrame(probabilities, columns=few.classes))
    assert (
        imported(few, written(table.sample(frac=1, random_state=0), tmp_path / "p.csv")).code == 0
    )
    found, truth = row(few), both["genre"]
    said = np.array(few.classes)[probabilities.argmax(axis=1)]
    assert found["n"] == len(split) == len(both)
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, said))
    assert found["accuracy"] > 0.5
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, said))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, said, average="macro"))
    assert found["log_loss"] == pytest.approx(log_loss(truth, probabilities), rel=1e-4)
    top = top_k_accuracy_score(truth, probabilities, k=3, labels=few.classes)
    assert found["top3"] == pytest.approx(top)
    assert found["low"] < found["accuracy"] < found["high"]
    assert (found["title"], found["verified"]) == ("mine (not verified here)", False)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_a_model_predicts_is_imported_as_it_was_stored(
    few: Artifacts, tmp_path: Path, suffix: str
) -> None:
    """The same predictions under another name have the same scores."""
    file = written(answers(few, model="transfer"), tmp_path / f"p{suffix}")
    assert imported(few, file, "--title", "Mine").code == 0
    ours, theirs = row(few), row(few, "transfer")
    assert ours["title"] == "Mine (not verified here)"
    exact = ("n", "accuracy", "low", "high", "macro_f1", "top2", "top3")
    assert {k: ours[k] for k in exact} == {k: theirs[k] for k in exact}
    for name in ("log_loss", "brier", "ece"):
        assert ours[name] == pytest.approx(theirs[name], abs=2e-3), name
    # Temperatures are by length, and a network hears further windows of a few tracks.
    assert ours["ece_calibrated"] == pytest.approx(theirs["ece_calibrated"], abs=0.02)


def test_the_shipped_artifacts_stay_as_they_are(gtzan: Artifacts, tmp_path: Path) -> None:
    """An import writes into its own folder only, and `verify` finds all right with it."""
    before = {path: file_hash(path) for path in gtzan.folder.rglob("*") if path.is_file()}
    imported(gtzan, written(answers(gtzan), tmp_path / "p.csv"))
    assert {p: file_hash(p) for p in gtzan.folder.rglob("*") if p.is_file()} == before
    assert {path.suffix for path in (home() / "predictions/gtzan/mine").iterdir()} == {
        ".json",
        ".parquet",
    }
    assert "gtzan/mine" in run("list").out


def test_genres_without_probabilities_are_scored_by_what_they_say(
    few: Artifacts, tmp_path: Path
) -> None:
    """Accuracy and F1 are there; what takes probabilities is missing."""
    table = genres(few, answers(few, model="transfer"))
    done = imported(few, written(table, tmp_path / "p.csv"))
    assert "genres without probabilities" in done.err
    ours, theirs = row(few), row(few, "transfer")
    assert (ours["accuracy"], ours["macro_f1"]) == (theirs["accuracy"], theirs["macro_f1"])
    missing = ("top2", "top3", "log_loss", "brier", "ece", "ece_calibrated")
    assert {ours[name] for name in missing} == {None}


def test_folds_that_are_not_said_count_as_unknown(few: Artifacts, tmp_path: Path) -> None:
    """The command and the leaderboard say so; the same file with folds takes the mark away."""
    table = answers(few)
    done = imported(few, written(table.drop(columns="fold"), tmp_path / "p.csv"))
    assert done.code == 0
    assert "no part in tests of significance" in done.err
    assert row(few)["title"] == "mine (not verified here), folds unknown"
    assert imported(few, written(table, tmp_path / "p.csv"), "--replace").err == ""
    assert row(few)["title"] == "mine (not verified here)"


def test_a_single_fold_needs_no_column(few: Artifacts, tmp_path: Path) -> None:
    """Under the published split there is one fold, so nothing is unknown."""
    table = answers(few, "fault_filtered").drop(columns="fold")
    done = imported(few, written(table, tmp_path / "p.csv"), protocol="fault_filtered")
    assert (done.code, done.err) == (0, "")
    assert row(few, protocol="fault_filtered")["title"] == "mine (not verified here)"


def test_a_model_may_be_imported_under_several_protocols(few: Artifacts, tmp_path: Path) -> None:
    """The second adds to the first; replacing one leaves the other; removing takes both."""
    for protocol in ("artist", "track"):
        file = written(answers(few, protocol, "transfer"), tmp_path / f"{protocol}.csv")
        assert imported(few, file, protocol=protocol).code == 0
    assert accuracy(few, "mine", "artist") == accuracy(few, "transfer", "artist")
    assert accuracy(few, "mine", "track") == accuracy(few, "transfer", "track")
    again = imported(few, tmp_path / "artist.csv")
    assert again.code == 2
    assert "has predictions under artist already. Add --replace" in again.err
    worse = written(answers(few, model="taggram_lda"), tmp_path / "worse.csv")
    assert imported(few, worse, "--replace").code == 0
    assert accuracy(few, "mine", "artist") == accuracy(few, "taggram_lda", "artist")
    assert accuracy(few, "mine", "track") == accuracy(few, "transfer", "track")
    assert run("remove-predictions", "gtzan", "mine").code == 0
    assert not (home() / "predictions/gtzan/mine").exists()
    assert "There are: none." in run("remove-predictions", "gtzan", "mine").err


@pytest.mark.parametrize("name", ["transfer", "../mine", "", "a b", ".hidden", "x" * 61])
def test_a_name_that_cannot_be_used_is_refused(few: Artifacts, tmp_path: Path, name: str) -> None:
    """Names of models that were built, and what is no name of a folder, write nothing."""
    done = imported(few, written(answers(few), tmp_path / "p.csv"), name=name)
    assert done.code == 2
    assert "name" in done.err
    assert not home().exists()


@pytest.mark.parametrize("command", ["export-split", "import-predictions"])
def test_protocols_that_divide_no_tracks_are_refused(command: str, tmp_path: Path) -> None:
    """Windows and other collections have no split; the protocols that have one are listed."""
    file = written(pd.DataFrame({"track_id": ["a"]}), tmp_path / "p.csv")
    more = [file, "--name", "mine"] if command == "import-predictions" else []
    for protocol in ("window", "elsewhere"):
        done = run(command, "gtzan", *more, "--protocol", protocol)
        assert done.code == 2
        assert "Choose one of: artist, fault_filtered, track." in done.err


def test_a_split_says_what_is_trained_on_and_tested(few: Artifacts, tmp_path: Path) -> None:
    """Standard output and Parquet hold the stored folds; tracks that are not used are left out."""
    done = run("export-split", "gtzan", "--protocol", "fault_filtered")
    table = pd.read_csv(io.StringIO(done.out))
    tracks = pd.read_parquet(few.folder / "tracks.parquet")
    used = tracks.dropna(subset="fold_fault_filtered")
    assert list(table) == ["track_id", "genre", "artist", "title", "fold"]
    assert dict(zip(table["track_id"], table["fold"], strict=True)) == dict(
        zip(used["track_id"], used["fold_fault_filtered"], strict=True)
    )
    assert f"predict those of fold 0: {(table['fold'] == 0).sum()} predictions" in done.err
    run("export-split", "gtzan", "--protocol", "fault_filtered", "-o", tmp_path / "s.parquet")
    assert len(pd.read_parquet(tmp_path / "s.parquet")) == len(table)
    refused = run("export-split", "gtzan", "-o", tmp_path / "s.txt")
    assert (refused.code, "must end in .csv or .parquet" in refused.err) == (2, True)
