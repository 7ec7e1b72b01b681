"""Shipped models beside what was taught."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.quick_head import quick_head

from pipeline.artifacts.manifest import write_manifest
from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.learning_curve import shipped
from pipeline.evaluation.scores import accuracy, labelled_predictions
from pipeline.teaching import teach

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def beside(
    mine: Artifacts, music: Path, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Artifacts:
    """The same music, taught where a model of it is shipped already, two of its genres renamed."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(mine.folder, root / "old")
    facts = replace(mine.manifest, benchmark="old", classes=["hiphop", "bass", "flute"])
    write_manifest(facts, root / "old")
    with quick_head():
        return Artifacts(teach.teach(music, "again", home, root, home.parent / "cache"))


def test_shipped_models_answer_in_the_collections_spelling(beside: Artifacts) -> None:
    """They are asked about the tracks of the genres that both know, and choose among these."""
    table = beside.shipped
    assert table is not None
    assert set(table["predicted"]) == {"Hip-Hop", "bass"}
    genre = beside.tracks.set_index("track_id")["genre"].loc[table["track_id"]]
    assert set(genre) == {"Hip-Hop", "bass"}
    assert len(table) == 24


def test_what_was_taught_is_compared_on_the_same_tracks(beside: Artifacts) -> None:
    """A model that learnt these very tracks is right on all; the taught one as by artist."""
    [row] = shipped(beside).to_dict("records")
    assert (row["benchmark"], row["model"], row["genres"], row["n"]) == (
        "old",
        "linear_head",
        2,
        24,
    )
    assert row["accuracy"] == 1
    tested = labelled_predictions(beside, "linear_head", "artist")
    common = tested[tested["genre"].isin(["Hip-Hop", "bass"])]
    assert row["taught"] == pytest.approx(accuracy(common).value)


def test_nothing_is_asked_where_nothing_is_shipped(mine: Artifacts) -> None:
    """The table is there, and empty."""
    assert mine.shipped is not None
    assert mine.shipped.empty
    assert shipped(mine).empty
