"""Pages ask what protocols and models are, not what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from support.damage import put_table
from support.odd_benchmarks import Shape, benchmark
from support.pages import TIMEOUT_SECONDS, figure, open_page, table_with, texts
from support.partial_benchmarks import changed

from dashboard.report import report
from pipeline.evaluation.leaderboard import leaderboard

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

TITLE, UNSEEN, SHARED = "By record label", "record labels", "not even the label"
BY_LABEL = {
    "title": TITLE,
    "description": "Every record label is in one fold.",
    "unit": "track",
    "folds": 2,
    "strictness": 9,
    "role": "general",
    "shared": SHARED,
    "unseen": UNSEEN,
}
NAME = "label"


def add_protocol(facts: dict[str, Any]) -> None:
    """Put a new protocol, stricter than all others, behind them."""
    facts["protocols"][NAME] = BY_LABEL
    for model in facts["models"].values():
        model["n_predictions"][NAME] = model["n_predictions"]["artist"]


def predict_under_it(folder: Path) -> None:
    """Give each model the predictions under the new protocol of the one before it.

    The ranking under the new protocol thus differs from that by artist.
    """
    paths = sorted(folder.glob("models/*/predictions.parquet"))
    tables = [pd.read_parquet(path) for path in paths]
    for path, own, before in zip(paths, tables, [*tables[-1:], *tables[:-1]], strict=True):
        new = before[before["protocol"] == "artist"].assign(protocol=NAME)
        put_table(folder, path.relative_to(folder).as_posix(), pd.concat([own, new]))


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark with a new protocol that is stricter than all others."""
    old = benchmark("old", Shape(live=True), tmp_path_factory.mktemp("old"))
    predict_under_it(old.folder)
    return changed(old, tmp_path_factory.mktemp("stricter"), add_protocol)


def best_under(opened: Artifacts, protocol: str) -> str:
    """Title of the best model under a protocol."""
    return str(leaderboard(opened, protocol)["title"].iloc[0])


def test_the_strictest_protocol_is_the_headline(stricter: Artifacts) -> None:
    """Its role is general and its strictness is the highest; nothing else was said of it."""
    assert stricter.headline == NAME
    assert best_under(stricter, NAME) != best_under(stricter, "artist")


