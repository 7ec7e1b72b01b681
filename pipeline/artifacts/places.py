"""Where benchmarks are: those that are shipped, and a person's own."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.folders import check_writable

_HERE = Path(__file__).parents[2]  # the checkout, or where packages are installed
_IS_INSTALLED = not (_HERE / "pyproject.toml").is_file()
ROOT = Path(os.environ.get("GENRESCOPE_ARTIFACTS", _HERE / "artifacts"))


def home() -> Path:
    """Folder of what a person taught or imported, which is never mixed with what is shipped."""
    beside = _own("collections") if ROOT.parent == _HERE else ROOT.parent / "collections"
    return Path(os.environ.get("GENRESCOPE_HOME", beside))


def cache() -> Path:
    """Folder of what is kept of computations on this machine."""
    return Path(os.environ.get("GENRESCOPE_CACHE", _own("cache") if _IS_INSTALLED else ".cache"))


def _own(name: str) -> Path:
    """A folder of the person who uses the package; nothing is written where it is installed."""
    return Path.home() / ".genrescope" / name if _IS_INSTALLED else _HERE / name


def make(folder: Path) -> None:
    """Make a folder of one's own, if it is not there; a `PipelineError` if it is not writable."""
    check_writable(folder, "Set GENRESCOPE_HOME to another folder.")


def built(root: Path = ROOT) -> dict[str, Path]:
    """Folders of the benchmarks that have been built, by name, sorted.

    With the default `root` a person's own ones are among them.
    """
    places = (home(), root) if root == ROOT else (root,)  # of equal names the shipped one counts
    found = {m.parent.name: m.parent for p in places for m in p.glob("[!.]*/manifest.json")}
    return dict(sorted(found.items()))


def shipped(root: Path = ROOT) -> list[str]:
    """Names of those in `root` itself."""
    return [name for name, folder in built(root).items() if folder.parent == root]
