"""Benchmarks that were changed after they were built: fewer models, other facts in the manifest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.damage import rewrite_manifest

from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def changed(
    artifacts: Artifacts, root: Path, change: Callable[[dict[str, Any]], None]
) -> Artifacts:
    """A copy with another manifest; its other files are those of the original, on the disk too.

    Parameters
    ----------
    change
        Gets the manifest's facts and changes them in place.
    """
    folder = root / artifacts.folder.name
    shutil.copytree(artifacts.folder, folder, copy_function=_same_file)
    rewrite_manifest(folder, change)
    return Artifacts(folder)


def _same_file(source: str, copy: str) -> None:
    try:
        Path(copy).hardlink_to(source)
    except OSError:  # on another disk
        shutil.copy2(source, copy)


def part_of(artifacts: Artifacts, models: Iterable[str], root: Path) -> Artifacts:
    """The same benchmark with some of its models, which take less time than all."""

    def fewer(facts: dict[str, Any]) -> None:
        facts["models"] = {name: facts["models"][name] for name in models}

    return changed(artifacts, root, fewer)
