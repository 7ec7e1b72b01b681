"""Whose turn it is when several visitors want something."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest

from dashboard.live.turns import Queue


class Visitor(Thread):
    """Waits for a turn, and holds it until it may leave."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(daemon=True)
        self.queue, self.news = queue, list[int]()
        self.served, self.may_leave = Event(), Event()

    def run(self) -> None:
        """Wait, and be served."""
        with self.queue.turn(self.news.append):
            self.served.set()
            self.may_leave.wait(30)


def visitors(queue: Queue, n: int) -> list[Visitor]:
    """They come one after the other."""
    found = []
    for _ in range(n):
        found.append(Visitor(queue))
        found[-1].start()
        while len(queue._tickets) < len(found):
            time.sleep(0.001)
    return found


def test_who_came_first_is_served_first() -> None:
    """As many at once as there are places; the next one follows who leaves."""
    first, second, third, fourth = visitors(Queue(2), 4)
    assert first.served.wait(30)
    assert second.served.wait(30)
    assert not third.served.is_set()
    second.may_leave.set()
    assert third.served.wait(30)
    assert not fourth.served.is_set()
    for visitor in (first, third, fourth):
        visitor.may_leave.set()
        visitor.join(30)
    assert fourth.served.is_set()


def test_who_waits_hears_how_many_come_first() -> None:
    """Those who wait ahead are counted, not those who are served."""
    first, second, third = visitors(Queue(1), 3)
    while not third.news:
        time.sleep(0.01)
    assert (second.news or [0])[0] == 0
    assert third.news[0] == 1
    for visitor in (first, second, third):
        visitor.may_leave.set()


def test_who_goes_while_waiting_leaves_no_gap() -> None:
    """A visitor who closes the page ends the waiting by an exception."""
    queue = Queue(1)
    [first] = visitors(queue, 1)

    def gone(ahead: int) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError), queue.turn(gone):
        pass
    first.may_leave.set()
    first.join(30)
    with queue.turn(lambda ahead: None):
        pass


def test_explanations_wait_for_verdicts_but_not_for_ever() -> None:
    """Until the queue is empty, or for as long as their patience lasts."""
    queue = Queue(1)
    [visitor] = visitors(queue, 1)
    start = time.monotonic()
    queue.wait_until_empty(0.2)
    assert time.monotonic() - start >= 0.2
    visitor.may_leave.set()
    queue.wait_until_empty(30)
    assert not queue._tickets
