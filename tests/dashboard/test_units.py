"""Shares are in percent, differences in points; one rule says how many decimals they have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard import units

DASHBOARD = Path(units.__file__).parent
SOURCES = sorted(path for path in DASHBOARD.rglob("*.py") if path.name != "units.py")


@pytest.mark.parametrize(
    ("share", "rounded", "exact"),
    [(0.724, "72%", "72.4%"), (0, "0%", "0.0%"), (1, "100%", "100.0%")],
)
def test_shares_are_in_percent(share: float, rounded: str, exact: str) -> None:
    """No decimal at a glance, one to look up."""
    assert units.percent(share) == rounded
    assert units.exact_percent(share) == exact


@pytest.mark.parametrize(
    ("difference", "signed", "unsigned"),
    [(0.218, "+21.8 points", "21.8 points"), (-0.0042, "-0.4 points", "0.4 points")],
)
def test_differences_are_in_points(difference: float, signed: str, unsigned: str) -> None:
    """One decimal, with the sign or without."""
    assert units.points(difference) == signed
    assert units.unsigned_points(difference) == unsigned


def test_one_thing_is_no_plural() -> None:
    """Thousands are grouped."""
    assert [units.counted(n, "model") for n in (0, 1, 2000)] == [
        "0 models",
        "1 model",
        "2,000 models",
    ]


def test_sizes_and_durations_have_two_digits_or_no_decimal() -> None:
    """Below one megabyte in kilobytes."""
    sizes = (306.4, 5.06, 1, 0.146, 0.0072)
    assert [units.megabytes(s) for s in sizes] == ["306 MB", "5.1 MB", "1 MB", "146 kB", "7.2 kB"]
    assert [units.seconds(s) for s in (0.366, 0.0098, 1)] == ["0.37 s", "0.0098 s", "1 s"]


def test_p_values_have_two_digits() -> None:
    """However small."""
    assert [units.p_value(p) for p in (0.0123, 1, 2.34e-9)] == ["p = 0.012", "p = 1", "p = 2.3e-09"]


def test_names_are_listed_as_in_a_sentence() -> None:
    """Commas, and the last after "and"."""
    assert [units.listed(list("abc")[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("genres", "words"),
    [
        (["jazz"], "all test tracks of jazz are by one artist, which says little about a genre."),
        (["a", "b"], "all test tracks of a are by one artist, and so are all of b, which says"),
        (["a", "b", "c"], "of a are by one artist, and so are all of b and all of c, which"),
    ],
)
def test_missing_means_are_explained(genres: list[str], words: str) -> None:
    """The genres are named; where nothing is missing, nothing is said."""
    assert words in units.why_no_means(genres)
    assert units.why_no_means([]) == ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_rule_stands_in_one_place(path: Path) -> None:
    """No page or figure has a format of percent of its own, nor a space before the sign."""
    text = path.read_text()
    assert re.findall(r":\+?\.\d%|\d %", text) == []
