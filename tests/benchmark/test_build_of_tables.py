"""Benchmarks of published features, of which there is no recording."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.small_builds import (
    QUICK,
    dataset_of_table,
    facts_of,
    few_members,
    forbidden,
    rows_of,
)

from pipeline.artifacts.reader import Artifacts
from pipeline.artifacts.verify import problems
from pipeline.benchmark import build as building
from pipeline.benchmark import train
from pipeline.benchmark.plan import suited
from pipeline.datasets import Rows, Table
from pipeline.errors import ArtifactsError, DatasetError
from pipeline.extraction import extract as extracting
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.benchmark.cost import Job

ECHONEST = lookup("pipeline.features", "FEATURES", "echonest")
TAGGRAM = lookup("pipeline.features", "FEATURES", "taggram")


@pytest.fixture(scope="module")
def published() -> Table:
    """Forty tracks with numbers that only their publisher can compute."""
    facts = facts_of(40)
    rows = rows_of("echonest", facts, np.arange(40), None)
    return Table(facts, {"echonest": rows}, notes=("Forty.",), left_out={"x": "Too odd."})


@pytest.fixture(scope="module")
def of_table(published: Table, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Artifacts of them, built while models of sound and of tags are known as well."""
    others = ("cnn_mfcc", "transfer", "taggram_lda")
    models = {name: lookup("pipeline.models", "MODEL", name) for name in others}
    with few_members() as members, pytest.MonkeyPatch.context() as patch:
        members.models.update({QUICK.name: QUICK} | models)
        patch.setattr(extracting, "stream_features", forbidden)
        folders = (tmp_path_factory.mktemp(name) for name in ("of_table", "cache_of_table"))
        folder = building.build(dataset_of_table(published), None, *folders)
    assert [(job.features, job.window_seconds) for job in members.measured] == [("echonest", None)]
    return Artifacts(folder)


def test_a_table_is_built_without_audio(of_table: Artifacts) -> None:
    """Models for any table learn from it, those of sound are left out, and nobody can ask them."""
    assert problems(of_table) == []
    assert list(of_table.models) == ["logistic_ovr"]
    assert of_table.manifest.live is False
    assert list(of_table.manifest.features) == ["echonest"]
    assert of_table.manifest.features["echonest"]["window_seconds"] is None
    assert of_table.manifest.notes == ["Ours.", "Forty."]
    assert of_table.manifest.left_out == {"x": "Too odd."}
    card = of_table.model("logistic_ovr")
    assert (card.features, card.trained_on) == ("echonest", "echonest")
    assert set(of_table.importance("logistic_ovr")["feature"]) >= set(ECHONEST.names)


def test_a_table_s_tracks_are_answered(of_table: Artifacts) -> None:
    """All by artist and at random, the test part of the split, a fifth of the rows; none distorted.

    The column that tells the genre is learnt.
    """
    protocols = of_table.manifest.protocols
    asked = {name: len(of_table.predictions("logistic_ovr", name)) for name in protocols}
    assert asked == {"artist": 40, "track": 40, "fault_filtered": 10, "window": 16}
    said = of_table.predictions("logistic_ovr", "artist").set_index("track_id")[of_table.classes]
    genre = of_table.tracks.set_index("track_id")["genre"]
    assert (said.idxmax(axis=1) == genre[said.index]).mean() > 0.9
    assert of_table.robustness("logistic_ovr") is None


def test_models_of_published_numbers_refuse_recordings(of_table: Artifacts) -> None:
    """The sentence says that only published features are known; no model file is kept for it."""
    said = "table know published features only and cannot classify recordings. Choose another"
    with pytest.raises(ArtifactsError, match=said):
        of_table.windows(["logistic_ovr"])
    with pytest.raises(ArtifactsError, match=said):
        of_table.classifier("logistic_ovr")
    assert list(of_table.folder.rglob("model.*")) == []


