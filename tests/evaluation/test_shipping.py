"""The best model within limits, and cheaper ones that are not significantly worse."""

from __future__ import annotations

from itertools import combinations
from math import inf

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.shipping import Alternative, against, alternatives, known, within

COSTS = ["clip_seconds", "peak_megabytes", "file_megabytes"]
# Four models, the best first: `large` is best, `close` is as fast and smaller, `small` is smaller
# still and needs more memory, `bad` is cheapest and significantly worse.
BOARD = pd.DataFrame(
    [
        ("large", 0.80, 0.9, 500.0, 50.0),
        ("close", 0.79, 0.85, 505.0, 5.0),
        ("small", 0.75, 0.5, 600.0, 0.5),
        ("bad", 0.40, 0.1, 100.0, 0.1),
    ],
    columns=["model", "accuracy", *COSTS],
)


def pairs(significant: set[frozenset[str]]) -> pd.DataFrame:
    """Every pair of the four, differing as their accuracies do, with an interval of 5 points."""
    accuracy = BOARD.set_index("model")["accuracy"]
    rows = [
        {
            "model_a": a,
            "model_b": b,
            "difference": (difference := accuracy[a] - accuracy[b]),
            "low": difference - 0.05,
            "high": difference + 0.05,
            "p_adjusted": 0.001 if {a, b} in significant else 0.6,
            "significant": {a, b} in significant,
        }
        for a, b in combinations(BOARD["model"], 2)
    ]
    return pd.DataFrame(rows)


PAIRS = pairs({frozenset({"bad", other}) for other in ("large", "close", "small")})


def test_only_models_within_every_limit_are_left() -> None:
    """A limit includes its end, an infinite one excludes nothing, and all of them count."""
    free = dict.fromkeys(COSTS, inf)
    assert within(BOARD, free)["model"].tolist() == ["large", "close", "small", "bad"]
    assert within(BOARD, free | {"file_megabytes": 5.0})["model"].tolist() == [
        "close",
        "small",
        "bad",
    ]
    both = free | {"file_megabytes": 5.0, "peak_megabytes": 550}
    assert within(BOARD, both)["model"].tolist() == ["close", "bad"]
    assert within(BOARD, free | {"clip_seconds": 0.05}).empty


@pytest.mark.parametrize("unknown", [np.nan, 0.0])
def test_a_model_of_unknown_cost_is_within_no_limit(unknown: float) -> None:
    """Even if nothing is limited: nobody knows whether it would be."""
    board = BOARD.assign(peak_megabytes=[unknown, 505, 600, 100])
    assert known(board, COSTS).tolist() == [False, True, True, True]
    assert "large" not in set(within(board, dict.fromkeys(COSTS, inf))["model"])
    assert "large" in set(within(board, {"clip_seconds": inf})["model"])


def test_a_model_is_compared_with_each_other_from_its_side() -> None:
    """Where it stands second in a pair, difference and interval change their sign and ends."""
    own = against("close", PAIRS)
    assert set(own.index) == {"large", "small", "bad"}
    assert own.loc["large", ["difference", "low", "high"]].tolist() == pytest.approx(
        [-0.01, -0.06, 0.04]
    )
    assert own.loc["small", ["difference", "low", "high"]].tolist() == pytest.approx(
        [0.04, -0.01, 0.09]
    )


def test_alternatives_are_not_significantly_worse_and_cheaper() -> None:
    """The cheapest by each cost of those that the test does not tell from the best."""
    (found,) = alternatives(BOARD, PAIRS, COSTS)
    assert found.model == "small"  # by time and by size; `bad` is cheaper and significantly worse
    assert (found.p, found.lost) == pytest.approx((0.6, 0.10))
    assert found.cheaper == ["clip_seconds", "file_megabytes"]
    assert found.dearer == ["peak_megabytes"]


def test_what_is_dearer_in_nothing_comes_first() -> None:
    """If `bad` were not significantly worse, it would be the better offer."""
    found = alternatives(BOARD, pairs(set()), COSTS)
    assert [one.model for one in found] == ["bad"]
    assert found[0] == Alternative("bad", 0.6, pytest.approx(0.45), COSTS, [])
    middling = BOARD.assign(clip_seconds=[0.9, 0.85, 0.1, 0.5])
    found = alternatives(middling, pairs(set()), COSTS)
    assert [(one.model, one.dearer) for one in found] == [
        ("bad", []),
        ("small", ["peak_megabytes"]),
    ]


def test_differences_of_cost_within_their_noise_count_for_nothing() -> None:
    """Fifty milliseconds and five megabytes of memory are no reason to choose a model."""
    alike = BOARD.assign(peak_megabytes=500.0, file_megabytes=1.0, clip_seconds=[0.9, 0.85, 1, 1])
    assert alternatives(alike, pairs(set()), COSTS) == []


def test_without_tests_there_are_no_alternatives() -> None:
    """A model whose folds are unknown is in no pair, and one model alone has none."""
    assert alternatives(BOARD, PAIRS[PAIRS["model_a"] != "large"], COSTS) == []
    assert alternatives(BOARD.head(1), PAIRS.head(0), COSTS) == []
