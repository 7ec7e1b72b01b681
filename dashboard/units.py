"""How numbers are written: one rule for units and decimals on all pages, figures and reports.

A share is written in percent, a difference between two shares in points (percentage points).
Where numbers are taken in at a glance (sentences, axes, bars, cells), a share has no decimal. Where
they are looked up (tables, tooltips), it has one. Points have one decimal, since most differences
are small, except on axes and in cells.

The formats are understood by Python's `format` and by Plotly alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

PERCENT = ".0%"  # of a share, at a glance
PERCENT_EXACT = ".1%"  # of a share, to look up
POINTS = "+.0f"  # of points, at a glance
POINTS_EXACT = "+.1f"  # of points, to look up
P_VALUE = ".2g"
COSTS_AS_SHIPPED = "Time and memory are those of a shipped model of the same kind and features."
NUMBER = ".3f"  # of scores that are no shares: log loss, Brier score, calibration error


def percent(share: float) -> str:
    """A share in [0, 1] as in "72%"."""
    return format(share, PERCENT)


def exact_percent(share: float) -> str:
    """A share in [0, 1] as in "72.3%"."""
    return format(share, PERCENT_EXACT)


def with_interval(row: Any) -> str:
    """``accuracy`` and its interval ``low, high``, if it has one, as in "72% (68% to 76%)"."""
    if row["low"] != row["low"]:  # NaN
        return percent(row["accuracy"])
    return f"{percent(row['accuracy'])} ({percent(row['low'])} to {percent(row['high'])})"


def in_points(difference: Any) -> Any:
    """Differences between shares, a number or a table, in percentage points."""
    return 100 * difference


def points(difference: float) -> str:
    """A difference between two shares, its sign included, as in "+2.4 points"."""
    return f"{in_points(difference):{POINTS_EXACT}} points"


def unsigned_points(difference: float) -> str:
    """The size of a difference between two shares as in "2.4 points"."""
    return f"{abs(in_points(difference)):.1f} points"


def seconds(value: float) -> str:
    """A duration as in "0.37 s"."""
    return f"{value:.2g} s" if value < 100 else f"{value:.0f} s"


def megabytes(value: float) -> str:
    """A size in MB as in "306 MB", "5.1 MB" or, below one, "150 kB"."""
    if value >= 1:
        return f"{value:.2g} MB" if value < 10 else f"{value:.0f} MB"
    return f"{1000 * value:.2g} kB" if value < 0.1 else f"{1000 * value:.0f} kB"


def spoken(markdown: str) -> str:
    """A sentence without its marks, for those who hear what a chart shows."""
    return re.sub(r"\*\*|\\(.)", lambda found: found.group(1) or "", markdown)


def counted(number: int, noun: str) -> str:
    """A number of things as in "1 model" or "2,000 models"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """Names as in "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def among_largest(sizes: pd.Series) -> str:
    """What the first of genres is, by their falling sizes."""
    alone = (sizes == sizes.iloc[0]).sum() == 1
    return "the largest genre" if alone else "one of the largest genres"


def why_no_means(genres: Sequence[str]) -> str:
    """Why means over genres are not given; for `pipeline.evaluation.scores.genres_by_one_artist`.

    Empty if there are no such genres.
    """
    if not genres:
        return ""
    first, *others = genres
    too = f", and so are {listed([f'all of {genre}' for genre in others])}" if others else ""
    return (
        f"Macro-F1 and balanced accuracy are not given (–): all test tracks of {first} are by one"
        f" artist{too}, which says little about a genre."
    )


def not_verified(models: Collection[str]) -> str:
    """What is known of models whose predictions were imported; empty if there are none."""
    if not models:
        return ""
    return (
        " Not verified here: predictions that others made. They are complete, but whether the model"
        " never saw these tracks in training is not known."
    )


def p_value(p: float) -> str:
    """A p-value as in "p = 0.012"."""
    return f"p = {p:{P_VALUE}}"
