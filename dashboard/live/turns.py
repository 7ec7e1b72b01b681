"""Whose turn it is: short recordings before long ones, explanations when no verdict is wanted.

All visitors share the processor. Of recordings that are analysed side by side, all are done late;
in turn, most are done early. A long one gives its place to those that had less of the processor,
and goes on when it comes to be first again, which is soon, however many short ones come. A visitor
holds one place.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Condition
from typing import TYPE_CHECKING

from pipeline.untrusted.decoding import READERS, WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEWS_SECONDS = 0.5  # how often those who wait hear how many are ahead of them
PATIENCE_SECONDS = 2.0  # how long a step of an explanation waits for verdicts, however many come
SLICE_SECONDS = 5.0  # after which a place is given to others, if any wait; most verdicts take less
LONGEST_SECONDS = 60.0  # that a place given up is waited for, however many short recordings come


@dataclass(eq=False)
class Ticket:
    """A visitor who is served, or waits.

    Attributes
    ----------
    waiting
        Is told how many come first.
    slices
        How often the place was given up.
    since
        When the place was given, or given up, by a clock that never goes back.
    """

    visitor: object
    waiting: Callable[[int], None]
    number: int
    slices: int = 0
    served: bool = False
    begun: bool = False
    since: float = 0.0

    @property
    def rank(self) -> tuple[int, int]:
        """Who had least is first, and who waits too long; of these, who came first."""
        late = time.monotonic() - self.since > LONGEST_SECONDS
        return 0 if late else self.slices, self.number


class Queue:
    """Some have a place, the others wait for one: who had less before who had more.

    Parameters
    ----------
    places
        How many are served at once.
    most_begun
        How many are served or have given their place up meanwhile; others wait until one is done.
    """

    def __init__(self, places: int, most_begun: int = READERS // 2) -> None:
        self.places, self.most_begun = places, most_begun
        self._tickets: list[Ticket] = []
        self._numbers = count()
        self._changed = Condition()

    @contextmanager
    def turn(
        self, waiting: Callable[[int], None], visitor: object = None
    ) -> Iterator[Callable[[], None]]:
        """Wait for a place and hold it.

        Parameters
        ----------
        waiting
            Is told now and then how many wait ahead. What it raises ends the waiting.
        visitor
            Who has one place at a time; None: a stranger.

        Yields
        ------
        Callable
            To be called between steps of the work: gives the place to others now and then, and
            returns when it is this one's turn again.
        """
        ticket = Ticket(visitor or object(), waiting, next(self._numbers))
        with self._changed:
            self._tickets.append(ticket)
            self._serve()
        try:
            self._wait(ticket)
            yield lambda: self._give_way(ticket)
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._serve()

    def _wait(self, ticket: Ticket) -> None:
        while not self._is_served(ticket):
            ticket.waiting(self._ahead(ticket))

    def _is_served(self, ticket: Ticket) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: ticket.served, NEWS_SECONDS)

    def _serve(self) -> None:
        """Give free places to those who are first; after each change."""
        while (first := self._first()) is not None:
            first.served = first.begun = True
            first.since = time.monotonic()
        self._changed.notify_all()

    def _first(self) -> Ticket | None:
        """Who is to be served next; None if nobody can be."""
        served = [ticket.visitor for ticket in self._tickets if ticket.served]
        if len(served) >= self.places:
            return None
        full = sum(ticket.begun for ticket in self._tickets) >= self.most_begun
        possible = [
            ticket
            for ticket in self._tickets
            if not ticket.served and ticket.visitor not in served and (ticket.begun or not full)
        ]
        return min(possible, key=lambda ticket: ticket.rank, default=None)

    def _ahead(self, ticket: Ticket) -> int:
        with self._changed:
            return sum(not t.served and t.rank < ticket.rank for t in self._tickets)

    def _give_way(self, ticket: Ticket) -> None:
        if time.monotonic() - ticket.since < SLICE_SECONDS:
            return
        with self._changed:
            ticket.served, ticket.slices, ticket.since = False, ticket.slices + 1, time.monotonic()
            self._serve()
        self._wait(ticket)

    def wait_until_empty(self, seconds: float) -> None:
        """Wait until nobody is served nor waits, but no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._tickets, seconds)


def place_in_words(ahead: int) -> str:
    """Where someone who waits stands, in words."""
    others = "1 other comes" if ahead == 1 else f"{ahead} others come"
    return f"Waiting: {others} first …" if ahead else "Waiting: yours is next …"


EXPLANATIONS = Queue(1)
VERDICTS = Queue(WORKERS - EXPLANATIONS.places)
