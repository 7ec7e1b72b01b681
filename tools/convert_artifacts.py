"""Bring artifacts of schema 2 to schema 3, without training anything.

``python -m tools.convert_artifacts [FOLDER]``. Schema 3 has facts in place of names: what protocols
and models are, they say in fields. Predictions and model files stay as they are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.artifacts.manifest import SCHEMA
from pipeline.artifacts.reader import ROOT
from pipeline.files import file_hash, write_parquet
from pipeline.registry import discover

if TYPE_CHECKING:
    from pipeline.models import Model
    from pipeline.protocols import Protocol

RENAMED = {"family": "library", "learnt_from": "trained_on", "asked": "n_predictions"}
FILES = {"places.parquet": "embeddings.parquet"}
FACTS = {"accuracy on windows learnt from": "accuracy on training windows"}
SPLITS = {"learnt": "training"}  # in the tables of the networks' training


def convert(folder: Path) -> bool:
    """Convert the artifacts of one benchmark; whether there was anything to convert."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if manifest["schema"] == SCHEMA:
        return False
    manifest["protocols"] = {
        name: _protocol(name, facts) for name, facts in manifest["protocols"].items()
    }
    manifest["models"] = {name: _model(name, card) for name, card in manifest["models"].items()}
    for history in folder.glob("models/*/history.parquet"):
        _rename_splits(history)
        manifest["files"][history.relative_to(folder).as_posix()] = file_hash(history)
    manifest["files"] = {_renamed(folder, name): h for name, h in manifest["files"].items()}
    manifest["schema"] = SCHEMA
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return True


def _protocol(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    protocol: Protocol = discover("pipeline.protocols", "PROTOCOL")[name]
    words = ("title", "description", "unit", "strictness", "role", "shared", "unseen")
    return {"folds": facts["folds"]} | {word: getattr(protocol, word) for word in words}


def _model(name: str, card: dict[str, Any]) -> dict[str, Any]:
    model: Model = discover("pipeline.models", "MODEL")[name]
    kept = {RENAMED.get(key, key): value for key, value in card.items()}
    renamed = {FACTS.get(key, key): value for key, value in card["facts"].items()}
    facts = {"format": model.format, "baseline": model.baseline, "embeds": model.embed is not None}
    return kept | facts | {"title": model.title, "facts": renamed}


def _rename_splits(path: Path) -> None:
    table = pd.read_parquet(path)
    write_parquet(table.assign(split=table["split"].replace(SPLITS)), path, ["epoch"])


def _renamed(folder: Path, name: str) -> str:
    old = Path(name)
    new = old.with_name(FILES.get(old.name, old.name))
    if new != old:
        (folder / old).rename(folder / new)
    return new.as_posix()


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for found in sorted(root.glob("*/manifest.json")):
        done = convert(found.parent)
        print(f"{found.parent}: {'converted' if done else 'up to date'}")
