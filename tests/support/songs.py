"""Files as people have them, made of the project's own examples."""

from __future__ import annotations

import shutil
from pathlib import Path

from mutagen.easyid3 import EasyID3

EXAMPLES = sorted((Path(__file__).parents[2] / "dashboard" / "examples").glob("*.mp3"))


def song(path: Path, example: int = 0, **tags: str) -> Path:
    """Copy an example to a path, with tags such as ``genre``, ``artist``, ``album``, ``date``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(EXAMPLES[example], path)
    if tags:
        written = EasyID3()
        for name, text in tags.items():
            written[name] = text
        written.save(path)
    return path
