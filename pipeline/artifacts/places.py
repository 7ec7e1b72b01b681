"""Where benchmarks are: those that are shipped, and a person's own."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(os.environ.get("GENRESCOPE_ARTIFACTS", Path(__file__).parents[2] / "artifacts"))
# Never mixed with what is shipped.
HOME = Path(os.environ.get("GENRESCOPE_HOME", ROOT.parent / "collections"))


def built(root: Path = ROOT) -> dict[str, Path]:
    """Folders of the benchmarks that have been built, by name, sorted.

    With the default `root` a person's own ones are among them.
    """
    places = (HOME, root) if root == ROOT else (root,)  # of equal names the shipped one counts
    found = {m.parent.name: m.parent for p in places for m in p.glob("[!.]*/manifest.json")}
    return dict(sorted(found.items()))


def shipped(root: Path = ROOT) -> list[str]:
    """Names of those in `root` itself."""
    return [name for name, folder in built(root).items() if folder.parent == root]
