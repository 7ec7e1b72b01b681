"""Every kind of damage to artifacts is noticed and said in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.damage import flip_bit, rewrite_manifest, rewrite_table

from pipeline.artifacts import reader
from pipeline.artifacts.model_files import served
from pipeline.artifacts.reader import Artifacts, available, open_benchmark
from pipeline.artifacts.verify import changed_files, problems
from pipeline.errors import ArtifactsError
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = "logistic_ovr"
PREDICTIONS = f"models/{MODEL}/predictions.parquet"
CURE = "python -m pipeline build synthetic"


@pytest.mark.parametrize("name", [MODEL, "xgboost", "mlp", "transfer"])
def test_a_flipped_bit_in_a_model_is_noticed(damaged: Path, name: str) -> None:
    """The damaged file, of whatever format, is named with the cure, and it is never loaded."""
    opened = Artifacts(damaged)
    file = damaged / served(opened.model(name).file)
    flip_bit(file)
    found = problems(opened)
    assert found
    assert all(str(file) in problem and CURE in problem for problem in found)
    with pytest.raises(ArtifactsError, match="not the file that the manifest describes"):
        opened.classifier(name)


@pytest.mark.parametrize(
    "file", ["tracks.parquet", PREDICTIONS, f"models/{MODEL}/importance.parquet"]
)
def test_a_table_cut_off_is_noticed(damaged: Path, file: str) -> None:
    """A table of which half is missing is a problem in words, not a crash."""
    data = (damaged / file).read_bytes()
    (damaged / file).write_bytes(data[: len(data) // 2])
    found = problems(Artifacts(damaged))
    assert any(file in problem and CURE in problem for problem in found)


@pytest.mark.parametrize("file", ["tracks.parquet", PREDICTIONS, f"models/{MODEL}/model.skops"])
def test_a_missing_file_is_noticed(damaged: Path, file: str) -> None:
    """The missing file is named with the cure."""
    (damaged / file).unlink()
    found = problems(Artifacts(damaged))
    assert any(f"{file} is missing" in problem and CURE in problem for problem in found)
    assert [file in sentence for sentence in changed_files(Artifacts(damaged))] == [True]


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
    rewrite_table(damaged, PREDICTIONS, change)
    assert changed_files(Artifacts(damaged)) == []
    found = problems(Artifacts(damaged))
    assert len(found) == 1
    assert MODEL in found[0]
    assert CURE in found[0]


def test_features_of_another_version_are_refused(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model never gets features that are computed in another way than those it learnt from."""
    current = lookup("pipeline.features", "FEATURES", "timbre")
    newer = replace(current, version=current.version + 1)
    monkeypatch.setattr(reader, "lookup", lambda *names: newer)
    opened = Artifacts(damaged)
    said = (
        rf"version {current.version} of the feature set 'timbre', the code has version "
        rf"{newer.version}. .*{CURE}"
    )
    assert problems(opened)
    with pytest.raises(ArtifactsError, match=said):
        opened.classifier(MODEL)


def test_a_feature_set_that_is_gone_is_noticed(damaged: Path) -> None:
    """Artifacts of a feature set that the code no longer has are a problem, not a crash."""
    rewrite_manifest(
        damaged, lambda facts: facts["features"].update(gone=facts["features"]["timbre"])
    )
    assert any("gone" in problem for problem in problems(Artifacts(damaged)))


def test_another_schema_is_refused(damaged: Path) -> None:
    """Artifacts of newer code are not guessed at."""
    rewrite_manifest(damaged, lambda facts: facts.update(schema=99))
    with pytest.raises(ArtifactsError, match=rf"has schema 99, this code reads 4.*{CURE}"):
        Artifacts(damaged)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 4}'])
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
