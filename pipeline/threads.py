"""Work of one process on all cores, where libraries compute without holding Python's lock."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from multiprocessing import parent_process
from threading import local
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")
_within = local()  # of threads that this module started


def in_order(job: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`job` of each item in turn, one a core ahead of its reader.

    Without threads in a worker process, within a job, and for a single item. Items are taken as
    they are needed, so any number of them fits into memory.
    """
    if (n := _threads()) < 2 or hasattr(_within, "job"):
        yield from map(job, items)
        return
    waiting = iter(items)
    first = list(islice(waiting, n))
    if len(first) < 2:
        yield from map(job, first)
        return
    # Threads that share a multiplication wait for each other: it took twice the processor's time.
    threadpool_limits(1, user_api="blas")
    with ThreadPoolExecutor(n, initializer=setattr, initargs=(_within, "job", True)) as pool:
        begun: deque[Future[R]] = deque(pool.submit(job, item) for item in first)
        while begun:
            done = begun.popleft().result()
            begun.extend(pool.submit(job, item) for item in islice(waiting, 1))
            yield done


def _threads() -> int:
    """As many as GENRESCOPE_THREADS says; otherwise one a core, but one in a worker process."""
    return int(os.environ.get("GENRESCOPE_THREADS") or _cores())


@cache
def _cores() -> int:
    if parent_process() is not None:  # there is a process a core
        return 1
    from joblib import cpu_count

    return cpu_count()
