"""Where corrections of a collection on this machine are written: beside it, never in it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING

from pipeline.errors import DatasetError
from pipeline.files import atomic
from pipeline.teaching.labelling import Step

if TYPE_CHECKING:
    from pathlib import Path

NAME_LENGTH = 40
CURE = "Set GENRESCOPE_HOME to a folder that you may write to."


def place(home: Path, folder: Path) -> Path:
    """The file for the corrections of a folder of music, below ``home/labels``."""
    whole = folder.resolve()
    name = re.sub(r"\W+", "-", whole.name)[:NAME_LENGTH].strip("-")
    return home / "labels" / f"{name}-{sha256(bytes(whole)).hexdigest()[:12]}.jsonl"


def read(path: Path) -> list[Step]:
    """Steps in a file, one a line; none if there is no file.

    Raises
    ------
    DatasetError
        If a line is no step. It names the line.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")  # not `splitlines`: names may hold U+2028
    return [_step(path, n, line) for n, line in enumerate(lines, start=1) if line]


def append(path: Path, step: Step) -> None:
    """Add a step. The file is whole at every moment, whatever interrupts.

    Raises
    ------
    PipelineError
        If it cannot be written.
    """
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    with atomic(path, CURE) as passing:
        path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(step), ensure_ascii=False)
        passing.write_text(f"{before}{line}\n", encoding="utf-8")


def _step(path: Path, number: int, line: str) -> Step:
    try:
        return Step(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise DatasetError(
            f"Line {number} of {path} is no correction: {line[:80]!r}. Remove the line, or move the"
            " file away."
        ) from error
