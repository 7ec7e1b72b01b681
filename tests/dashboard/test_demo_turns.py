"""Whose turn it is when several visitors want something."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest

from dashboard.live import turns
from dashboard.live.turns import Queue


class Visitor(Thread):
    """Waits for a turn, and holds it until it may leave."""

    def __init__(self, queue: Queue, name: str | None = None) -> None:
        super().__init__(daemon=True)
        self.queue, self.news, self.visitor = queue, list[int](), name
        self.served, self.may_step, self.stepped = Event(), Event(), Event()
        self.may_leave = Event()

    def run(self) -> None:
        """Wait, be served, and take a step of a long work where the test says so."""
        with self.queue.turn(self.news.append, self.visitor) as give_way:
            self.served.set()
            while not self.may_leave.wait(0.001):
                if self.may_step.is_set():
                    give_way()
                    self.stepped.set()


def visitors(queue: Queue, n: int, name: str | None = None) -> list[Visitor]:
    """They come one after the other; with a name all are the same visitor."""
    found = []
    before = len(queue._tickets)
    for _ in range(n):
        found.append(Visitor(queue, name))
        found[-1].start()
        while len(queue._tickets) < before + len(found):
            time.sleep(0.001)
    return found


def leave(*them: Visitor) -> None:
    """All go, and are gone."""
    for visitor in them:
        visitor.may_leave.set()
    for visitor in them:
        visitor.join(30)
        assert not visitor.is_alive()


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


def test_long_recordings_yield_to_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """All places are taken by long ones; who comes then is served before they are done.

    The long ones go on afterwards, and none of them loses its work.
    """
    monkeypatch.setattr(turns, "SLICE_SECONDS", 0.0)
    queue = Queue(3)
    long = visitors(queue, 4)
    for each in long[:3]:
        assert each.served.wait(30)
    [short] = visitors(queue, 1)
    assert not short.served.is_set()
    for each in long:
        each.may_step.set()
    assert short.served.wait(30)
    assert long[3].served.wait(30)
    leave(short)
    for each in long:
        assert each.stepped.wait(30)
    leave(*long)
    assert not queue._tickets


def test_who_gave_a_place_up_hears_how_many_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is behind those who had less."""
    monkeypatch.setattr(turns, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(turns, "NEWS_SECONDS", 0.01)
    queue = Queue(1)
    [long] = visitors(queue, 1)
    assert long.served.wait(30)
    short = visitors(queue, 2)
    long.may_step.set()
    assert short[0].served.wait(30)
    while not long.news:
        time.sleep(0.001)
    assert long.news[0] == 1
    leave(*short, long)


def test_a_long_recording_goes_on_however_many_short_ones_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After it has waited for its place for too long, it comes before those who came later."""
    monkeypatch.setattr(turns, "SLICE_SECONDS", 0.0)
    queue = Queue(1)
    [long, *short] = visitors(queue, 3)
    assert long.served.wait(30)
    long.may_step.set()
    assert short[0].served.wait(30)
    assert not long.stepped.is_set()
    monkeypatch.setattr(turns, "LONGEST_SECONDS", -1.0)
    leave(short[0])
    assert long.stepped.wait(30)
    assert not short[1].served.is_set()
    monkeypatch.undo()
    leave(long, short[1])


def test_a_visitor_holds_one_place() -> None:
    """Four uploads in four tabs take one place, and another visitor does not wait for them."""
    queue = Queue(3)
    tabs = visitors(queue, 4, "the same browser")
    assert tabs[0].served.wait(30)
    [other] = visitors(queue, 1)
    assert other.served.wait(30)
    assert not any(tab.served.is_set() for tab in tabs[1:])
    leave(tabs[0])
    assert tabs[1].served.wait(30)
    leave(*tabs[1:], other)


def test_no_more_are_begun_than_can_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that was begun keeps a file open; the next one waits, with its place told."""
    monkeypatch.setattr(turns, "SLICE_SECONDS", 0.0)
    queue = Queue(1, most_begun=2)
    long = visitors(queue, 2)
    for each in long:
        each.may_step.set()
    for each in long:
        assert each.served.wait(30)
    [late] = visitors(queue, 1)
    while not late.news:
        time.sleep(0.001)
    assert not late.served.is_set()
    leave(long[0])
    assert late.served.wait(30)
    leave(long[1], late)


def test_the_place_is_said_in_words() -> None:
    """How many come first, or that nobody does."""
    assert turns.place_in_words(0) == "Waiting: yours is next …"
    assert turns.place_in_words(1) == "Waiting: 1 other comes first …"
    assert turns.place_in_words(12) == "Waiting: 12 others come first …"
