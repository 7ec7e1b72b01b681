"""Which model to ship: the best within limits of cost, and cheaper ones that may be as good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.evaluation.leaderboard import pareto

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What models cost to use, and how far two figures must lie apart to differ: less is noise, or
# matters to nobody.
NOISE = {"clip_seconds": 0.1, "peak_megabytes": 10.0, "file_megabytes": 0.01}


@dataclass(frozen=True)
class Alternative:
    """A model that is not significantly worse than the best, and cheaper.

    Attributes
    ----------
    p
        Of the test against the best, corrected for all pairs of models.
    lost
        The most accuracy that it may lack, in [0, 1]: the end of the simultaneous 95 % interval.
        NaN where there are too few artists for one.
    cheaper, dearer
        Columns of costs by which it is cheaper, and dearer, than the best.
    """

    model: str
    p: float
    lost: float
    cheaper: list[str]
    dearer: list[str]


def known(board: pd.DataFrame, costs: Sequence[str]) -> pd.Series:
    """Whether all costs of each row were measured: what was not is NaN, or 0 in old artifacts."""
    return (board[list(costs)] > 0).all(axis=1)


def within(board: pd.DataFrame, limits: Mapping[str, float]) -> pd.DataFrame:
    """Rows whose costs, by column, are known and at most as high as the limits."""
    meets = pd.DataFrame({cost: board[cost] <= limit for cost, limit in limits.items()})
    return board[known(board, list(limits)) & meets.all(axis=1)]


def against(model: str, pairs: pd.DataFrame) -> pd.DataFrame:
    """Tests of one model against each other, whichever of the two comes first in `pairs`.

    Parameters
    ----------
    pairs
        `pipeline.evaluation.comparison.compare`

    Returns
    -------
    pd.DataFrame
        Index: the other model. ``difference`` (the model less the other) with its interval
        ``low, high``, ``p_adjusted`` and ``significant``.
    """
    sides = {"model_a": "model_b", "model_b": "model_a", "low": "high", "high": "low"}
    turned = pairs.rename(columns=sides)
    turned = turned.assign(**-turned[["difference", "low", "high"]])
    every = pd.concat([pairs, turned])
    columns = ["difference", "low", "high", "p_adjusted", "significant"]
    return every[every["model_a"] == model].set_index("model_b")[columns]


def alternatives(
    board: pd.DataFrame, pairs: pd.DataFrame, costs: Sequence[str]
) -> list[Alternative]:
    """For each cost, the cheapest model that is not significantly worse than the best.

    Parameters
    ----------
    board
        Models `within` the limits, the best first.
    pairs
        `pipeline.evaluation.comparison.compare`; models without a test are no alternatives.

    Returns
    -------
    list of Alternative
        Each model once, those first that are dearer in nothing.
    """
    tests = against(board["model"].iloc[0], pairs)
    close = board[board["model"].isin(tests.index[~tests["significant"].astype(bool)])]
    best = board.iloc[0]
    found = {}
    for cost in costs:
        cheapest = close[pareto(close, cost)].sort_values(cost).head(1)
        for _, row in cheapest.iterrows():
            if best[cost] - row[cost] > NOISE[cost]:
                found[row["model"]] = _alternative(best, row, tests.loc[row["model"]], costs)
    return sorted(found.values(), key=lambda alternative: len(alternative.dearer))


def cheaper(board: pd.DataFrame, costs: Sequence[str]) -> pd.DataFrame:
    """Models that are cheaper than the first one in any of the costs, beyond `NOISE`."""
    saved = board[[*costs]].iloc[0] - board[[*costs]]
    return board[(saved > pd.Series(NOISE)[[*costs]]).any(axis=1)]


def _alternative(
    best: pd.Series, row: pd.Series, test: pd.Series, costs: Sequence[str]
) -> Alternative:
    return Alternative(
        model=row["model"],
        p=test["p_adjusted"],
        lost=test["high"],
        cheaper=[cost for cost in costs if best[cost] - row[cost] > NOISE[cost]],
        dearer=[cost for cost in costs if row[cost] - best[cost] > NOISE[cost]],
    )
