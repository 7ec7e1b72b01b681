"""A folder of music on one core and on all: ``python -m benchmarks.folders``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.serving import ROOT, SECONDS, songs
from support.timing import at_least, table

FEW, MANY = 20, 80
MODELS = ("svc", "transfer")
WISHED = 1.8


def section() -> str:
    """The measurements in Markdown, the title first."""
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        songs(folder / "few", FEW, "flac")
        songs(folder / "many", MANY, "flac")
        rows = [_row(folder, model, cores) for model in MODELS]
    return f"""`classify` of a folder

{MANY} recordings of {SECONDS} s, the start of the program and of its workers included. *Further
files*: how many times faster each is, without the start, from the times of {FEW} and of {MANY}. The
second run answers from what is kept. Memory is the most that the program itself held, its workers
not counted.

{table(
        ["model", "one core, s", f"{cores} cores, s", "times faster", "goal", "further files",
         "second run, s", f"MB for {FEW} files", f"for {MANY}"],
        rows,
    )}"""  # fmt: skip


def _row(folder: Path, model: str, cores: int) -> list[str]:
    few, many = (
        {
            jobs: _classified(folder / name, model, folder / f"{model}-{jobs}-{name}", jobs)
            for jobs in (1, cores)
        }
        for name in ("few", "many")
    )
    again = _classified(folder / "many", model, folder / f"{model}-{cores}-many", cores)
    alone, shared = many[1][0], many[cores][0]
    further = (alone - few[1][0]) / (shared - few[cores][0])
    return [
        model, f"{alone:.1f}", f"{shared:.1f}", *at_least(alone / shared, WISHED),
        f"{further:.2f}", f"{again[0]:.1f}", f"{few[cores][1]:.0f}", f"{many[cores][1]:.0f}",
    ]  # fmt: skip


def _classified(folder: Path, model: str, cache: Path, jobs: int) -> tuple[float, float]:
    """Seconds that the program takes, and the most memory that it held, in MB."""
    command = [sys.executable, "-m", "pipeline", "classify", str(folder), "--model", model]
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, "--cache", str(cache), "--jobs", str(jobs), "--format", "csv"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as program:  # fmt: skip
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, command)
    return time.perf_counter() - start, used.ru_maxrss / 1024


if __name__ == "__main__":
    print(section())
