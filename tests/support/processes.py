"""Processes, as the operating system sees them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


def memory(pid: int, what: str) -> float:
    """A line of a process's status, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1e3 for line in lines if line.startswith(f"{what}:"))


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether a process ends within some time."""
    for _ in range(1 + round(seconds / 0.05)):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False
