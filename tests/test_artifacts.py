"""The contract on disk: what a build leaves, and what is said of every kind of damage to it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skops.io import dump

from pipeline import artifacts as store
from pipeline.artifacts import Artifacts, available, open_benchmark, publish
from pipeline.errors import ArtifactsError, PipelineError
from pipeline.persistence import load, save
from pipeline.registry import lookup
from pipeline.robustness import DISTORTIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = "logistic_ovr"
PREDICTIONS = f"models/{MODEL}/predictions.parquet"
CURE = "python -m pipeline build synthetic"


@pytest.fixture
def damaged(synthetic: Artifacts, tmp_path: Path) -> Path:
    """A copy of the synthetic artifacts that a test may damage."""
    return shutil.copytree(synthetic.folder, tmp_path / "synthetic")


def rewrite(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest."""
    path = folder / "manifest.json"
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def change_predictions(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a model's predictions as someone would who also corrects the hash."""
    path = folder / PREDICTIONS
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    digest = sha256(path.read_bytes()).hexdigest()
    rewrite(folder, lambda facts: facts["files"].update({PREDICTIONS: digest}))


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_fresh_build_is_all_right(synthetic: Artifacts) -> None:
    """Nothing is wrong with what the pipeline has just built."""
    assert synthetic.problems() == []


def test_a_benchmark_is_opened_by_its_name(synthetic: Artifacts) -> None:
    """The folder's name is the benchmark's."""
    root = synthetic.folder.parent
    assert available(root) == ["synthetic"]
    assert open_benchmark("synthetic", root).manifest == synthetic.manifest


def test_classes_are_the_probability_columns(synthetic: Artifacts) -> None:
    """Columns of every predictions table stand in the manifest's order of classes."""
    assert synthetic.classes == sorted(synthetic.tracks["genre"].unique())
    for model in synthetic.models:
        for protocol in synthetic.manifest.protocols:
            columns = synthetic.predictions(model, protocol).columns
            assert list(columns) == ["track_id", "window", "fold", *synthetic.classes]


def test_every_track_is_answered_once_a_protocol(synthetic: Artifacts) -> None:
    """Tracks with a fold number, and they alone, have one row under that fold; rows sum to 1."""
    assert {"artist", "track", "fault_filtered"} <= set(synthetic.manifest.protocols)
    for protocol in {"artist", "track", "fault_filtered"}:
        fold = synthetic.tracks.set_index("track_id")[f"fold_{protocol}"]
        asked = fold[fold >= 0].astype(int).sort_index()
        for model in synthetic.models:
            table = synthetic.predictions(model, protocol).set_index("track_id").sort_index()
            assert table["fold"].to_dict() == asked.to_dict()
            assert set(table["window"]) == {-1}
            probabilities = table[synthetic.classes].to_numpy()
            assert (probabilities >= 0).all()
            np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=5e-4)


def test_a_fifth_of_the_windows_is_answered_one_by_one(synthetic: Artifacts) -> None:
    """Under the protocol of windows no row is there twice, and all models are asked the same."""
    windows = synthetic.tracks["windows"]
    asked = windows[windows > 1].sum()
    first = synthetic.predictions(MODEL, "window")
    for model in synthetic.models:
        table = synthetic.predictions(model, "window")
        assert len(table) == pytest.approx(asked / 5, abs=1)
        assert not table.duplicated(["track_id", "window"]).any()
        assert (table["window"] >= 0).all()
        pd.testing.assert_series_equal(table["track_id"], first["track_id"])
        np.testing.assert_allclose(table[synthetic.classes].sum(axis=1), 1, atol=5e-4)


def test_synthetic_genres_are_told_apart(synthetic: Artifacts) -> None:
    """As the dataset says of itself: a model that mistakes many of these tracks is broken.

    But the floor, which looks at no feature, is right about one genre in four.
    """
    genre = synthetic.tracks.set_index("track_id")["genre"]
    for model in synthetic.models:
        table = synthetic.predictions(model, "artist").set_index("track_id")
        right = (table[synthetic.classes].idxmax(axis=1) == genre.loc[table.index]).mean()
        assert right == 0.25 if model == "dummy_prior" else right > 0.9, model


