"""Finding recordings below folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import PipelineError
from pipeline.extraction.recordings import recordings

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_are_searched(tmp_path: Path) -> None:
    """Audio below a folder in order, whatever its ending's case; named files keep their place."""
    root = tmp_path / "music"
    inside = ["B/2.MP3", "B/10.wav", "a/c/x.Flac", "z.ogg"]
    for name in (*inside, "B/cover.jpg", "B/._2.MP3", "notes"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "folder.wav").mkdir()
    expected = sorted(root / name for name in inside)
    assert recordings([root]) == expected
    named = tmp_path / "named.txt"
    assert recordings([named, root, expected[0]]) == [named, *expected]


def test_a_folder_without_audio_is_an_error(tmp_path: Path) -> None:
    """The message names the folder and what is looked for."""
    (tmp_path / "song.txt").touch()
    with pytest.raises(PipelineError, match=r"holds no audio file.*endings.*wav, flac, mp3"):
        recordings([tmp_path])


def test_linked_folders_are_searched_once(tmp_path: Path) -> None:
    """Also where they lead in a circle, or to a folder that is searched anyway."""
    song = tmp_path / "music" / "a" / "song.mp3"
    song.parent.mkdir(parents=True)
    song.touch()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "other.mp3").touch()
    (song.parent / "circle").symlink_to(tmp_path / "music")
    (tmp_path / "music" / "z").symlink_to(tmp_path / "else")
    (tmp_path / "music" / "zz").symlink_to(tmp_path / "else")
    found = recordings([tmp_path / "music"])
    assert found == [song, tmp_path / "music" / "z" / "other.mp3"]
