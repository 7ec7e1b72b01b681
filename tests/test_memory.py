"""Memory that is freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOLD_AND_FREE = """
from pathlib import Path
from pipeline import memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

before = resident()
held = [bytes(2**15) for _ in range(4_000)]
last = bytes(2**15)  # above them, so that the heap cannot shrink
full = resident()
del held
memory.give_back()
print(full - before, resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
def test_what_is_freed_goes_back() -> None:
    """Blocks below others in use, which glibc keeps by default."""
    run = [sys.executable, "-c", HOLD_AND_FREE]
    held, left = map(float, subprocess.check_output(run, text=True).split())
    assert held > 100
    assert left < held / 4
