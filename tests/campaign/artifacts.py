"""Bits that flip in the files of every shipped benchmark, and whether reading them says so."""

from __future__ import annotations

import shutil
import sys
import tempfile
import traceback
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from support.damage import kind
from support.timing import table, unwanted

from pipeline.artifacts.places import ROOT, shipped
from pipeline.artifacts.reader import Artifacts
from pipeline.errors import ArtifactsError
from pipeline.progress import tracked

FLIPS = 5  # of each file
OUTCOMES = ("noticed", "unnoticed", "traceback")


def main() -> None:
    """Print a table: a row a kind of file, a column an outcome."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    rng, names = np.random.default_rng(22), shipped()
    with tempfile.TemporaryDirectory() as folder:
        for name in tracked(names, "Benchmarks", len(names), _tell):
            copy = Path(shutil.copytree(ROOT / name, Path(folder) / name))
            for file in ["manifest.json", *Artifacts(copy).manifest.files]:
                seen[kind(file)].update(_flipped(copy, file, rng) for _ in range(FLIPS))
    rows = [[name, *(_cell(outcome, seen[name]) for outcome in OUTCOMES)] for name in sorted(seen)]
    print(f"""Artifacts: {FLIPS} flipped bits in each file of {len(names)} benchmarks

One bit of one file at a time, at a random place. The benchmark is then opened, and the file asked
for, as pages and commands do.

{table(["file", *OUTCOMES], rows)}""")


def _flipped(folder: Path, file: str, rng: np.random.Generator) -> str:
    path = folder / file
    whole = path.read_bytes()
    data = bytearray(whole)
    data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)
    try:
        Artifacts(folder).check_file(file)
    except ArtifactsError:
        return "noticed"
    except Exception:  # what a campaign is for: it is counted, and printed to be mended
        traceback.print_exc()
        return "traceback"
    finally:
        path.write_bytes(whole)
    return "unnoticed"


def _cell(outcome: str, seen: Counter[str]) -> str:
    count = seen[outcome]
    return f"{count:,}" if outcome == "noticed" else unwanted(count)


def _tell(task: str, done: float, total: float | None) -> None:
    print(f"{task}: {done:.0f} of {total or 0:.0f}", file=sys.stderr)


if __name__ == "__main__":
    main()
