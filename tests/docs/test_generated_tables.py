"""Tables of the documents are what artifacts and code give."""

from __future__ import annotations

import re

import numpy as np
import pytest
from support.documents import README, ROOT
from support.measured import PAGE, SECTIONS, parts, versions

from dashboard.units import with_interval
from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.leaderboard import leaderboard
from pipeline.evaluation.scores import labelled_predictions
from pipeline.registry import discover
from tools import generate_docs, library_walk

pytestmark = pytest.mark.xdist_group("tables")  # which one process computes once


def test_readme_shows_the_current_scores() -> None:
    """The table is what the committed artifacts give."""
    text = README.read_text()
    assert generate_docs.MARKED.search(text)
    assert text == generate_docs.refresh(text), "Renew README.md: make docs"


@pytest.mark.slow
def test_the_walk_through_a_library_is_current() -> None:
    """Its commands say what stands there, on the example pieces."""
    text = library_walk.PAGE.read_text()
    assert library_walk.MARKED.search(text)
    assert text == library_walk.refresh(text), "Renew docs/libraries.md: make docs"


def test_the_data_dictionary_is_current() -> None:
    """docs/features.md is what the code says of its columns."""
    assert generate_docs.FEATURES.read_text() == generate_docs.features_page(), "make docs"


def test_the_data_dictionary_knows_every_set() -> None:
    """Each set has its section, its works and the words of its first column."""
    page = generate_docs.features_page()
    for features in discover("pipeline.features", "FEATURES").values():
        section = page.partition(f"## `{features.name}`:")[2].partition("\n## ")[0]
        assert f"`{features.names[0]}`" in section or features.names[0].partition(".")[2] in section
        assert features.columns[0].meaning.split()[0] in section
        assert all(f"* {work}" in section for work in features.works)


def test_the_benchmark_page_is_of_these_features_and_models() -> None:
    """Each of its sections is there, and was measured with what is here."""
    found = parts(PAGE.read_text())
    assert tuple(found) == SECTIONS
    assert [name for name, text in found.items() if versions() not in text] == [], "make bench"


def test_the_benchmark_page_names_every_set() -> None:
    """Speed is said of each set that is computed from audio; parts of musicnn are within its."""
    within = {"musicnn_mel", "taggram", "three_networks", "vgg"}
    for name, features in discover("pipeline.features", "FEATURES").items():
        if features.compute is not None and name not in within:
            assert re.search(rf"^\| {name}\b", PAGE.read_text(), re.MULTILINE), name


def test_the_results_page_is_current() -> None:
    """docs/results.md is what the committed artifacts give."""
    assert generate_docs.RESULTS.read_text() == generate_docs.results_page(), "make docs"


def test_the_results_page_tells_how_many_pairs_differ(gtzan: Artifacts) -> None:
    """Of each protocol it counts the pairs that differ significantly."""
    section = generate_docs.RESULTS.read_text().partition("## `gtzan`:")[2].partition("\n## ")[0]
    for name, facts in gtzan.manifest.protocols.items():
        pairs = compare({m: labelled_predictions(gtzan, m, name) for m in gtzan.models})
        line = f"* {facts.title}: {pairs['significant'].sum()} of {len(pairs)} pairs"
        assert line in section


def test_the_table_names_every_model_and_protocol(gtzan: Artifacts) -> None:
    """Nothing that was built is missing from it."""
    table = generate_docs.scores_table(gtzan)
    for name, facts in gtzan.manifest.protocols.items():
        numbers = {len(labelled_predictions(gtzan, model, name)) for model in gtzan.models}
        n = " or ".join(map(str, sorted(numbers, reverse=True)))
        assert f"{facts.title}, n = {n}" in table
    for card in gtzan.models.values():
        assert f"| {card.title} |" in table
    assert len({row.count("|") for row in table.splitlines() if row.startswith("|")}) == 1


def test_scores_in_the_table_are_those_of_the_leaderboard(gtzan: Artifacts) -> None:
    """A row holds accuracy, interval and macro-F1 under each protocol."""
    table = generate_docs.scores_table(gtzan)
    for protocol in gtzan.manifest.protocols:
        for row in leaderboard(gtzan, protocol).itertuples():
            line = next(line for line in table.splitlines() if line.startswith(f"| {row.title} |"))
            interval = f"{row.low * 100:.0f} to {row.high * 100:.0f}"
            macro_f1 = "–" if np.isnan(row.macro_f1) else f"{row.macro_f1:.2f}"
            assert f" {row.accuracy:.1%}, {interval} ({macro_f1}) |" in line


def test_the_score_elsewhere_stands_beside_the_headline(gtzan: Artifacts) -> None:
    """In words, with intervals and number, under the table; not where nothing else was asked."""
    here = leaderboard(gtzan, gtzan.headline).iloc[0]
    there = leaderboard(gtzan, "elsewhere").set_index("model").loc[here["model"]]
    readme = (ROOT / "README.md").read_text()
    assert f"**{here['title']}: {with_interval(here)} on artists that" in readme
    assert f"and {with_interval(there)} on {there['n']} recordings of other collections." in readme
    others = Artifacts(gtzan.folder.parent / "gtzan-published")
    assert "other collections" not in generate_docs.scores_table(others)


def test_refresh_replaces_only_what_stands_between_markers() -> None:
    """Text around the markers stays, and a second pass changes nothing."""
    new = generate_docs.refresh(
        "before\n<!-- scores:gtzan -->\nSTALE\n<!-- /scores -->\nafter `x`\n"
    )
    assert new.startswith("before\n<!-- scores:gtzan -->\n| model |")
    assert new.endswith("\n<!-- /scores -->\nafter `x`\n")
    assert "STALE" not in new
    assert generate_docs.refresh(new) == new
    assert generate_docs.refresh("no marker\n") == "no marker\n"
