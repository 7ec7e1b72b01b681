"""Features on a Dask cluster of two processes: the same bytes, lost workers, what is refused."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import dask.config
import pytest
from distributed import Client, LocalCluster
from support.commands import run
from support.processes import POSIX

from dashboard.live.sources import EXAMPLES
from pipeline.errors import PipelineError
from pipeline.extraction import cluster
from pipeline.extraction.extract import stream_features
from pipeline.extraction.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]
SETS = ["mfcc12", "gtzan26"]
WAIT_SECONDS = 30
GATE = "open"


@pytest.fixture(scope="module")
def two() -> Iterator[LocalCluster]:
    """Two worker processes of one thread each."""
    processes: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1}
    with LocalCluster(**processes, dashboard_address=None) as workers:
        yield workers


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run without a cluster keeps."""
    folder = tmp_path_factory.mktemp("alone")
    list(stream_features(pieces(), SETS, folder, jobs=1))
    return folder


def pieces() -> list[Path]:
    """Ten pieces of music."""
    return sorted(EXAMPLES.glob("*.mp3"))


def kept(folder: Path) -> dict[str, bytes]:
    """Contents of all files below a folder, by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.npz")}


def test_the_command_writes_the_same_table(
    two: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without a cluster, with paths that are relative to a folder in which no worker runs."""
    (tmp_path / "music").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    words = ("features", "music", "--set", "mfcc12", "--cache")
    near = run(*words, "near")
    far = run(*words, "far", "--cluster", two.scheduler_address)
    assert (near.code, far.code) == (0, 0), far.err
    assert far.out.replace(f"{tmp_path}/", "") == near.out
    assert kept(tmp_path / "far") == kept(tmp_path / "near")


def test_a_library_is_heard_by_workers(two: LocalCluster, tmp_path: Path) -> None:
    """The same verdicts as on this machine alone."""
    found = {}
    for name, more in (("near", ()), ("far", ("--cluster", two.scheduler_address))):
        options = (
            "--library",
            tmp_path / f"{name}.sqlite",
            "--cache",
            tmp_path / name,
            "-m",
            "svc",
        )
        done = run("library", "scan", EXAMPLES, *options, "--format", "json", *more)
        assert done.code == 0, done.err
        found[name] = done.rows
    assert len(found["far"]) == len(pieces())
    assert found["far"] == found["near"]


@POSIX
def test_a_lost_worker_loses_nothing(two: LocalCluster, tmp_path: Path, alone: Path) -> None:
    """One of two is killed after the first file: the other does its part, with the same bytes."""
    with Client(two) as client, cluster.on(two.scheduler_address, tmp_path, [EXAMPLES]):
        results = stream_features(pieces(), SETS, tmp_path)
        found = [next(results)]
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        found += results
    assert [type(each).__name__ for each in found] == ["Features"] * len(pieces())
    assert kept(tmp_path) == kept(alone)


@POSIX
def test_a_task_that_kills_its_workers_is_named(tmp_path: Path) -> None:
    """The command ends with a sentence and does not wait for ever, on a cluster and without."""
    paths = [tmp_path / name for name in ("a.mp3", "deadly.mp3", "c.mp3")]
    two: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    once = dask.config.set({"distributed.scheduler.allowed-failures": 0})
    # The first one without a result is named, which on a busy machine may be the one before.
    told = pytest.raises(PipelineError, match=r"(a|deadly)\.mp3.* The same command goes on")
    with once, LocalCluster(**two) as workers, told:  # noqa: SIM117  # one line too long
        with cluster.on(workers.scheduler_address, tmp_path):
            list(in_order(die, paths, jobs=-1))
    with told:
        list(in_order(die, paths, jobs=2))


def die(path: Path) -> None:
    """Take the process along, as a crash of a decoder does."""
    if path.name.startswith("deadly"):
        time.sleep(1)  # the others are done
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_single_worker_does_the_work(tmp_path: Path) -> None:
    """All of it, and this process none."""
    one: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**one) as worker, cluster.on(worker.scheduler_address, tmp_path):
        assert os.getpid() not in set(in_order(process, range(4), jobs=-1))


def process(_: int) -> int:
    """Where a task runs."""
    return os.getpid()


def test_a_cancelled_run_leaves_no_task(two: LocalCluster, tmp_path: Path) -> None:
    """What was not begun when it was interrupted is begun by nobody."""
    tasks = [tmp_path / str(number) for number in range(10)]
    with suppress(KeyboardInterrupt), cluster.on(two.scheduler_address, tmp_path):
        next(in_order(begin, tasks, jobs=-1))
        raise KeyboardInterrupt
    end = time.monotonic() + WAIT_SECONDS
    with Client(two) as client:
        while n := client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            assert time.monotonic() < end, f"{n} tasks are left"
            time.sleep(0.2)
    (tmp_path / GATE).touch()
    time.sleep(1)  # in which workers would begin with what they still had
    assert sum(task.exists() for task in tasks) < len(tasks)


def begin(task: Path) -> None:
    """Leave a file; all but the first wait until the gate is open."""
    task.touch()
    while task.name != "0" and not task.with_name(GATE).exists():
        time.sleep(0.05)


def test_what_workers_do_not_see_is_named(two: LocalCluster, tmp_path: Path) -> None:
    """Before anything is computed."""
    nowhere = tmp_path / "nowhere"
    sees = pytest.raises(PipelineError, match=rf"worker at tcp://\S+ does not see {nowhere}")
    with sees, cluster.on(two.scheduler_address, tmp_path, [nowhere]):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_without_workers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler alone computes nothing; nor does an address at which nobody answers."""
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 1)
    with LocalCluster(n_workers=0, dashboard_address=None) as empty:
        address = empty.scheduler_address
        none = pytest.raises(
            PipelineError, match=f"has no worker. Start some: dask worker {address}"
        )
        with none, cluster.on(address, tmp_path):
            pass
    for wrong in ("tcp://127.0.0.1:9", "nowhere"):
        nobody = pytest.raises(PipelineError, match=f"No Dask scheduler answers at {wrong}")
        with nobody, cluster.on(wrong, tmp_path):
            pass


def test_a_worker_that_could_not_do_its_part_is_refused(tmp_path: Path) -> None:
    """It lacks the package, has another version, or sees another folder of the same name."""
    own, token = cluster._code(), tmp_path / ".shared-1"
    assert cluster._why_not((own, []), tmp_path) == ""
    reasons = [
        (ModuleNotFoundError("No module named 'pipeline'"), "cannot run Genrescope"),
        (("another", []), "has other code"),
        ((own, [token]), f"does not share {tmp_path}"),
    ]
    for answer, words in reasons:
        assert words in cluster._why_not(answer, tmp_path)
