"""The page of the learning curve."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.damage import put_table
from support.odd_benchmarks import SHAPES, benchmark
from support.pages import figure, open_page, table_with, texts, values

from dashboard.views import learning
from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = {5: 0.5, 10: 0.6, 20: 0.68}


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark of 200 tracks with a curve, and a shipped model that is right on 30 %."""
    shape = replace(SHAPES["two_genres"], tracks=100)
    opened = benchmark("taught", shape, tmp_path_factory.mktemp("taught"))
    curve = [answers(opened, right).assign(labels=n, labelled=n) for n, right in RIGHT.items()]
    other = answers(opened, 0.3).assign(benchmark="gtzan", model="svc", title="SVC *of* old")
    tables = {"learning_curve.parquet": pd.concat(curve), "shipped.parquet": other}
    for name, table in tables.items():
        put_table(opened.folder, name, table)
    return Artifacts(opened.folder)


def answers(artifacts: Artifacts, right: float) -> pd.DataFrame:
    """Answers of which such a share is right, all over the tracks."""
    tracks = artifacts.tracks
    wrong = tracks["genre"].map({"yes": "no", "no": "yes"})
    is_right = np.random.default_rng(0).permutation(len(tracks)) < round(right * len(tracks))
    predicted = tracks["genre"].where(is_right, wrong)
    return pd.DataFrame({"track_id": tracks["track_id"], "predicted": predicted})


def test_the_page_says_what_twice_the_labels_give(taught: Artifacts) -> None:
    """The sentence and the chart hold the measured and the expected accuracy."""
    page = open_page("learning", taught)
    said = texts(page)
    assert "With all labels, 20 a genre on average, **68%" in said
    assert "With twice as many labels we expect **7" in said
    assert table_with(page, "labelled")["labels"].tolist() == [5, 10, 20]
    measured, _, expected = figure(page)["data"]
    np.testing.assert_allclose(values(measured["y"]), list(RIGHT.values()))
    assert values(expected["x"]).tolist() == [40]


def test_the_page_says_whether_teaching_was_worth_it(taught: Artifacts) -> None:
    """The best shipped model stands beside what was taught, its name as it is."""
    page = open_page("learning", taught)
    assert "**SVC \\*of\\* old** of gtzan knows 2 of the 2 genres" in texts(page)
    assert "**Teaching is worth it:** +38.0 points" in texts(page)
    assert "If one did, its accuracy here is too kind." in texts(page)
    assert "choose among the same genres" in texts(page)  # both know the two
    assert table_with(page, "gain")["gain"].item() == pytest.approx(38)


def test_tracks_that_a_shipped_model_learnt_from_do_not_count(
    taught: Artifacts, tmp_path: Path
) -> None:
    """They are counted, and the figures are those of the others."""
    copy = shutil.copytree(taught.folder, tmp_path / "taught")
    assert taught.shipped is not None
    known = np.arange(len(taught.shipped)) < 50
    twins = np.where(known, "rock.00001", "")
    put_table(copy, "shipped.parquet", taught.shipped.assign(twin=twins))
    page = open_page("learning", Artifacts(copy))
    assert "Of their 150 tracks" in texts(page)
    assert "50 of these tracks are left out" in texts(page)
    assert "is not checked" not in texts(page)


def test_the_taught_one_is_not_excused_without_need() -> None:
    """Its choice is harder only where a shipped model knows fewer of its genres."""
    found = pd.DataFrame({"genres": [3, 2]})
    assert "which is harder" in learning._who_chooses(found, 3)
    assert "which is harder" not in learning._who_chooses(found[:1], 3)


@pytest.mark.parametrize("name", ["overview", "robustness"])
def test_costs_of_what_was_taught_are_not_called_measured(taught: Artifacts, name: str) -> None:
    """They are those of a shipped model of the same kind, and the page says so."""
    words = texts(open_page(name, taught))
    assert "Time and memory are those of a shipped model" in words
    assert "Measured in one process" not in words
    assert "no recordings" not in words


def test_it_is_listed_only_where_there_is_a_curve(taught: Artifacts, gtzan: Artifacts) -> None:
    """Elsewhere its address tells how to get one."""
    assert learning.VIEW.applies(taught)
    assert not learning.VIEW.applies(gtzan)
    assert "python -m pipeline teach FOLDER" in texts(open_page("learning", gtzan))


@pytest.mark.parametrize(
    ("gain", "low", "high", "words"),
    [(0.1, 0.05, 0.15, "worth it"), (-0.1, -0.15, -0.05, "is better"), (0, -0.1, 0.1, "chance")],
)
def test_a_difference_is_claimed_only_beyond_chance(
    gain: float, low: float, high: float, words: str
) -> None:
    """The interval decides."""
    row = pd.Series({"gain": gain, "gain_low": low, "gain_high": high})
    assert words in learning._verdict(row)
