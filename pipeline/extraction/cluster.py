"""Worker processes of a Dask cluster, on this machine or on others, in place of joblib's own."""

from __future__ import annotations

import os
import sys
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from logging import ERROR
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pipeline.code_hash import code_hash
from pipeline.errors import PipelineError
from pipeline.extraction.workers import keep_to_one_thread
from pipeline.folders import check_writable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from distributed import Client

LOCAL = "local"
WAIT_SECONDS = 10
_PROCESSES: dict[str, Any] = {
    "n_workers": os.cpu_count(),
    "threads_per_worker": 1,
    "dashboard_address": None,
    "silence_logs": ERROR,  # it warns of each worker that takes long to end
}
# What workers are asked to run; all that it imports counts.
RUN = ("extraction.extract", "benchmark.experiment", "inference.kept")


@contextmanager
def on(address: str | None, cache: Path, music: Sequence[Path] = ()) -> Iterator[None]:
    """Let all that is computed side by side in this block run on a Dask cluster.

    Tasks of a worker that is lost run on another one. Those that wait are given up when the block
    is left.

    Parameters
    ----------
    address
        Of the scheduler, as in ``tcp://host:8786``; ``local``: a process for each core of this
        machine; None: joblib's processes, as without this block.
    cache
        Absolute path of a folder that workers write, and this process reads.
    music
        Absolute paths of what workers read.

    Raises
    ------
    PipelineError
        If there is no such cluster, or a worker of it has other code or lacks a folder.
    """
    if address is None:
        yield
        return
    from joblib import parallel_config

    with _client(address) as client:
        _check(client, address, cache, music)
        client.register_plugin(_one_thread(), name="genrescope")
        with parallel_config(backend=_backend(client)):
            yield


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of the cluster."""
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise PipelineError(
            "--cluster needs Dask, which is not installed: python -m pip install"
            " 'genrescope[cluster]'"
        ) from error
    if address == LOCAL:
        with LocalCluster(**_PROCESSES) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(address, timeout=WAIT_SECONDS)
    except (OSError, ValueError) as error:
        raise PipelineError(
            f"No Dask scheduler answers at {address}. Start one with `dask scheduler`, which prints"
            " its address, or give --cluster local."
        ) from error
    with client:
        yield client


def _check(client: Client, address: str, cache: Path, music: Sequence[Path]) -> None:
    """A `PipelineError` names the first worker that could not do its part, and the cure."""
    try:
        client.wait_for_workers(1, timeout=WAIT_SECONDS)
    except TimeoutError as error:
        raise PipelineError(
            f"The cluster at {address} has no worker. Start some: dask worker {address}"
        ) from error
    check_writable(cache, "Name another folder: --cache FOLDER.")
    token = cache / f".shared-{uuid4().hex}"
    token.touch()
    try:
        answers = client.run(_worker, [token], [*music], on_error="return")
    finally:
        token.unlink()
    for worker, answer in answers.items():
        if reason := _why_not(answer, cache):
            raise PipelineError(f"The worker at {worker} {reason}")


def _worker(token: Iterable[Path], music: Iterable[Path]) -> tuple[object, list[Path]]:
    """What a worker runs on, and which paths it does not see."""
    return _code(), [path for path in (*token, *music) if not path.exists()]


def _code() -> object:
    return sys.version_info[:2], code_hash(*(f"pipeline.{name}" for name in RUN))


def _why_not(answer: Any, cache: Path) -> str:
    """Why a worker that answers so cannot be used; empty: it can."""
    if isinstance(answer, BaseException):
        return f"cannot run Genrescope ({answer}). Install the same version there."
    code, missing = answer
    if code != _code():
        return "has other code, or another Python. Install the same version of both there."
    if missing and missing[0].parent == cache and missing[0].name.startswith(".shared-"):
        return f"does not share {cache}. Name a folder that all machines see: --cache FOLDER."
    if missing:
        return f"does not see {missing[0]}. Share that folder under the same path."
    return ""


def _backend(client: Client) -> Any:
    """joblib's, but for two faults.

    It would run here what a single worker is there for, and it waits for ever for a task that Dask
    has given up.
    """
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, super().effective_n_jobs(n_jobs))

        def submit(self, func: Any, callback: Callable[[object], object]) -> Future[Any]:
            task: Future[Any] = super().submit(func, callback)
            task.add_done_callback(lambda ended: callback(ended) if ended.exception() else None)
            return task

        def retrieve_result_callback(self, out: Any) -> Any:
            if isinstance(out, Future):  # of a task that cost several workers their lives
                raise BrokenExecutor from out.exception()
            return super().retrieve_result_callback(out)

    return Backend(client=client)


def _one_thread() -> Any:
    """Keeps each worker to one thread for its sums, those that join later too."""
    from distributed import WorkerPlugin

    class OneThread(WorkerPlugin):
        def setup(self, worker: object) -> None:
            keep_to_one_thread()

    return OneThread()
