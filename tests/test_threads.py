"""Work of one process on all cores."""

from __future__ import annotations

from threading import Barrier, current_thread

import pytest
from joblib import Parallel, delayed
from threadpoolctl import threadpool_info

from pipeline.threads import in_order


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on two cores, whatever other tests asked for."""
    monkeypatch.setenv("GENRESCOPE_THREADS", "2")


def test_results_keep_the_order_of_their_items() -> None:
    """Whoever finishes first."""
    assert list(in_order(lambda n: n * n, range(50))) == [n * n for n in range(50)]


def test_items_are_taken_as_they_are_needed() -> None:
    """A recording of any length fits into memory: an item a thread is ahead of the reader."""
    taken: list[int] = []
    results = in_order(str, (taken.append(n) or n for n in range(1000)))
    assert next(results) == "0"
    results.close()
    assert len(taken) <= 3


def test_several_are_done_at_once() -> None:
    """Each waits until another one is at work."""
    together = Barrier(2, timeout=30)
    assert len(list(in_order(lambda n: together.wait(), range(2)))) == 2


def test_an_error_reaches_the_reader() -> None:
    """It is raised where the result is due."""
    results = in_order(lambda n: 1 // n, [2, 1, 0])
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_one_thread_is_the_reader_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants one gets no other."""
    monkeypatch.setenv("GENRESCOPE_THREADS", "1")
    assert names_of_threads() == {current_thread().name}


def names_of_threads() -> set[str]:
    """Threads that work in this process."""
    return set(in_order(lambda n: current_thread().name, range(4)))


def test_within_a_job_there_are_no_more_threads() -> None:
    """Each core is at work already."""
    for outer, inner in in_order(lambda n: (current_thread().name, names_of_threads()), range(3)):
        assert inner == {outer}


def test_a_single_item_needs_no_thread() -> None:
    """What its job divides has the threads."""
    together = Barrier(2, timeout=30)
    [inner] = in_order(lambda n: list(in_order(lambda m: together.wait(), range(2))), range(1))
    assert sorted(inner) == [0, 1]


def test_a_worker_process_uses_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one a core already."""
    monkeypatch.delenv("GENRESCOPE_THREADS")
    with Parallel(n_jobs=2) as parallel:
        [names] = parallel([delayed(names_of_threads)()])
    assert names == {"MainThread"}


def test_multiplications_have_one_thread_each() -> None:
    """There is a thread a core already, and more would wait for each other."""
    list(in_order(str, range(2)))
    blas = [found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"]
    assert blas
    assert set(blas) == {1}
