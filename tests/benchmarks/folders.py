"""A folder of music on one core and on all: ``python -m benchmarks.folders``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.serving import ROOT, SECONDS, songs
from support.timing import table

FEW, MANY = 20, 80
MODELS = ("svc", "transfer")
WISHED = 1.8


def section() -> str:
    """The measurements in Markdown, the title first."""
    cores = os.cpu_count() or 1
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        songs(folder / "few", FEW, "flac")
        songs(folder / "many", MANY, "flac")
        for model in MODELS:
            alone = _classified(folder / "few", model, folder / f"{model}-1", 1)
            shared = _classified(folder / "few", model, folder / f"{model}-2", cores)
            again = _classified(folder / "few", model, folder / f"{model}-2", cores)
            more = _classified(folder / "many", model, folder / f"{model}-3", cores)
            ratio = alone[0] / shared[0]
            mark = "" if ratio >= WISHED else "**"
            rows.append([
                model, f"{alone[0]:.1f}", f"{shared[0]:.1f}", f"{ratio:.2f}",
                f"{mark}≥ {WISHED}{mark}", f"{again[0]:.1f}", f"{shared[1]:.0f}", f"{more[1]:.0f}",
            ])  # fmt: skip
    return f"""`classify` of a folder

{FEW} recordings of {SECONDS} s, the start of the program included. The second run answers from what
is kept. Memory is the most that the program itself held, its workers not counted.

{table(
        ["model", "one core, s", f"{cores} cores, s", "times faster", "goal", "second run, s",
         f"MB for {FEW} files", f"for {MANY}"],
        rows,
    )}"""  # fmt: skip


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
