"""Worker processes: one a core, each with one thread."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import BrokenExecutor
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from warnings import filterwarnings

from pipeline.errors import PipelineError

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

    Raises
    ------
    PipelineError
        If a process dies. The first task without a result is named.
    """
    from joblib import Parallel, delayed

    # joblib would bundle tasks after quick ones, such as those whose result is kept.
    parallel = Parallel(n_jobs=jobs, return_as="generator", batch_size=1)
    # Who stops early knows that tasks are given up.
    filterwarnings("ignore", r"\d+ tasks (which|have been)", UserWarning)
    waiting: deque[T] = deque()

    def taken() -> Iterator[object]:
        for task in tasks:
            waiting.append(task)
            yield delayed(_worked)(work, task)

    try:
        for result in parallel(taken()):
            waiting.popleft()
            yield result
    except BrokenExecutor as error:
        raise PipelineError(
            f"A worker process died over {_name(waiting[0])}, or one of the next tasks. It may have"
            " lacked memory: use fewer of them, as with --jobs 1. If it dies there again, leave"
            " that file out. The same command goes on where it stopped."
        ) from error


def _name(task: object) -> str:
    """The file that a task is about."""
    parts = task if isinstance(task, tuple) else (task,)
    return next((str(part) for part in parts if isinstance(part, Path)), "a task")


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
