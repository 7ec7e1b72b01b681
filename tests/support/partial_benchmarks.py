"""Benchmarks that were changed after they were built: fewer models, other facts in the manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def changed(
    artifacts: Artifacts, root: Path, change: Callable[[dict[str, Any]], None]
) -> Artifacts:
    """A copy with another manifest; its other files are links to those of the original.

    Parameters
    ----------
    change
        Gets the manifest's facts and changes them in place.
    """
    folder = root / artifacts.folder.name
    folder.mkdir(parents=True)
    for path in artifacts.folder.iterdir():
        if path.name != "manifest.json":
            (folder / path.name).symlink_to(path.resolve())
    facts = json.loads((artifacts.folder / "manifest.json").read_text())
    change(facts)
    (folder / "manifest.json").write_text(json.dumps(facts))
    return Artifacts(folder)


def part_of(artifacts: Artifacts, models: Iterable[str], root: Path) -> Artifacts:
    """The same benchmark with some of its models, which take less time than all."""

    def fewer(facts: dict[str, Any]) -> None:
        facts["models"] = {name: facts["models"][name] for name in models}

    return changed(artifacts, root, fewer)
