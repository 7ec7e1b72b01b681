"""A server of one's own, and what it takes of the machine (on Linux)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
APP = ROOT / "dashboard" / "app.py"
PIECE = EXAMPLES / "synth-pop.mp3"
SECONDS, SAMPLE_RATE = 30, 44_100
START_SECONDS = 300


def song(path: Path, seconds: int = SECONDS) -> Path:
    """An example piece as a recording in stereo at 44.1 kHz."""
    y = np.resize(decode(PIECE), seconds * SAMPLE_RATE)
    soundfile.write(path, np.stack([y, np.roll(y, 100)], axis=1), SAMPLE_RATE)
    return path


def songs(folder: Path, files: int, ending: str) -> list[Path]:
    """Different recordings of the same length in a new folder, each made as `song` is."""
    folder.mkdir()
    y = np.resize(decode(PIECE), SECONDS * SAMPLE_RATE)
    for n in range(files):
        shifted = np.roll(y, n * 1_000)
        stereo = np.stack([shifted, np.roll(shifted, 100)], axis=1)
        soundfile.write(folder / f"{n:03}.{ending}", stereo, SAMPLE_RATE)
    return sorted(folder.iterdir())


@contextmanager
def served(script: Path = APP) -> Iterator[tuple[str, int]]:
    """Address of a page that a server of its own shows, and the number of its process."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "1"}  # as `make dashboard`
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        wait_until_healthy(f"http://localhost:{port}", server)
        yield f"localhost:{port}", server.pid
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return free.getsockname()[1]


def wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server of Streamlit answers; a `TimeoutError` if it never does."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health") as answer:  # noqa: S310 - ours
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{server.args} did not start within {START_SECONDS} s.")


def wait_until_idle(pid: int) -> None:
    """Wait until a server has been idle for some seconds: nothing loads in the background."""
    idle = 0
    while idle < 4:
        before = processor_seconds(pid)
        time.sleep(1)
        idle = idle + 1 if processor_seconds(pid) - before < 0.05 else 0


def processor_seconds(pid: int) -> float:
    """Processor time that a process has had so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> tuple[float, float]:
    """Resident memory of a process and its workers, and their proportional share, in MB."""
    rows = [Path(f"/proc/{one}/smaps_rollup").read_text().splitlines() for one in _family(pid)]
    rss, pss = (
        sum(int(line.split()[1]) for lines in rows for line in lines if line.startswith(kind))
        for kind in ("Rss:", "Pss:")
    )
    return rss / 1024, pss / 1024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for file in children for child in file.read_text().split()]
    return [pid, *(one for child in found for one in _family(child))]
