"""Every page opens on every benchmark, also on those of odd shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.odd_benchmarks import SHAPES, benchmark
from support.pages import VIEWS, open_page, texts

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

# Choices of a page, by key; the first choice of each is what `test_page_opens` draws.
CHOICES = {
    "features": {
        "features__part": ["Distribution", "Two features", "Correlation"],
        "features__kind": ["Families"],
    },
    "confusion": {
        "confusion__cells": ["% of true", "% of predicted", "% of all"],
        "confusion__order": ["By similarity", "By error"],
    },
    "map": {
        "map__layout": ["Principal components"],
        "map__colour": ["Right or wrong", "Cluster"],
    },
    "robustness": {"robustness__cells": ["Points lost"]},
    "calibration": {"calibration__kind": ["Before calibration"]},
    "overview": {"overview__cost": ["Training time"]},
    "compare": {"compare__score": ["Precision", "Recall", "Error rate"]},
}


@pytest.mark.parametrize("name", VIEWS)
def test_page_opens(name: str, artifacts: Artifacts) -> None:
    """Every page draws without an error, under the first and the last protocol, with its title."""
    protocols = list(artifacts.manifest.protocols)
    for protocol in {protocols[0], protocols[-1]}:
        assert open_page(name, artifacts, protocol).title[0].value


@pytest.mark.parametrize("odd", SHAPES, indirect=True)
@pytest.mark.parametrize("name", VIEWS)
def test_page_opens_on_odd_shapes(name: str, odd: Artifacts) -> None:
    """Few or many genres, names with markup, nothing to explain: no page ends in an error."""
    protocols = list(odd.manifest.protocols)
    for protocol in {protocols[0], protocols[-1]}:
        assert open_page(name, odd, protocol).title[0].value


# One with recordings and one without, one with odd names and one with genres of no test tracks.
@pytest.mark.parametrize("odd", ["markup_in_names", "untested_genre"], indirect=True)
@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_opens_on_odd_shapes(name: str, odd: Artifacts) -> None:
    """What a choice of a page shows, opened by its address, ends in no error either."""
    for key, options in CHOICES[name].items():
        for option in options:
            page = open_page(name, odd, **{key: option})
            kept = page.query_params.get(key.replace("__", "."))
            assert kept == option or not page.get("segmented_control"), key


def test_pages_without_summaries_say_how_to_get_them(tmp_path: Path) -> None:
    """Map and distributions of older artifacts are no error but an instruction."""
    bare = benchmark("bare", SHAPES["no_summary"], tmp_path)
    assert "Build it again" in texts(open_page("map", bare))
    for part in ("Distribution", "Two features", "Correlation"):
        assert "Build it again" in texts(open_page("features", bare, features__part=part))
