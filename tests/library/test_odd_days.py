"""Libraries on odd days: copies, moved folders, kills before edits, links in a loop, many names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mutagen
import pytest
from support.commands import run
from support.fake_library import contents, killed, library, song
from support.processes import POSIX

from pipeline.inference import tagging
from pipeline.inference.tagging import genres_of
from pipeline.library import changes

if TYPE_CHECKING:
    from support.fake_library import Listening

MANY = 600  # names; SQLite takes a chain of fewer conditions


@pytest.fixture
def music(tmp_path: Path, heard: Listening) -> Path:
    """A scanned library of the same song in two folders, and another one."""
    folder = tmp_path / "music"
    song(folder / "keep" / "a.mp3", title="jazz")
    song(folder / "other" / "b.mp3", title="jazz")
    song(folder / "other" / "c.mp3", title="rock")
    library(tmp_path, "scan", folder)
    return folder


def retitled(path: Path) -> None:
    """Change a file as another program does."""
    file: Any = mutagen.File(path, easy=True)
    file["title"] = "mine"
    file.save()


def test_undo_leaves_the_twin_of_a_changed_file_alone(music: Path, tmp_path: Path) -> None:
    """Two files of one content were written, and one was changed: its twin is not taken for it."""
    before = contents(music)
    library(tmp_path, "apply")
    written = contents(music)
    retitled(music / "other" / "b.mp3")
    done = library(tmp_path, "undo", music / "other")
    assert done.code == 1
    told = {Path(row["path"]).name: row.get("error", "") for row in done.rows}
    assert "Somebody changed the file" in told.pop("b.mp3")
    assert told == {"c.mp3": ""}
    assert contents(music)["keep/a.mp3"] == written["keep/a.mp3"]
    assert library(tmp_path, "undo", music / "keep").code == 0
    assert contents(music)["keep/a.mp3"] == before["keep/a.mp3"]


def test_a_moved_folder_is_undone_by_its_new_name(music: Path, tmp_path: Path) -> None:
    """After a scan; what is elsewhere stays as it is."""
    before = contents(music)
    library(tmp_path, "apply")
    written = contents(music)
    (music / "other").rename(tmp_path / "archive")
    library(tmp_path, "scan", tmp_path / "archive")
    done = library(tmp_path, "undo", tmp_path / "archive")
    assert (done.code, len(done.rows)) == (0, 2)
    assert contents(tmp_path / "archive") == {
        Path(name).name: data for name, data in before.items() if name.startswith("other")
    }
    assert contents(music) == {"keep/a.mp3": written["keep/a.mp3"]}


def test_a_file_from_a_backup_is_already_undone(music: Path, tmp_path: Path) -> None:
    """Undo says so once, and no longer counts it."""
    shutil.copytree(music, tmp_path / "backup")
    library(tmp_path, "apply")
    shutil.copyfile(tmp_path / "backup/keep/a.mp3", music / "keep/a.mp3")
    done = library(tmp_path, "undo")
    assert (done.code, len(done.rows)) == (0, 3)
    assert contents(music) == contents(tmp_path / "backup")
    assert library(tmp_path, "undo").rows == []


@POSIX
def test_a_file_edited_after_a_kill_is_scanned_again(music: Path, tmp_path: Path) -> None:
    """The next command forgets what was begun, and takes the new file for what it is."""
    assert killed(tmp_path, 6, "apply")
    with sqlite3.connect(tmp_path / "library.sqlite") as connection:
        [(path, after)] = connection.execute(
            "SELECT path, after FROM change WHERE temporary IS NOT NULL"
        ).fetchall()
    assert after is None
    retitled(Path(os.fsdecode(path)))
    library(tmp_path, "apply")
    rows = library(tmp_path, "scan", music).rows
    assert [(row["path"], row["state"]) for row in rows] == [(os.fsdecode(path), "changed")]
    assert library(tmp_path, "scan", music).rows == []


@POSIX
def test_what_is_left_on_a_missing_disk_waits(music: Path, tmp_path: Path) -> None:
    """Other folders go on meanwhile; the half of a file goes when its disk is back."""
    killed(tmp_path, 6, "apply")
    music.rename(tmp_path / "unplugged")
    assert any(".part" in name for name in contents(tmp_path / "unplugged"))
    song(tmp_path / "more" / "d.mp3", title="metal")
    assert library(tmp_path, "scan", tmp_path / "more").code == 0
    (tmp_path / "unplugged").rename(music)
    library(tmp_path, "scan", music)
    assert set(contents(music)) == {"keep/a.mp3", "other/b.mp3", "other/c.mp3"}


@POSIX
def test_a_link_to_itself_is_told(music: Path, tmp_path: Path) -> None:
    """The scan goes on without it."""
    (music / "loop").symlink_to("loop")
    song(music / "other" / "d.mp3", title="metal")
    done = library(tmp_path, "scan", music)
    assert done.code == 1
    assert [Path(row["path"]).name for row in done.rows] == ["d.mp3"]
    assert f"{music / 'loop'} cannot be opened" in done.err


def test_a_file_that_could_not_be_opened_is_asked_again(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --retry, though its time is the same."""
    shut = song(music / "other" / "shut.mp3", title="metal")
    plain = changes.file_hash

    def refused(path: Path) -> str:
        if path == shut:
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.library.hearing.file_hash", refused)
        [row] = library(tmp_path, "scan", music).rows
    assert "Permission denied" in row["error"]
    [row] = library(tmp_path, "scan", music, "--retry").rows
    assert (row["path"], row["genre"]) == (str(shut), "metal")


