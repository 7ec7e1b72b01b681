"""Five hundred damaged recordings in a folder that ``classify`` is asked about."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from support.serving import ROOT
from support.timing import table, unwanted

from campaign.mutants import ENDINGS, mutant, originals

FILES = 500
MODEL = "svc"


def main() -> None:
    """Print a table of how many files had which end."""
    with tempfile.TemporaryDirectory() as folder:
        _fill(Path(folder))
        command = [sys.executable, "-m", "pipeline", "classify", folder, "--model", MODEL]
        options = ["--format", "json", "--cache", f"{folder}/.cache"]
        done = subprocess.run(
            [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False
        )
    seen = Counter("error" if "error" in row else "verdict" for row in _rows(done.stdout))
    missing = FILES - seen.total()
    traces = done.stderr.count("Traceback")
    rows = [
        ["files with a verdict", f"{seen['verdict']:,}"],
        ["files with a sentence", f"{seen['error']:,}"],
        ["files without a line", unwanted(missing)],
        ["tracebacks", unwanted(traces)],
        ["exit code (1: some could not be read)", str(done.returncode)],
    ]
    print(f"""Folder: `classify` of {FILES} damaged recordings

One command, `--model {MODEL} --format json`.

{table(["", "number"], rows)}""")


def _fill(folder: Path) -> None:
    rng, sound = np.random.default_rng(21), originals(4.0)
    for n in range(FILES):
        ending = ENDINGS[n % len(ENDINGS)]
        (folder / f"{n:03}.{ending}").write_bytes(mutant(sound[ending], rng)[1])


def _rows(lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.splitlines()]


if __name__ == "__main__":
    main()
