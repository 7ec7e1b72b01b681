"""Three hundred uploads of thirty seconds to ten minutes, a few at a time."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from support.serving import megabytes, served, song, wait_until_idle
from support.streamlit_client import Visitor
from support.timing import goal, table, unwanted

from campaign.visitors import LEAVE_SECONDS
from pipeline.progress import tracked

LENGTHS = (30, 60, 120, 240, 360, 600)  # seconds
TIMES = 50
AT_ONCE = 4


def main() -> None:
    """Print a table of what each length waited for, and of memory."""
    with tempfile.TemporaryDirectory() as folder, served() as (address, pid):
        files = {seconds: song(Path(folder) / f"{seconds}.mp3", seconds) for seconds in LENGTHS}
        for file in files.values():
            _upload(address, file, 0)
        before = _memory(pid)
        jobs = [(seconds, n) for n, seconds in product(range(1, TIMES + 1), LENGTHS)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda job: _upload(address, files[job[0]], job[1]), jobs)
            waited = list(tracked(found, "Uploads", len(jobs), _tell))
        after = _memory(pid)
    rows = [
        _row(seconds, [got for (each, _), got in zip(jobs, waited, strict=True) if each == seconds])
        for seconds in LENGTHS
    ]
    memory = [["before, MB", f"{before:.0f}", ""], ["after, MB", *goal(after, 1.1 * before, 0)]]
    print(f"""Uploads: {len(jobs)} recordings of {LENGTHS[0]} s to {LENGTHS[-1] // 60} min

{AT_ONCE} visitors at a time, each with a recording of its own that was not heard before.

{table(["length, s", "verdict, median, s", "slowest, s", "without a verdict"], rows)}
Memory of the server and its workers, when all have left:

{table(["", "measured", "goal"], memory)}""")


def _upload(address: str, file: Path, number: int) -> float | None:
    """Seconds until the verdict on a copy that has other bytes at its end."""
    copy = file.with_name(f"{file.stem}-{number}.mp3")
    copy.write_bytes(file.read_bytes() + number.to_bytes(4, "big"))
    visitor = Visitor(address, "demo")
    try:
        return visitor.upload(copy, "metric")
    except AssertionError as error:
        print(f"{copy.name}: {error}", file=sys.stderr)
        return None
    finally:
        visitor.close()
        copy.unlink()


def _memory(pid: int) -> float:
    """What the server holds when sessions are over, in MB."""
    time.sleep(LEAVE_SECONDS)
    wait_until_idle(pid)
    return megabytes(pid)[0]


def _row(seconds: int, waited: list[float | None]) -> list[str]:
    known = [each for each in waited if each is not None]
    times = [f"{statistics.median(known):.1f}", f"{max(known):.1f}"] if known else ["", ""]
    return [str(seconds), *times, unwanted(len(waited) - len(known))]


def _tell(task: str, done: float, total: float | None) -> None:
    print(f"{task}: {done:.0f} of {total:.0f}", file=sys.stderr)


if __name__ == "__main__":
    main()
