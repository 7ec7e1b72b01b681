"""How slow work reports how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
# progress(task, done, total): how much of a task is done; the total may be unknown.
Progress: TypeAlias = Callable[[str, float, float | None], None]


def silent(task: str, done: float, total: float | None) -> None:
    """Report nothing."""


def tracked(steps: Iterable[T], task: str, total: int, progress: Progress) -> Iterator[T]:
    """Pass steps on, and report how many are done: before the first and after each."""
    progress(task, 0, total)
    for done, step in enumerate(steps, start=1):
        yield step
        progress(task, done, total)
