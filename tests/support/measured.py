"""Pages that are written part by part, and what the page of benchmarks was measured with."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts.reader import open_benchmark
from pipeline.code_hash import code_hash
from pipeline.registry import modules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE = Path(__file__).parents[2] / "docs/benchmarks.md"
SECTIONS = (
    *("features", "decoding", "verdicts", "folders", "cluster", "building"),
    *("demo", "pages", "memory"),
)
DIGITS = 10


def versions() -> str:
    """The features and models of now, in a sentence."""
    features = code_hash(*modules("pipeline.features", "FEATURES").values())
    files = open_benchmark("gtzan").manifest.files
    models = {name: value for name, value in files.items() if name.startswith("models/")}
    digest = sha256(json.dumps(models, sort_keys=True).encode()).hexdigest()
    return f"Measured with features `{features[:DIGITS]}` and models `{digest[:DIGITS]}`."


def parts(page: str) -> dict[str, str]:
    """Sections of the page, by their names, each without its heading."""
    _, *found = page.split("\n## ")
    return {part.partition("\n")[0].partition(":")[0].lower(): part for part in found}


def renew(
    page: Path,
    package: str,
    names: Sequence[str],
    every: Sequence[str],
    written: Callable[[str, str], str],
    composed: Callable[[dict[str, str]], str],
) -> None:
    """Run parts of a package, each in a process of its own, and replace them on a page.

    The page is written after each: what was interrupted goes on with the names of those that are
    left. Parts that did not run keep what they had.

    Parameters
    ----------
    package
        Has a module for each part, which prints it.
    names, every
        Parts to run (none: all of them), and all that there are, in the order of the page.
    written
        ``written(name, printed)``: a part as it stands on the page.
    composed
        The page, of its parts by name.
    """
    if unknown := set(names) - set(every):
        sys.exit(f"There is no {', '.join(unknown)}. Choose from {', '.join(every)}.")
    for number, name in enumerate(names or every, 1):
        print(f"[{number} of {len(names or every)}] {name} …", file=sys.stderr)
        run = [sys.executable, "-m", f"{package}.{name}"]
        text = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(text)
        known = parts(page.read_text(encoding="utf-8")) if page.is_file() else {}
        page.write_text(composed(known | {name: written(name, text.strip())}), encoding="utf-8")