def test_any_number_of_files_can_be_named(music: Path, tmp_path: Path) -> None:
    """Also by a shell that writes out a pattern."""
    names = [music / f"{number}.mp3" for number in range(MANY)]
    assert library(tmp_path, "propose", *names).rows == []
    rows = library(tmp_path, "propose", music / "keep", *names).rows
    assert [row["path"] for row in rows] == [str(music / "keep" / "a.mp3")]


@POSIX
def test_owner_and_mode_stay(music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and taken back, a file keeps them; otherwise it stays as it is, with the reason."""
    path = music / "keep" / "a.mp3"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 1235)
    before = path.stat()
    for command in ("apply", "undo"):
        library(tmp_path, command, music / "keep")
        now = path.stat()
        assert (now.st_uid, now.st_gid) == (before.st_uid, before.st_gid)
        assert stat.S_IMODE(now.st_mode) == 0o640

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(tagging.os, "chown", refused)
    monkeypatch.setattr(tagging, "_owner", lambda path: (path.name.startswith(".part"), 0))
    data = path.read_bytes()
    [row] = library(tmp_path, "apply", music / "keep").rows
    assert "belongs to somebody else" in row["error"]
    assert path.read_bytes() == data


def test_an_empty_genre_is_none(tmp_path: Path, heard: Listening) -> None:
    """The file is written as one without a genre."""
    path = song(tmp_path / "music" / "1.flac", kind="flac 16-bit", title="jazz", genre=" ")
    assert genres_of(path) == ()
    library(tmp_path, "scan", tmp_path / "music")
    [row] = library(tmp_path, "apply").rows
    assert (row["action"], genres_of(path)) == ("written", ("jazz",))


def test_a_library_can_be_read_where_nothing_can_be_written(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that is closed to writing, proposals are shown, and writing is refused."""
    rows = library(tmp_path, "propose").rows
    place = tmp_path / "closed"
    place.mkdir()
    shutil.copyfile(tmp_path / "library.sqlite", place / "library.sqlite")
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    done = library(place, "propose")
    assert done.rows == rows
    assert [path.name for path in place.iterdir()] == ["library.sqlite"]


def test_a_benchmark_of_tables_hears_nothing(music: Path) -> None:
    """It is refused with what to choose instead."""
    done = run("library", "scan", music, "--benchmark", "fma-nine")
    assert done.code == 2
    assert "fma-nine" in done.err
