"""Features on a Dask cluster, and what a large collection costs."""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import LocalCluster
from support.serving import SECONDS, songs
from support.timing import at_least, seconds, table

from pipeline.extraction import cluster
from pipeline.extraction.extract import stream_features

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILES = 24
TIMES = 3
SETS = ("fma518", "timbre")
WISHED = 1.8
TRACKS = 106_574  # of FMA's full collection: Defferrard et al., ISMIR 2017
PROCESSES = (2, 16, 64)


def section() -> str:
    """The measurements in Markdown, the title first."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        pieces = songs(Path(name) / "music", FILES, "mp3")
        workers = [stack.enter_context(_workers(n)) for n in (1, 2)]
        addresses = [each.scheduler_address for each in workers]
        rows = list(_rows(pieces, addresses))
    hours = [f"hours by {n} processes" for n in PROCESSES]
    head = ["set", "one, s", "two, s", "times faster", "goal", "again, s"]
    return f"""Cluster: features by one worker of a Dask cluster and by two

{FILES} recordings of {SECONDS} s as MP3 at 44.1 kHz stereo, decoded and computed; the median of
{TIMES} runs in turns. *Again*: by one, when all is kept.

{table(head, [row[: len(head)] for row in rows])}
What the {TRACKS:,} tracks of FMA would take, from the time of one worker, if the disk keeps up.
Each file is read once over the network, and one small file a set is written.

{table(["set", *hours, "GB kept"], [[row[0], *row[len(head) :]] for row in rows])}"""


def _rows(pieces: Sequence[Path], addresses: Sequence[str]) -> Iterator[list[str]]:
    for name in SETS:
        runs = [[_run(pieces, name, address) for address in addresses] for _ in range(TIMES + 1)]
        one, two = (statistics.median(run[n][0] for run in runs[1:]) for n in range(2))
        again = statistics.median(run[0][1] for run in runs[1:])
        hours = [TRACKS * one / FILES / n / 3600 for n in PROCESSES]
        kept = runs[0][0][2] / FILES * TRACKS / 1e9
        yield [
            *(name, f"{one:.1f}", f"{two:.1f}", *at_least(one / two, WISHED)),
            *(f"{again:.1f}", *(f"{each:.1f}" for each in hours), f"{kept:.1f}"),
        ]


def _run(pieces: Sequence[Path], name: str, address: str) -> tuple[float, float, int]:
    """Seconds for a set of all pieces, and again when all is kept; bytes that are kept."""
    with tempfile.TemporaryDirectory() as folder, cluster.on(address, Path(folder)):

        def hear() -> None:
            list(stream_features(pieces, [name], Path(folder)))

        taken = seconds(hear), seconds(hear)
        return *taken, sum(file.stat().st_size for file in Path(folder).rglob("*.npz"))


def _workers(n: int) -> LocalCluster:
    """A cluster of processes of one thread each."""
    return LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=None)


if __name__ == "__main__":
    print(section())