def test_a_set_of_some_tracks_is_answered_for_those(
    root: Path, tmp_path: Path, models: dict[str, Any], measured: list[Job]
) -> None:
    """Taggrams of all but the validation part are learnt from and asked about, timbre of all."""
    tags = lookup("pipeline.models", "MODEL", "taggram_logistic")
    models |= {"logistic_ovr": QUICK, "taggram_logistic": replace(tags, grid=QUICK.grid)}
    facts = facts_of(40)
    some = np.flatnonzero(facts["split"] != "valid")
    rows = {
        "timbre": rows_of("timbre", facts, np.arange(40), 10.0),
        "taggram": rows_of("taggram", facts, some, 30.0),
    }
    built = Artifacts(
        building.build(dataset_of_table(Table(facts, rows)), None, root, tmp_path / "cache")
    )
    assert problems(built) == []
    there = set(facts["track_id"][some])
    for protocol in ("artist", "track"):
        assert set(built.predictions("logistic_ovr", protocol)["track_id"]) == set(
            facts["track_id"]
        )
        assert set(built.predictions("taggram_logistic", protocol)["track_id"]) == there
    assert built.model("taggram_logistic").n_predictions["artist"] == len(some)
    # They were computed of sound at any loudness, so a visitor's volume would decide.
    assert built.manifest.live is False
    assert {job.window_seconds for job in measured} == {None}


def test_levelled_rows_can_be_asked_live(
    root: Path, tmp_path: Path, models: dict[str, Any], measured: list[Job]
) -> None:
    """Sets that can be computed as they were for the table, each in windows of its length."""
    tags = lookup("pipeline.models", "MODEL", "taggram_logistic")
    models |= {"logistic_ovr": QUICK, "taggram_logistic": replace(tags, grid=QUICK.grid)}
    facts, windows = facts_of(40), {"timbre": 10.0, "taggram": 30.0}
    rows = {
        name: replace(rows_of(name, facts, np.arange(40), seconds), levelled=True)
        for name, seconds in windows.items()
    }
    built = Artifacts(
        building.build(dataset_of_table(Table(facts, rows)), None, root, tmp_path / "cache")
    )
    assert built.manifest.live is True
    assert built.windows(["logistic_ovr", "taggram_logistic"]) == windows
    assert {job.features: job.window_seconds for job in measured} == windows
    assert len(TAGGRAM.columns) == built.classifier("taggram_logistic").n_features_in_


def test_models_take_what_a_table_has(published: Table) -> None:
    """Those for any table take its first set where theirs is missing, and only there.

    Fifteen components need more columns than the eight of this table.
    """
    known = list(discover("pipeline.models", "MODEL").values())
    fit = [model for model in known if model.any_table and model.name != "pca_xgboost"]
    sets = {model.name: model.features for model in suited(known, published)}
    assert sets == {model.name: "echonest" for model in fit}
    both = replace(published, rows=dict(published.rows) | {"timbre": published.rows["echonest"]})
    sets = {model.name: model.features for model in suited(known, both)}
    assert sets == {model.name: "timbre" for model in fit}


def test_too_few_rows_for_a_models_components_are_found_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen components of ten recordings do not exist; who would need them, and how many."""
    facts = facts_of(10).assign(artist=[f"artist {n}" for n in range(10)])
    facts["genre"] = ["rock", "folk"] * 5
    names = lookup("pipeline.features", "FEATURES", "gtzan26").names
    rows = Rows(np.random.default_rng(0).random((10, len(names)), np.float32), np.arange(10), None)
    table = Table(facts, {"gtzan26": rows})
    with few_members() as members:
        members.models["pca_xgboost"] = lookup("pipeline.models", "MODEL", "pca_xgboost")
        monkeypatch.setattr(train, "fit", forbidden)
        said = r"pca_xgboost needs 16 rows of features to train on, and has [45] in one"
        with pytest.raises(DatasetError, match=said):
            building.build(dataset_of_table(table), None, tmp_path, tmp_path / "cache")
