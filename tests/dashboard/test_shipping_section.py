"""The overview says which model to ship under limits, as the stored predictions and costs do."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from support.pages import open_page, texts
from support.partial_benchmarks import changed
from support.stored_predictions import accuracies, corrected_p, stored

from dashboard.views.sections.shipping import COSTS, in_words

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from pipeline.artifacts.reader import Artifacts


def spoken(page: AppTest) -> str:
    """The paragraph of the section, which begins with what is best or that nothing is."""
    starts = ("Under these limits", "Without limits", "No model is under")
    return next(str(e.value) for e in page.markdown if str(e.value).startswith(starts))


def test_the_best_under_a_limit_is_named_with_its_accuracy_and_costs(gtzan: Artifacts) -> None:
    """Of the models whose files are at most so large, the one with most predictions right."""
    small = {n for n, card in gtzan.models.items() if card.file_bytes <= 50e3}
    best = next(name for name in accuracies(gtzan, "artist") if name in small)
    page = open_page("overview", gtzan, "artist", overview__size="50 kB")
    card, right = gtzan.models[best], accuracies(gtzan, "artist")[best]
    assert f"Under these limits, **{card.title}** is best: {right:.0%}" in spoken(page)
    assert f"a file of {card.file_bytes / 1e3:.0f} kB" in spoken(page)
    assert page.query_params["overview.size"] == "50 kB"


def test_a_cheaper_model_is_offered_if_it_is_not_significantly_worse(gtzan: Artifacts) -> None:
    """By signs of artists, drawn anew; and the model that the limits rule out is named too."""
    page = open_page("overview", gtzan, "artist", overview__size="50 kB")
    tables = {m: stored(gtzan, m, "artist")["right"] for m in accuracies(gtzan, "artist")}
    corrected, leader = corrected_p(gtzan, tables), next(iter(tables))
    small = [m for m in tables if gtzan.models[m].file_bytes <= 50e3]
    best, *rest = small
    close = [m for m in rest if corrected[best, m] > 0.05 and m not in gtzan.baselines]
    cheapest = min(close, key=lambda m: gtzan.models[m].file_bytes)
    title = gtzan.models[cheapest].title
    assert f"**{title}**, with {accuracies(gtzan, 'artist')[cheapest]:.0%}, is not" in spoken(page)
    assert "It has a smaller file" in spoken(page)
    verdict = "not significantly better" if corrected[leader, best] > 0.05 else "better by"
    ruled_out = f"The limits rule out {gtzan.models[leader].title}, which is {verdict}"
    assert ruled_out in spoken(page)


def test_without_limits_the_leader_is_best_and_nothing_is_ruled_out(gtzan: Artifacts) -> None:
    """As in the first sentence of the page."""
    words = spoken(open_page("overview", gtzan, "artist"))
    leader = gtzan.models[next(iter(accuracies(gtzan, "artist")))].title
    assert words.startswith(f"Without limits, **{leader}** is best")
    assert "rule out" not in words


def test_limits_that_no_model_meets_together_are_said_to_be(gtzan: Artifacts) -> None:
    """Each of the two is met by a model: one is quick enough, another has a small enough file."""
    real = [card for name, card in gtzan.models.items() if name not in gtzan.baselines]
    seconds, megabytes = next(
        (time, size)
        for time in COSTS["clip_seconds"].steps
        for size in COSTS["file_megabytes"].steps
        if (quick := [card for card in real if card.clip_seconds <= time])
        and any(card.file_bytes <= size * 1e6 for card in real)
        and all(card.file_bytes > size * 1e6 for card in quick)
    )
    limits = {
        "overview__seconds": COSTS["clip_seconds"].written(seconds),
        "overview__size": COSTS["file_megabytes"].written(megabytes),
    }
    page = open_page("overview", gtzan, **limits)
    assert spoken(page).startswith("No model is under all of these limits, though some model is")


def test_a_limit_that_no_model_meets_is_named(gtzan: Artifacts, tmp_path: Path) -> None:
    """With the least that would leave a model."""

    def hungry(facts: dict[str, Any]) -> None:
        for card in facts["models"].values():
            card["peak_bytes"] += 10**9

    least = min(card.peak_bytes for n, card in gtzan.models.items() if n not in gtzan.baselines)
    page = open_page("overview", changed(gtzan, tmp_path, hungry), overview__memory="1000 MB")
    assert f"The least of any model is {least / 1e6 + 1000:.0f} MB of memory." in spoken(page)


def test_a_table_without_costs_says_that_none_were_measured(three: Artifacts) -> None:
    """There is nothing to set a limit to, so no slider is offered."""
    page = open_page("overview", three)
    assert "What these models cost was not measured" in texts(page)
    assert not page.select_slider


def test_where_models_know_tables_only_no_limit_of_time_is_offered(
    gtzan: Artifacts, tmp_path: Path
) -> None:
    """There is no music whose time could have been taken."""
    tables = changed(gtzan, tmp_path, lambda facts: facts.update(live=False))
    offered = [
        {slider.key for slider in open_page("overview", one).select_slider}
        for one in (gtzan, tables)
    ]
    assert offered[0] - offered[1] == {COSTS["clip_seconds"].key}
    assert offered[1] == {COSTS["peak_megabytes"].key, COSTS["file_megabytes"].key}


def test_a_limit_in_the_address_that_is_none_is_said(gtzan: Artifacts) -> None:
    """And what counts instead."""
    page = open_page("overview", gtzan, overview__seconds="soon")
    assert "there is no “soon” here. Shown: " in "\n".join(w.value for w in page.warning)


@pytest.mark.parametrize("text", ["2.5", "much", "nan"])
def test_a_number_in_the_address_that_is_out_of_its_span_is_said(
    text: str, gtzan: Artifacts
) -> None:
    """With the span, and the number that counts instead."""
    page = open_page("calibration", gtzan, calibration__least=text)
    said = f"“{text}” is no number from 0 to 1. Shown: 0.5."
    assert said in "\n".join(w.value for w in page.warning)
    assert page.slider[0].value == 0.5


@pytest.mark.parametrize(
    ("others", "tested", "words"),
    [
        (["dear"], ["dear"], "There is no cheaper model."),
        (["dear", "cheap"], ["dear", "cheap"], "Every cheaper model is significantly worse."),
        (["cheap"], [], "Every cheaper model is significantly worse, or was not tested on the"),
    ],
)
def test_where_nothing_takes_its_place_the_reason_is_said(
    others: list[str], tested: list[str], words: str
) -> None:
    """Nothing is cheaper, or what is was tested and is worse, or could not be tested."""
    size = {"best": 5.0, "dear": 50.0, "cheap": 0.5}
    board = pd.DataFrame({"model": ["best", *others], "accuracy": 0.5, "low": 0.4, "high": 0.6})
    board = board.assign(title=board["model"], file_megabytes=board["model"].map(size))
    pairs = pd.DataFrame({"model_a": "best", "model_b": tested, "significant": True})
    pairs = pairs.assign(difference=0.3, low=0.2, high=0.4, p_adjusted=0.001)
    assert words in in_words(board, {"file_megabytes": inf}, pairs)
