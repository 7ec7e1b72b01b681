"""Builds and scans of a library that are killed again and again, and go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import soundfile
from support.serving import ROOT
from support.timing import table, unwanted

from pipeline.artifacts.reader import Artifacts
from pipeline.artifacts.verify import problems
from pipeline.datasets.synthetic import tracks

if TYPE_CHECKING:
    from collections.abc import Callable

KILLS = 20
FILES = 10_000
SECONDS, SAMPLE_RATE = 1, 22_050
MODELS = ("linear_head", "svc")
QUICK = "cnn_mfcc"  # asks no pretrained network but that of the tags


def main() -> None:
    """Print a table of what was left after each kind of work had been killed."""
    rng = np.random.default_rng(31)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tracks(folder / "clips")
        _fill(folder / "library", rng)
        build = _row(folder, f"teach, {len(MODELS)} models", _teach, _built, rng)
        scan = _row(folder, f"library scan, {FILES:,} files", _scan, _known, rng)
    head = ["", "seconds alone", "kills", "ends that differ", "tracebacks"]
    print(f"""Kills: {KILLS} of a build and of a library, at random moments

The same command goes on after each; where it came to its end, it begins with nothing again. An end
differs if an answer, a score or a file is not that of a run that nobody killed.

{table(head, [build, scan])}""")


def _row(
    folder: Path,
    title: str,
    command: Callable[[Path, Path], list[str]],
    end: Callable[[Path], object],
    rng: np.random.Generator,
) -> list[str]:
    start = time.monotonic()
    traces = _run(command(folder, folder / f"{title} 0"), None)[1]
    seconds = time.monotonic() - start
    wanted = end(folder / f"{title} 0")
    kills = differ = 0
    number = 1
    while kills < KILLS:
        place = folder / f"{title} {number}"
        killed, trace = _run(command(folder, place), rng.uniform(0, seconds / 2))
        kills, traces = kills + killed, traces + trace
        print(f"{title}: {kills} of {KILLS} kills", file=sys.stderr)
        if kills == KILLS:
            traces += _run(command(folder, place), None)[1]
        if not killed or kills == KILLS:
            differ, number = differ + (end(place) != wanted), number + 1
    row = [title, f"{seconds:.0f}", str(kills), unwanted(differ), unwanted(traces)]
    print(*row, sep=", ", file=sys.stderr)
    return row


def _run(command: list[str], patience: float | None) -> tuple[bool, int]:
    """Whether a command and its workers were killed after some seconds; number of tracebacks."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        said = process.communicate(timeout=patience)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return True, process.communicate()[1].count(b"Traceback")
    assert process.returncode in {0, 1}, said.decode()  # 1: some could not be read
    return False, said.count(b"Traceback")


def _fill(folder: Path, rng: np.random.Generator) -> None:
    """Short pieces of four notes each, struck twice a second."""
    folder.mkdir()
    t = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    for n in range(FILES):
        notes = np.sin(2 * np.pi * rng.uniform(100, 900, (4, 1)) * t).sum(axis=0)
        soundfile.write(folder / f"{n:05}.flac", 0.2 * notes * np.exp(-2 * (t % 0.5)), SAMPLE_RATE)


def _teach(folder: Path, place: Path) -> list[str]:
    words = [str(folder / "clips"), "--name", "mine", "--genre-from", "folders"]
    models = [word for name in MODELS for word in ("--models", name)]
    return _command("teach", *words, *models, "--home", str(place), "--cache", f"{place}/cache")


def _built(place: Path) -> object:
    """What a build says of each track, and what is wrong with its files."""
    built = Artifacts(place / "mine")
    said = {
        (model, protocol): pd.util.hash_pandas_object(built.predictions(model, protocol)).sum()
        for model in MODELS
        for protocol in built.manifest.protocols
    }
    return said, problems(built)


def _scan(folder: Path, place: Path) -> list[str]:
    words = ["scan", str(folder / "library"), "--model", QUICK, "--cache", f"{place}/cache"]
    return _command("library", *words, "--library", f"{place}/library.sqlite")


def _known(place: Path) -> object:
    """What a library would propose for each file."""
    words = ["propose", "--library", f"{place}/library.sqlite", "--format", "json"]
    done = subprocess.run(_command("library", *words), cwd=ROOT, capture_output=True, check=True)
    return sorted(json.dumps(json.loads(row)) for row in done.stdout.splitlines())


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", *words]


if __name__ == "__main__":
    main()
