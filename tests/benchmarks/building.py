"""Memory of learning from many tracks: ``python -m benchmarks.building``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

import numpy as np
from support.timing import goal, table

from pipeline.mapped import Gathered
from pipeline.models import Examples, cnn_logmel
from pipeline.models.common.convolution import fit_convolution

TRACKS = (1_000, 5_000)
WINDOWS, FRAMES, BANDS = 10, 130, 128  # of a track of 30 s, of a window, of a frame
GENRES, ALBUM = 10, 2  # tracks by an artist
WISHED = 4_000  # MB for the largest number of tracks
IN_FILE, IN_MEMORY = "file", "memory"


def section() -> str:
    """The measurements in Markdown, the title first."""
    rows = [_row(TRACKS[0], IN_MEMORY), *(_row(n, IN_FILE) for n in TRACKS)]
    head = ["tracks", "windows are in", "GB of windows", "MB of memory", "goal", "s"]
    return f"""Building: memory of learning from many tracks

`cnn_logmel` learns for one epoch from made log-mel windows, {WINDOWS} a track, of four fifths of
the tracks, and answers the others. Memory is what the process held at most, without pages of files,
which the system takes back when others need them. Before, all windows were in memory.

{table(head, rows)}"""


def _row(tracks: int, place: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.building", str(tracks), place]
    start = time.monotonic()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds = time.monotonic() - start
    gigabytes = tracks * WINDOWS * FRAMES * BANDS * 4 / 1e9
    measured, wished = goal(float(said.split()[-1]), WISHED, 0)
    return [f"{tracks:,}", place, f"{gigabytes:.1f}", measured, wished, f"{seconds:.0f}"]


def _learn(tracks: int, place: str) -> None:
    """Learn, and print the most memory that it took, in MB."""
    most = [0.0]
    Thread(target=_watch, args=(most,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        examples = _made(tracks, Path(folder), place)
        tested = examples.track % 5 == 0
        classifier = fit_convolution(cnn_logmel.build, examples[~tested], 1)
        classifier.predict_proba(examples[tested].X)
    print(most[0])


def _made(tracks: int, folder: Path, place: str) -> Examples:
    rng, gathered = np.random.default_rng(0), Gathered(folder)
    for track in range(tracks):
        gathered.append(rng.standard_normal((WINDOWS, FRAMES, BANDS), np.float32), track)
    X, track = gathered.rows()
    X = np.array(X) if place == IN_MEMORY else X
    return Examples(X, track % GENRES, track, track // ALBUM)


def _watch(most: list[float]) -> None:
    while True:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
        held = next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))
        most[0] = max(most[0], held / 1024)
        time.sleep(0.2)


if __name__ == "__main__":
    if sys.argv[1:]:
        _learn(int(sys.argv[1]), sys.argv[2])
    else:
        print(section())
