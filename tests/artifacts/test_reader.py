"""What a build of the real pipeline leaves on disk, and how it is opened."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pipeline.artifacts.reader import available, open_benchmark
from pipeline.artifacts.verify import problems
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.errors import ArtifactsError

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

MODEL = "logistic_ovr"


def test_a_fresh_build_is_all_right(synthetic: Artifacts) -> None:
    """Nothing is wrong with what the pipeline has just built."""
    assert problems(synthetic) == []


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
            assert list(columns) == ["track_id", "window", "windows", "fold", *synthetic.classes]


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
    """The file of `transfer` holds the pretrained networks; what serves takes their outputs."""
    card = synthetic.model("transfer")
    assert (card.trained_on, card.features) == ("vgg", "musicnn_mel")
    assert synthetic.windows(["transfer", MODEL]) == {"vgg": 3.0, "timbre": 3.0}


def test_manifest_lists_every_file(synthetic: Artifacts) -> None:
    """The hashes are of all files beside the manifest, under their real content."""
    files = {
        path.relative_to(synthetic.folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in synthetic.folder.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "manifest.sha256")
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
        columns = set(synthetic.manifest.features[card.trained_on]["columns"])
        for kind in KINDS[name] & {"permutation", "impurity", "shap"}:
            assert set(table[table["kind"] == kind]["feature"]) == columns
        genres = set(table[table["kind"] != "impurity"]["genre"].dropna())
        assert genres == set(synthetic.classes)
        assert (synthetic.history(name) is not None) == (card.library == "Keras")


def test_artifacts_hold_no_path_of_the_building_machine(synthetic: Artifacts) -> None:
    """Nothing in the tables says where the audio was."""
    assert "path" not in synthetic.tracks.columns


def test_a_classifier_is_loaded_once(synthetic: Artifacts) -> None:
    """The demo asks the same object again."""
    assert synthetic.classifier(MODEL) is synthetic.classifier(MODEL)


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
