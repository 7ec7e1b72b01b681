"""Fifty visitors who upload at once, and the memory of the server when they have left."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.serving import megabytes, served, song, wait_until_idle
from support.streamlit_client import Visitor
from support.timing import goal, table

VISITORS = 50
ROUNDS = 3
LEAVE_SECONDS = 170  # a session is kept for two minutes, and is forgotten within half a minute


def main() -> None:
    """Print a table of what visitors waited for, and of memory."""
    with tempfile.TemporaryDirectory() as folder, served() as (address, pid):
        file = song(Path(folder) / "song.mp3")
        first = Visitor(address, "demo")
        first.upload(file, "metric")
        first.close()
        wait_until_idle(pid)
        time.sleep(LEAVE_SECONDS)
        before, _ = megabytes(pid)
        waited: list[float] = []
        failed = 0
        for _ in range(ROUNDS):
            times, broken = _together(address, file)
            waited, failed = waited + times, failed + broken
        most, _ = megabytes(pid)
        time.sleep(LEAVE_SECONDS)
        after, _ = megabytes(pid)
    slow = statistics.quantiles(waited, n=20)[-1]
    rows = [
        ["verdict, median, s", f"{statistics.median(waited):.1f}", ""],
        ["verdict, 95 %, s", f"{slow:.1f}", ""],
        ["verdict, slowest, s", *goal(max(waited), 25, 1)],
        ["visitors with an error, or told to try again", *goal(failed, 0, 0)],
        ["memory before, MB", f"{before:.0f}", ""],
        ["memory at the end of the last round, MB", f"{most:.0f}", ""],
        ["memory after all have left, MB", *goal(after, 1.1 * before, 0)],
    ]
    print(f"""Visitors: {VISITORS} upload at once, {ROUNDS} times

Each sends a recording of 30 s over a line of its own, as a browser does. Memory is that of the
server and its workers.

{table(["", "measured", "goal"], rows)}""")


def _together(address: str, file: Path) -> tuple[list[float], int]:
    visitors = [Visitor(address, "demo") for _ in range(VISITORS)]

    def upload(visitor: Visitor) -> float | None:
        try:
            return visitor.upload(file, "metric")
        except AssertionError as error:
            print(error, file=sys.stderr)
            return None

    with ThreadPoolExecutor(VISITORS) as pool:
        found = list(pool.map(upload, visitors))
    for visitor in visitors:
        visitor.close()
    times = [seconds for seconds in found if seconds is not None]
    return times, len(found) - len(times)


if __name__ == "__main__":
    main()
