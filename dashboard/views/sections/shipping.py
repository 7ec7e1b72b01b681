"""Which model to ship within limits of time, memory and size: a section of the overview."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dashboard import components, sliders, state, units
from pipeline.evaluation import shipping

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.evaluation.shipping import Alternative

HUNDREDTHS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
NO_LIMIT = "no limit"


class _Cost(NamedTuple):
    """A cost: the key, the label and the steps of its slider, and how it is written and spoken."""

    key: str
    label: str
    steps: tuple[float, ...]
    written: Callable[[float], str]
    less: str
    more: str


COSTS = {
    "clip_seconds": _Cost(
        "overview.seconds",
        "Time limit, for 30 s of music",
        (*HUNDREDTHS[:5], 0.3, 0.4, 0.5, 0.7, 1, 2, 5, 10),
        units.seconds,
        "is faster",
        "is slower",
    ),
    "peak_megabytes": _Cost(
        "overview.memory",
        "Memory limit",
        (240, 250, 260, 280, 300, 350, 400, 500, 750, 1000, 2000, 4000),
        units.megabytes,
        "needs less memory",
        "needs more memory",
    ),
    "file_megabytes": _Cost(
        "overview.size",
        "File size limit",
        (*HUNDREDTHS, 1, 2, 5, 10, 20, 50, 100),
        units.megabytes,
        "has a smaller file",
        "has a larger file",
    ),
}


def show(artifacts: Artifacts, protocol: str, board: pd.DataFrame) -> None:
    """Limits, and what the comparisons of this benchmark say about the models under them.

    Parameters
    ----------
    board
        The leaderboard, with a column for each of `COSTS`.
    """
    st.header("Which should I ship?")
    # Where models know tables only, there is no music whose time could be taken.
    costs = [cost for cost in COSTS if artifacts.manifest.live or cost != "clip_seconds"]
    real = board[~board["model"].isin(artifacts.baselines)]
    priced = real[shipping.known(real, costs)]
    if priced.empty:
        st.info("What these models cost was not measured, so limits would choose nothing.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        limits = {cost: _limit(COSTS[cost]) for cost in costs}
    pairs = state.compare(artifacts, tuple(state.tested_models(artifacts, protocol)), protocol)
    st.markdown(in_words(priced, limits, pairs))
    taught = artifacts.learning_curve is not None
    st.caption(_explanation(real[~real["model"].isin(priced["model"])], taught))


def _limit(cost: _Cost) -> float:
    """Chosen on a slider; without one, infinite."""
    titles = {step: cost.written(step) for step in cost.steps} | {inf: NO_LIMIT}
    return sliders.steps(cost.label, titles, inf, cost.key)


def in_words(board: pd.DataFrame, limits: dict[str, float], pairs: pd.DataFrame) -> str:
    """The best model within the limits, what is cheaper and may be as good, what limits rule out.

    Parameters
    ----------
    board
        Models whose costs are known, the best first.
    """
    left = shipping.within(board, limits)
    if left.empty:
        return _nothing(board, limits)
    best = left.iloc[0]
    under = "Under these limits" if any(map(isfinite, limits.values())) else "Without limits"
    spent = units.listed([_amount(cost, best[cost]) for cost in limits])
    text = (
        f"{under}, **{components.plain(best['title'])}** is best: {units.with_interval(best)},"
        f" with {spent}."
    )
    found = shipping.alternatives(left, pairs, list(limits))
    others = [_alternative(one, best, left[left["model"] == one.model].iloc[0]) for one in found]
    others = others or [_no_alternative(left, list(limits), pairs)]
    return "\n\n".join([text, *others, *_ruled_out(board.iloc[0], best, pairs)])


def _no_alternative(left: pd.DataFrame, costs: list[str], pairs: pd.DataFrame) -> str:
    """Why none of the models within the limits may take the place of the best."""
    cheaper = shipping.cheaper(left, costs)
    if cheaper.empty:
        return "There is no cheaper model."
    tested = shipping.against(left["model"].iloc[0], pairs).index
    unknown = "" if cheaper["model"].isin(tested).all() else ", or was not tested on the same folds"
    return f"Every cheaper model is significantly worse{unknown}."


def _amount(cost: str, value: float) -> str:
    """A cost as in "0.37 s", "306 MB of memory" or "a file of 5.1 MB"."""
    amount = COSTS[cost].written(value)
    return {"peak_megabytes": f"{amount} of memory", "file_megabytes": f"a file of {amount}"}.get(
        cost, amount
    )


def _alternative(found: Alternative, best: pd.Series, row: pd.Series) -> str:
    """How it compares, and in which costs."""
    most = f", at most {units.unsigned_points(found.lost)} less accurate" if found.lost > 0 else ""
    less = [f"{COSTS[c].less} ({_instead(c, row, best)})" for c in found.cheaper]
    more = [f"{COSTS[c].more} ({_instead(c, row, best)})" for c in found.dearer]
    return (
        f"**{components.plain(row['title'])}**, with {units.percent(row['accuracy'])}, is not"
        f" significantly worse ({units.p_value(found.p)}{most}). It {units.listed(less)}"
        f"{f', but {units.listed(more)}' if more else ''}."
    )


def _instead(cost: str, row: pd.Series, best: pd.Series) -> str:
    written = COSTS[cost].written
    return f"{written(row[cost])} instead of {written(best[cost])}"


def _ruled_out(leader: pd.Series, best: pd.Series, pairs: pd.DataFrame) -> list[str]:
    """Whether the limits cost accuracy."""
    tests = shipping.against(leader["model"], pairs)
    if best["model"] not in tests.index:
        return []
    test = tests.loc[best["model"]]
    better = (
        f"better by {units.unsigned_points(test['difference'])}"
        if test["significant"]
        else "not significantly better"
    )
    title = components.plain(leader["title"])
    return [
        f"The limits rule out {title}, which is {better} ({units.p_value(test['p_adjusted'])})."
    ]


def _nothing(board: pd.DataFrame, limits: dict[str, float]) -> str:
    """Why no model is left, and the least that would leave one."""
    least = {cost: board[cost].min() for cost, limit in limits.items()}
    short = [cost for cost, limit in limits.items() if least[cost] > limit]
    if short:
        amounts = units.listed([_amount(cost, least[cost]) for cost in short])
        return f"No model is under these limits. The least of any model is {amounts}."
    return (
        "No model is under all of these limits, though some model is under each of them. Raise one."
    )


def _explanation(unknown: pd.DataFrame, taught: bool) -> str:
    """Where figures come from, and who is left out."""
    time, memory = (shipping.NOISE[cost] for cost in ("clip_seconds", "peak_megabytes"))
    costs = units.COSTS_AS_SHIPPED if taught else "Costs were measured on one core."
    text = (
        "Significance: as above, by the test over artists that is corrected for all pairs of"
        f" models. {costs} Times less than {units.seconds(time)} and memories less than"
        f" {units.megabytes(memory)} apart count as equal. The best of several models is"
        " partly the luckiest: expect a little less of it on new music. Baselines are not offered."
    )
    if unknown.empty:
        return text
    titles = units.listed([components.plain(title) for title in unknown["title"]])
    return f"{text} Left out, since their costs are not known: {titles}."