def test_distorted_tracks_are_answered(synthetic: Artifacts) -> None:
    """Every distortion of each track of the published test part has a row of each model."""
    asked = set(synthetic.tracks.query("split == 'test'")["track_id"])
    for model in synthetic.models:
        table = synthetic.robustness(model)
        assert list(table.columns) == ["distortion", "track_id", *synthetic.classes]
        assert not table.duplicated(["distortion", "track_id"]).any()
        assert {"none"} < set(table["distortion"]) <= set(DISTORTIONS)
        assert set(table["track_id"]) == asked
        assert len(table) == table["distortion"].nunique() * len(asked)
        np.testing.assert_allclose(table[synthetic.classes].sum(axis=1), 1, atol=5e-4)


def test_a_joined_model_answers_to_another_set_than_it_learnt_from(synthetic: Artifacts) -> None:
    """The file of `transfer` holds the pretrained networks and hears log-mel patches."""
    card = synthetic.model("transfer")
    assert (card.learnt_from, card.features) == ("vgg", "musicnn_mel")
    assert synthetic.windows(["transfer", MODEL]) == {"musicnn_mel": 3.0, "timbre": 3.0}


def test_manifest_lists_every_file(synthetic: Artifacts) -> None:
    """The hashes are of all files beside the manifest, under their real content."""
    files = {
        path.relative_to(synthetic.folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in synthetic.folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert synthetic.manifest.files == files


KINDS = {  # of importance, by model
    "dummy_prior": {"permutation", "permutation by family"},
    "logistic_ovr": {"permutation", "permutation by family"},
    "random_forest": {"permutation", "permutation by family", "impurity"},
    "xgboost": {"permutation", "permutation by family", "impurity", "shap"},
    "mlp": {"permutation", "permutation by family"},
    "cnn_mfcc": {"occlusion"},
    "transfer": {"permutation by family", "occlusion"},  # it has too many columns for each alone
}


def test_importance_and_history_of_each_model(synthetic: Artifacts) -> None:
    """Each is explained in every way that fits it; Keras models have a history."""
    assert set(synthetic.models) == set(KINDS)
    for name, card in synthetic.models.items():
        table = synthetic.importance(name)
        assert set(table.columns) == {"kind", "feature", "value", "std", "genre"}
        assert set(table["kind"]) == KINDS[name], name
        columns = set(synthetic.manifest.features[card.learnt_from]["columns"])
        for kind in KINDS[name] & {"permutation", "impurity", "shap"}:
            assert set(table[table["kind"] == kind]["feature"]) == columns
        genres = set(table[table["kind"] != "impurity"]["genre"].dropna())
        assert genres == set(synthetic.classes)
        assert (synthetic.history(name) is not None) == (card.family == "Keras")


def test_artifacts_hold_no_path_of_the_building_machine(synthetic: Artifacts) -> None:
    """Nothing in the tables says where the audio was."""
    assert "path" not in synthetic.tracks.columns


def test_a_classifier_is_loaded_once(synthetic: Artifacts) -> None:
    """The demo asks the same object again."""
    assert synthetic.classifier(MODEL) is synthetic.classifier(MODEL)


@pytest.mark.parametrize("name", [MODEL, "xgboost", "mlp", "transfer"])
def test_a_flipped_bit_in_a_model_is_noticed(damaged: Path, name: str) -> None:
    """The damaged file, of whatever format, is named with the cure, and it is never loaded."""
    opened = Artifacts(damaged)
    flip(damaged / opened.model(name).file)
    problems = opened.problems()
    assert problems
    assert all(opened.model(name).file in problem and CURE in problem for problem in problems)
    with pytest.raises(ArtifactsError, match="not the file that the manifest describes"):
        opened.classifier(name)


@pytest.mark.parametrize(
    "file", ["tracks.parquet", PREDICTIONS, f"models/{MODEL}/importance.parquet"]
)
def test_a_table_cut_off_is_noticed(damaged: Path, file: str) -> None:
    """A table of which half is missing is a problem in words, not a crash."""
    data = (damaged / file).read_bytes()
    (damaged / file).write_bytes(data[: len(data) // 2])
    problems = Artifacts(damaged).problems()
    assert any(file in problem and CURE in problem for problem in problems)


@pytest.mark.parametrize("file", ["tracks.parquet", PREDICTIONS, f"models/{MODEL}/model.skops"])
def test_a_missing_file_is_noticed(damaged: Path, file: str) -> None:
    """The missing file is named with the cure."""
    (damaged / file).unlink()
    problems = Artifacts(damaged).problems()
    assert any(f"{file} is missing" in problem and CURE in problem for problem in problems)


def test_reading_a_missing_table_names_the_cure(damaged: Path) -> None:
    """A page that needs the table shows what to do."""
    (damaged / "tracks.parquet").unlink()
    with pytest.raises(ArtifactsError, match=rf"tracks.parquet is missing. .*{CURE}"):
        _ = Artifacts(damaged).tracks


def double_row(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[:1]])


def other_sum(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(drone=table["drone"] + 0.1)


def not_a_number(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(drone=np.nan)


def fewer_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[1:]


def strange_tracks(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(track_id="x" + table["track_id"])


def negative(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(drone=table["drone"] - 1, pulse=table["pulse"] + 1)


def swapped_columns(table: pd.DataFrame) -> pd.DataFrame:
    return table[[*table.columns[:4], *table.columns[:3:-1]]]


def no_protocol(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="protocol")


@pytest.mark.parametrize(
    "change",
    [
        double_row,
        other_sum,
        not_a_number,
        fewer_rows,
        strange_tracks,
        negative,
        swapped_columns,
        no_protocol,
    ],
)
def test_impossible_predictions_are_noticed(
    damaged: Path, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    """Predictions that break the contract are named, even where the hash was made to fit."""
    change_predictions(damaged, change)
    problems = Artifacts(damaged).problems()
    assert len(problems) == 1
    assert MODEL in problems[0]
    assert CURE in problems[0]


def test_features_of_another_version_are_refused(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model never gets features that are computed in another way than those it learnt from."""
    current = lookup("pipeline.features", "FEATURES", "timbre")
    newer = replace(current, version=current.version + 1)
    monkeypatch.setattr(store, "lookup", lambda *names: newer)
    opened = Artifacts(damaged)
    said = (
        rf"version {current.version} of the feature set 'timbre', the code has version "
        rf"{newer.version}. .*{CURE}"
    )
    assert opened.problems()
    with pytest.raises(ArtifactsError, match=said):
        opened.classifier(MODEL)


def test_a_feature_set_that_is_gone_is_noticed(damaged: Path) -> None:
    """Artifacts of a feature set that the code no longer has are a problem, not a crash."""
    rewrite(damaged, lambda facts: facts["features"].update(gone=facts["features"]["timbre"]))
    assert any("gone" in problem for problem in Artifacts(damaged).problems())


def test_another_schema_is_refused(damaged: Path) -> None:
    """Artifacts of newer code are not guessed at."""
    rewrite(damaged, lambda facts: facts.update(schema=99))
    with pytest.raises(ArtifactsError, match=rf"has schema 99, this code reads schema 2.*{CURE}"):
        Artifacts(damaged)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 2}'])
def test_a_damaged_manifest_is_refused(damaged: Path, text: str) -> None:
    """A manifest that is cut off or of another kind is an error in words, not a crash."""
    (damaged / "manifest.json").write_text(text)
    with pytest.raises(ArtifactsError, match="Build it again"):
        Artifacts(damaged)


def test_without_manifest_there_is_no_benchmark(damaged: Path) -> None:
    """A folder that a build did not complete is not offered, and opening it names the cure."""
    (damaged / "manifest.json").unlink()
    assert available(damaged.parent) == []
    with pytest.raises(ArtifactsError, match=rf"'synthetic' .*none yet.* {CURE}"):
        open_benchmark("synthetic", damaged.parent)
    with pytest.raises(ArtifactsError, match=r"no readable manifest.json .*Build it again"):
        Artifacts(damaged)


def test_an_unknown_benchmark_is_answered_with_the_known_ones(synthetic: Artifacts) -> None:
    """Who mistypes a benchmark sees what is built."""
    with pytest.raises(ArtifactsError, match=r"no artifacts called 'gtsan' .*built: synthetic"):
        open_benchmark("gtsan", synthetic.folder.parent)


def test_an_unknown_model_or_protocol_is_answered_with_the_known_ones(
    synthetic: Artifacts,
) -> None:
    """Who mistypes a model or a protocol sees which there are."""
    with pytest.raises(ArtifactsError, match=r"no model called 'svm'. There are: .*xgboost"):
        synthetic.model("svm")
    with pytest.raises(ArtifactsError, match=r"no protocol called 'k'. There are: artist"):
        synthetic.predictions(MODEL, "k")


def test_publish_completes_before_it_replaces(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dying while the new files are hashed leaves the previous artifacts as they were."""
    root = damaged.parent
    before = Artifacts(damaged).manifest
    staged = shutil.copytree(damaged, root / ".synthetic.new")
    (staged / "manifest.json").unlink()

    def die(path: Path) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "file_hash", die)
        with pytest.raises(KeyboardInterrupt):
            publish(staged, before, root)
    assert available(root) == ["synthetic"]
    assert Artifacts(damaged).manifest == before
    assert not (staged / "manifest.json").exists()


def test_publish_puts_the_new_in_place_of_the_old(damaged: Path) -> None:
    """Nothing of the previous build is left, neither beside nor below the new one."""
    root = damaged.parent
    staged = root / ".synthetic.new"
    staged.mkdir()
    (staged / "tracks.parquet").write_bytes(b"new")
    manifest = replace(Artifacts(damaged).manifest, title="New", files={})
    assert publish(staged, manifest, root) == damaged
    assert [path.name for path in root.iterdir()] == ["synthetic"]
    assert {path.name for path in damaged.iterdir()} == {"manifest.json", "tracks.parquet"}
    assert Artifacts(damaged).manifest.title == "New"
    digest = sha256(b"new").hexdigest()
    assert Artifacts(damaged).manifest.files == {"tracks.parquet": digest}


def shout(X: np.ndarray) -> np.ndarray:
    """Stands for code that a stranger put into a model file."""
    raise AssertionError("the code in the file was run")


def test_a_foreign_type_in_a_model_file_is_refused(tmp_path: Path) -> None:
    """A .skops file that names a function of its own is not loaded, and the function is named."""
    X, y = np.eye(4), [0, 1, 0, 1]
    model = make_pipeline(FunctionTransformer(shout), LogisticRegression())
    model[-1].fit(X, y)
    dump(model, tmp_path / "model.skops")
    with pytest.raises(ArtifactsError, match="shout, which is not on the list of trusted types"):
        load(tmp_path / "model.skops")


@pytest.mark.parametrize("suffix", [".pkl", ".joblib", ".h5", ""])
def test_other_formats_are_refused(tmp_path: Path, suffix: str) -> None:
    """Formats that can run code are neither written nor read."""
    path = tmp_path / f"model{suffix}"
    with pytest.raises(ArtifactsError, match=r"must be .skops or .keras"):
        save(LogisticRegression(), path)
    assert not path.exists()
    path.write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    with pytest.raises(PipelineError, match="no model file"):
        load(path)
