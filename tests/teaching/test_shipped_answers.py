"""Shipped models beside what was taught."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.damage import put_table
from support.quick_head import quick_head

from pipeline.artifacts.manifest import write_manifest
from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.learning_curve import caution, shipped
from pipeline.evaluation.scores import accuracy, labelled_predictions
from pipeline.registry import lookup
from pipeline.teaching import teach
from pipeline.teaching.curve import _spaces
from pipeline.teaching.head import HEAD

if TYPE_CHECKING:
    from pathlib import Path

EACH = 2  # tracks of an artist in a genre
STORED = "summary/mfcc12.tracks.parquet"


@pytest.fixture(scope="module")
def beside(
    mine: Artifacts, music: Path, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Artifacts:
    """The same music, taught where a model of it is shipped already, two of its genres renamed.

    What is known of the tracks of the shipped model is cut to four artists of six, as if it had
    learnt from these alone.
    """
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(mine.folder, root / "old")
    known = mine.embeddings("linear_head")
    assert known is not None
    known = known[known["track_id"].str.contains("artist [0-3]")]
    put_table(root / "old", STORED, known)
    facts = replace(
        Artifacts(root / "old").manifest, benchmark="old", classes=["hiphop", "bass", "flute"]
    )
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
    """Those that the shipped model learnt from are left out, and counted."""
    [row] = shipped(beside).to_dict("records")
    assert (row["benchmark"], row["model"]) == ("old", "linear_head")
    assert (row["genres"], row["n"]) == (2, 2 * 2 * EACH)
    assert "16 of these tracks are left out" in caution(beside)
    tested = labelled_predictions(beside, "linear_head", "artist")
    common = tested[tested["genre"].isin(["Hip-Hop", "bass"])]
    common = common[common["track_id"].str.contains("artist [45]")]
    assert row["taught"] == pytest.approx(accuracy(common).value)


def test_what_the_head_hears_holds_what_shipped_tracks_are_known_by(gtzan: Artifacts) -> None:
    """Columns of two of its three networks, in their order."""
    head, stored = (
        lookup("pipeline.features", "FEATURES", n).names for n in (HEAD.features, "vgg")
    )
    [(model, columns)] = _spaces(gtzan, head)
    assert gtzan.models[model].trained_on == "vgg"
    assert [head[column] for column in columns] == list(stored)


def test_nothing_is_asked_where_nothing_is_shipped(mine: Artifacts) -> None:
    """The table is there, and empty."""
    assert mine.shipped is not None
    assert mine.shipped.empty
    assert shipped(mine).empty
    assert caution(mine) == ""


def test_a_track_that_was_learnt_from_is_named(beside: Artifacts) -> None:
    """By its name in the shipped benchmark, at each answer; the others have none."""
    table = beside.shipped
    assert table is not None
    known = table["track_id"].str.contains("artist [0-3]")
    assert table.loc[known, "twin"].tolist() == table.loc[known, "track_id"].tolist()
    assert set(table.loc[~known, "twin"]) == {""}
