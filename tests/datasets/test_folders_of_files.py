"""Folders as people have them: links, odd names, and what is no music."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

from support.tables import lay_out

from pipeline.datasets.common import files

if TYPE_CHECKING:
    from pathlib import Path


def test_hidden_and_foreign_files_are_counted(tmp_path: Path) -> None:
    """Recordings are found at any depth; all else is told by number and ending."""
    lay_out(tmp_path, "rock/a/b.MP3", "c.flac", "rock/cover.jpg", "rock/back.JPG", "notes")
    lay_out(tmp_path, "rock/._b.mp3", ".git/c.wav")
    found = files.search(tmp_path)
    assert found.recordings == {
        "c.flac": tmp_path / "c.flac",
        "rock/a/b.MP3": tmp_path / "rock/a/b.MP3",
    }
    assert list(found.notes) == [
        "Hidden files and folders, whose names begin with a dot, were ignored: 2.",
        "Files that are no recordings were ignored: 2 jpg, 1 notes.",
    ]
    assert found.left_out == {}


def test_linked_albums_are_followed_and_circles_are_not(tmp_path: Path) -> None:
    """An album elsewhere is read through its link; a link to a folder above is left out."""
    lay_out(tmp_path, "store/album/1.mp3")
    music = lay_out(tmp_path, "music/rock/2.mp3") / "music"
    (music / "rock/linked").symlink_to(tmp_path / "store/album")
    (music / "rock/round").symlink_to(music)
    (music / "rock/gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    found = files.search(music)
    assert list(found.recordings) == ["rock/2.mp3", "rock/linked/1.mp3"]
    assert found.left_out == {"rock/round": files.CIRCLE, "rock/gone.mp3": files.NOWHERE}


def test_names_are_composed_and_stay_apart(tmp_path: Path) -> None:
    """A decomposed name, as a Mac writes it, is composed, unless both are in one folder."""
    composed, decomposed = "Björk.mp3", unicodedata.normalize("NFD", "Björk.mp3")
    assert composed != decomposed
    lay_out(tmp_path, f"a/{decomposed}", f"b/{decomposed}", f"b/{composed}")
    found = files.search(tmp_path).recordings
    assert set(found) == {f"a/{composed}", f"b/{composed}", f"b/{decomposed}"}
    assert {path.name for path in found.values()} == {composed, decomposed}


def test_any_name_becomes_text(tmp_path: Path) -> None:
    """Of a name that is no UTF-8, bytes are spelt out; one of 250 bytes is as good as any."""
    latin = os.fsdecode("Motörhead.mp3".encode("latin-1"))
    long = "x" * 246 + ".mp3"
    lay_out(tmp_path, latin, long)
    found = files.search(tmp_path).recordings
    assert set(found) == {"Mot\\xf6rhead.mp3", long}
    assert all(path.is_file() for path in found.values())
    assert all(name.encode() for name in found)  # can be written anywhere
