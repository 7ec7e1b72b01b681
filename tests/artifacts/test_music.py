"""Where the recordings of a benchmark are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.artifacts import music

if TYPE_CHECKING:
    from pathlib import Path


def test_files_that_are_gone_are_not_offered(tmp_path: Path) -> None:
    """Of the files that were noted, those that are still there are found, whatever their names."""
    paths = {name: tmp_path / f"{name}.wav" for name in ("a", "b ä", "c")}
    paths["b ä"] = tmp_path / "b\udcff.wav"  # a name that is not UTF-8
    for path in paths.values():
        path.write_bytes(b"sound")
    music.note(tmp_path / "cache", "mine", paths)
    paths["c"].unlink()
    assert music.noted(tmp_path / "cache", "mine") == {name: paths[name] for name in ("a", "b ä")}
    assert music.noted(tmp_path / "cache", "other") == {}
