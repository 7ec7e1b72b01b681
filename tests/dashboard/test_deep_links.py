"""Links from before a widget or an option was renamed open what they opened then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest
from support.odd_benchmarks import SHAPES, Shape, benchmark
from support.pages import TIMEOUT_SECONDS, open_page, texts

from dashboard.deep_links import MODEL_PARAMETERS, PARAMETERS, VALUES, renewed
from dashboard.views import calibration, compare, confusion, map, overview
from pipeline.registry import discover

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

MODELS = [model.title for model in discover("pipeline.models", "MODEL").values()]
OPTIONS = {
    "calibration.kind": calibration.KINDS.values(),
    "compare.score": [label for label, _ in compare.METRICS.values()],
    "confusion.cells": [label for _, label, _ in confusion.NORMALISE.values()],
    "map.colour": map.COLORS.values(),
    "overview.cost": overview.COSTS.values(),
} | dict.fromkeys(MODEL_PARAMETERS, MODELS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"confusion.truly": ["jazz"]}, {"confusion.true": ["jazz"]}),
        ({"confusion.called": ["jazz"]}, {"confusion.predicted": ["jazz"]}),
        ({"confusion.truly": ["a"], "confusion.true": ["b"]}, {"confusion.true": ["b"]}),
        (
            {"compare.models": ["A guess", "Soft vote"]},
            {"compare.models": ["Stratified random", "Soft vote"]},
        ),
        ({"genres.genre": ["A guess"]}, {"genres.genre": ["A guess"]}),
        ({"compare.score": ["% wrong"]}, {"compare.score": ["Error rate"]}),
        ({"protocol": ["10 folds by track"]}, {"protocol": ["10 folds by track"]}),
        ({}, {}),
    ],
)
def test_names_and_values_are_renewed(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    """Old names have today's, in whatever order; what was never renamed stays; twice is once."""
    assert renewed(old) == new
    assert renewed(dict(reversed(old.items()))) == new
    assert renewed(renewed(old)) == new


@pytest.mark.parametrize("name", VALUES)
def test_links_lead_to_options_of_today(name: str) -> None:
    """Each old value is an option no more, and each new one is."""
    for old, new in VALUES[name].items():
        assert new in OPTIONS[name]
        assert old not in OPTIONS[name]


def test_links_lead_to_parameters_of_today(three: Artifacts) -> None:
    """Each renamed parameter belongs to a widget, which the old name does not."""
    page = open_page("confusion", three)
    keys = {widget.key for widget in page.selectbox}
    assert set(PARAMETERS.values()) <= keys
    assert not set(PARAMETERS) & keys


def test_an_old_link_to_a_cell(three: Artifacts) -> None:
    """Names of both widgets were changed; the page shows the cell, and the address is new."""
    page = open_page("confusion", three, confusion__truly="blues", confusion__called="rock")
    assert page.selectbox(key="confusion.true").value == "blues"
    assert page.selectbox(key="confusion.predicted").value == "rock"
    assert "blues tracks were classified as rock" in texts(page)
    address = {"confusion.true": "blues", "confusion.predicted": "rock"}
    assert page.query_params == address


@pytest.mark.parametrize(
    ("name", "key", "old", "new"),
    [
        ("calibration", "calibration.kind", "As the model says", "raw"),
        ("compare", "compare.score", "% wrong", "wrong"),
        ("confusion", "confusion.cells", "Of predicted", "pred"),
        ("map", "map.colour", "Group found", "cluster"),
        ("overview", "overview.cost", "Time to train", "fit_seconds"),
    ],
)
def test_an_old_link_to_an_option(
    plain: Artifacts, name: str, key: str, old: str, new: str
) -> None:
    """The option is chosen that had the old label."""
    page = open_page(name, plain, **{key.replace(".", "__"): old})
    assert page.segmented_control(key=key).value == new
    assert page.query_params[key] == VALUES[key][old]


def test_an_old_link_to_a_model(tmp_path: Path) -> None:
    """A model that was renamed is chosen alone and among others."""
    shape = Shape(models=("First", "Stratified random", "Third"))
    opened = benchmark("renamed", shape, tmp_path)
    page = open_page("confusion", opened, confusion__model="A guess")
    assert page.selectbox(key="confusion.model").value == "m1"
    page = open_page("compare", opened, compare__models=["A guess", "Third"])
    assert set(page.pills(key="compare.models").value) == {"m1", "m2"}


def test_a_link_of_today_is_left_alone(three: Artifacts) -> None:
    """Without an old name, nothing is changed and the page runs once."""
    page = open_page("confusion", three, confusion__true="rock", genres__genre="A guess")
    assert page.selectbox(key="confusion.true").value == "rock"


def test_the_app_renews_its_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The whole app, opened by an old link, shows the option on its front page."""
    from dashboard import state

    opened = benchmark("plain", SHAPES["two_genres"], tmp_path)
    monkeypatch.setattr(state, "ROOT", tmp_path)
    monkeypatch.setattr(state, "available", lambda: [opened.folder.name])

    def app() -> None:
        import dashboard.main

        dashboard.main.main()

    page = AppTest.from_function(app, default_timeout=TIMEOUT_SECONDS)
    page.query_params["overview.cost"] = "Size of the file"
    page.run()
    assert not page.exception
    assert page.segmented_control(key="overview.cost").value == "file_megabytes"
    assert page.query_params["overview.cost"] == "File size"