def test_the_headline_is_offered_first(
    stricter: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens the app sees scores under it, though the manifest lists it last."""
    from dashboard import state

    monkeypatch.setattr(state, "ROOT", stricter.folder.parent)
    monkeypatch.setattr(state, "available", lambda: [stricter.folder.name])

    def app() -> None:
        import dashboard.main

        dashboard.main.main()

    page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS).run()
    assert not page.exception
    picker = page.selectbox(key="protocol")
    assert (picker.value, picker.options[0]) == (NAME, TITLE)
    assert set(picker.options) == {p.title for p in stricter.manifest.protocols.values()}
    assert f"**{best_under(stricter, NAME)}** leads" in texts(page)


@pytest.mark.parametrize("protocol", ["artist", NAME])
def test_the_page_features_explains_models_by_the_headline(
    stricter: Artifacts, protocol: str
) -> None:
    """Whatever is chosen above, the caption names the headline, and the best under it is first."""
    page = open_page("features", stricter, protocol)
    assert f"Protocol: {TITLE}" in texts(page)
    assert page.pills[0].options[0] == best_under(stricter, NAME)


@pytest.mark.parametrize("protocol", ["artist", NAME])
def test_robustness_ranks_by_the_headline(stricter: Artifacts, protocol: str) -> None:
    """Models stand in the order of the headline, and without a published split it is tested."""
    page = open_page("robustness", stricter, protocol)
    assert table_with(page, "title", "fit_seconds")["title"].iloc[0] == best_under(stricter, NAME)
    assert f"test tracks of “{TITLE}”" in texts(page)
    assert figure(page)["data"][0]["y"][0] == best_under(stricter, NAME)


def test_the_leak_ends_with_the_headline(stricter: Artifacts) -> None:
    """It is the last and strictest step, and the page says what training and test share."""
    page = open_page("leak", stricter)
    assert f"**{TITLE}.** Shared by training and test data: {SHARED}." in texts(page)
    steps = [trace["name"] for trace in figure(page)["data"]]
    assert steps == ["By window − By artist", f"By artist − {TITLE}"]
    assert page.pills[0].options[0] == best_under(stricter, NAME)


def test_the_demo_says_what_models_had_not_seen(stricter: Artifacts) -> None:
    """The first model is the best under the headline; its precision is measured there."""
    page = open_page("demo", stricter, "artist")
    assert page.selectbox(key="demo.model").options[0] == best_under(stricter, NAME)
    assert f"on {UNSEEN} that it was not trained on" in texts(page)


def test_the_data_page_describes_the_headline(stricter: Artifacts) -> None:
    """Its description and its folds are listed."""
    n = stricter.models["m0"].n_predictions[NAME]
    words = f"**{TITLE}.** {BY_LABEL['description']} 2 folds are tested: all {n} tracks."
    assert words in texts(open_page("data", stricter))


@pytest.mark.parametrize("name", ["overview", "compare", "confusion", "calibration", "genres"])
def test_pages_of_scores_open_under_the_headline(stricter: Artifacts, name: str) -> None:
    """The note above the scores is the headline's."""
    assert f"**{TITLE}.** {BY_LABEL['description']}" in texts(open_page(name, stricter))


def test_the_report_explains_the_headline(stricter: Artifacts) -> None:
    """The first confusion matrix, which is open, is of the best model under it."""
    html = report(stricter)
    assert f"<h2>{TITLE}</h2>" in html
    assert f"<details open><summary>{best_under(stricter, NAME)}</summary>" in html


def test_a_protocol_of_another_role_is_no_headline(stricter: Artifacts, tmp_path: Path) -> None:
    """However strict, a leak or a test on another collection does not rank models."""
    for role in ("leak", "elsewhere"):

        def change(facts: dict[str, Any], role: str = role) -> None:
            facts["protocols"][NAME]["role"] = role

        assert changed(stricter, tmp_path / role, change).headline == "artist"


def test_a_test_on_another_collection_is_no_leak(stricter: Artifacts, tmp_path: Path) -> None:
    """Its tracks are others, so its accuracy cannot be compared step by step."""

    def change(facts: dict[str, Any]) -> None:
        facts["protocols"][NAME]["role"] = "elsewhere"

    other = changed(stricter, tmp_path, change)
    n = stricter.models["m0"].n_predictions[NAME]
    assert f"{n} tracks of another collection are tested." in texts(open_page("data", other))
    page = open_page("leak", other)
    assert [trace["name"] for trace in figure(page)["data"]] == ["By window − By artist"]


@pytest.fixture(scope="module")
def with_baseline(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark whose second model says that it is a baseline."""
    old = benchmark("old", Shape(live=True), tmp_path_factory.mktemp("old"))

    def change(facts: dict[str, Any]) -> None:
        facts["models"]["m1"] |= {"baseline": True, "title": "Coin"}

    return changed(old, tmp_path_factory.mktemp("with_baseline"), change)


def test_a_new_baseline_is_ranked(with_baseline: Artifacts) -> None:
    """The leaderboard, comparisons and confusion have it, since it is there to be beaten."""
    board = table_with(open_page("overview", with_baseline), "title", "accuracy")
    assert "Coin" in board["title"].tolist()
    assert "Coin" in open_page("compare", with_baseline).pills[0].options
    assert "Coin" in open_page("confusion", with_baseline).selectbox(key="confusion.model").options


@pytest.mark.parametrize(("name", "key"), [("calibration", "models"), ("leak", "models")])
def test_a_new_baseline_is_no_contender(with_baseline: Artifacts, name: str, key: str) -> None:
    """Pages about what models learned from features do not offer it."""
    assert set(open_page(name, with_baseline).pills(key=f"{name}.{key}").options) == {
        "First",
        "Third",
    }


def test_a_new_baseline_has_no_part_in_genres_robustness_and_map(with_baseline: Artifacts) -> None:
    """Neither in the scores of a genre, nor under distortions, nor in the colours of the map."""
    assert set(table_with(open_page("genres", with_baseline), "title", "f1")["title"]) == {
        "First",
        "Third",
    }
    assert set(figure(open_page("robustness", with_baseline))["data"][0]["y"]) == {"First", "Third"}
    page = open_page("map", with_baseline, map__colour="Right or wrong")
    assert set(page.selectbox(key="map.model").options) == {"First", "Third"}
