"""Whose turn it is: verdicts in the order they came, explanations when no verdict is wanted.

All visitors share the processor. Of recordings that are analysed side by side, all are done late;
in turn, most are done early. Nobody finds the decoder busy: no more turns than it has workers.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

from pipeline.untrusted.decoding import WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEWS_SECONDS = 0.5  # how often those who wait hear how many are ahead of them
PATIENCE_SECONDS = 2.0  # how long a step of an explanation waits for verdicts, however many come


class Queue:
    """Those who came first have a place, the others wait for one in order.

    Parameters
    ----------
    places
        How many are served at once.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._tickets: list[object] = []  # in order; those in front are served
        self._changed = Condition()

    @contextmanager
    def turn(self, waiting: Callable[[int], None]) -> Iterator[None]:
        """Wait for a place and hold it.

        Parameters
        ----------
        waiting
            Is told now and then how many wait ahead. What it raises ends the waiting.
        """
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        try:
            while not self._is_served(ticket):
                waiting(self._tickets.index(ticket) - self.places)
            yield
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _is_served(self, ticket: object) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: self._tickets.index(ticket) < self.places, NEWS_SECONDS
            )

    def wait_until_empty(self, seconds: float) -> None:
        """Wait until nobody is served nor waits, but no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._tickets, seconds)


EXPLANATIONS = Queue(1)
VERDICTS = Queue(WORKERS - EXPLANATIONS.places)
