"""Worker processes: one a core, each with one thread."""

from __future__ import annotations

import os
from functools import cache
from multiprocessing import parent_process
from typing import TYPE_CHECKING, TypeVar
from warnings import filterwarnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
R = TypeVar("R")

# What libraries that are loaded later read.
THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "GENRESCOPE_THREADS"),
)


def in_order(work: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Iterator[R]:
    """Results of tasks in their order, computed side by side.

    Results wait for a slow reader, so they should be small.

    Parameters
    ----------
    jobs
        Number of processes, each with one thread; 1: this one, as it is; -1: one for each core.
    """
    from joblib import Parallel, delayed

    # joblib would bundle tasks after quick ones, such as those whose result is kept.
    parallel = Parallel(n_jobs=jobs, return_as="generator", batch_size=1)
    # Who stops early knows that tasks are given up.
    filterwarnings("ignore", r"\d+ tasks (which|have been)", UserWarning)
    yield from parallel(delayed(_worked)(work, task) for task in tasks)


def _worked(work: Callable[[T], R], task: T) -> R:
    keep_workers_to_one_thread()
    return work(task)


def keep_workers_to_one_thread() -> None:
    """`keep_to_one_thread`, if this is a worker process.

    Several threads in each of as many processes as there are cores wait for each other most of the
    time.
    """
    if parent_process() is not None:
        keep_to_one_thread()


@cache
def keep_to_one_thread() -> None:
    """Keep this process to one thread from now on.

    How many threads add numbers up shows in their last digits, so this also makes them the same
    whatever the number of processes.
    """
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(THREADS, "1"))
    threadpool_limits(1)
