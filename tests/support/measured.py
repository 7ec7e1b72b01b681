"""What the page of benchmarks was measured with."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from pipeline.artifacts.reader import open_benchmark
from pipeline.code_hash import code_hash
from pipeline.registry import modules

PAGE = Path(__file__).parents[2] / "docs/benchmarks.md"
SECTIONS = ("features", "decoding", "verdicts", "folders", "demo", "pages", "memory")
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
