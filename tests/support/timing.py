"""Durations, and tables of what was measured."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def seconds(job: Callable[..., object], *arguments: object) -> float:
    """Duration of a call."""
    start = time.perf_counter()
    job(*arguments)
    return time.perf_counter() - start


def in_turns(jobs: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Median duration of each job, one after the other many times, after a first time."""
    for job in jobs.values():
        job()
    taken = [{name: seconds(job) for name, job in jobs.items()} for _ in range(times)]
    return {name: statistics.median(row[name] for row in taken) for name in jobs}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, marks, *rows]) + "\n"


def unwanted(number: int) -> str:
    """A count that should be 0, bold where it is not."""
    return f"**{number:,}**" if number else "0"


def goal(measured: float, wished: float, digits: int = 2) -> list[str]:
    """Cells of a figure and of its goal, which is bold where it was missed."""
    mark = "" if measured <= wished else "**"
    return [f"{measured:.{digits}f}", f"{mark}≤ {wished:.4g}{mark}"]


def at_least(measured: float, wished: float) -> list[str]:
    """Cells of a figure that should be large, as `goal` writes them."""
    mark = "" if measured >= wished else "**"
    return [f"{measured:.2f}", f"{mark}≥ {wished:.4g}{mark}"]
