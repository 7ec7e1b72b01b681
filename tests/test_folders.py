"""Folders that are written by one process at a time, and that can be written."""

from __future__ import annotations

import errno
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any, NoReturn

import pytest

from pipeline import folders
from pipeline.errors import PipelineError
from pipeline.folders import alone, check_writable

if TYPE_CHECKING:
    from pathlib import Path

CURE = "Name another folder."
HOLDER = """
import sys
from pathlib import Path
from pipeline.folders import alone
with alone(Path(sys.argv[1]), cure=""):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds a folder until its input ends."""
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    other = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], text=True, **pipes)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_two_processes_do_not_write_one_folder(tmp_path: Path) -> None:
    """The second one is told which process does; another folder is free, and this one afterwards.

    However the first one ends: a killed process leaves nothing that must be removed.
    """
    folder = tmp_path / "gtzan"
    with holder(folder) as other:
        said = rf"gtzan is being written by another process \({other.pid}\)\. Wait until it is done"
        with pytest.raises(PipelineError, match=said), alone(folder, cure=CURE):
            pass
        with alone(tmp_path / "other", cure=CURE):
            pass
        other.kill()
        other.wait()
        with alone(folder, cure=CURE):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_removed_meanwhile_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opened it before, and locks it after its holder has removed it, makes a new one."""
    lock, real, opened = tmp_path / ".gtzan.lock", folders._hold, []

    def too_late(file: IO[bytes], folder: Path) -> None:
        if not opened:
            lock.unlink()
        opened.append(file)
        real(file, folder)

    monkeypatch.setattr(folders, "_hold", too_late)
    with alone(tmp_path / "gtzan", cure=CURE):
        assert len(opened) == 2
        assert folders._is(opened[1], lock)


def test_who_holds_a_folder_may_hold_it_again_within(tmp_path: Path) -> None:
    """A step of the work takes the same care as the whole, and the folder stays held after it."""
    folder = tmp_path / "mine"
    with alone(folder, cure=CURE):
        with alone(folder, tmp_path / "more", cure=CURE):
            pass
        done = subprocess.run(
            [sys.executable, "-c", HOLDER, str(folder)], capture_output=True, text=True, check=False
        )
        assert "is being written by another process" in done.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With the cure; and one that can be is made, and left empty."""
    check_writable(tmp_path / "a/b", CURE)
    assert list((tmp_path / "a/b").iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    said = r"file/cache cannot be written: Not a directory\. Name another folder\."
    with pytest.raises(PipelineError, match=said):
        check_writable(tmp_path / "file/cache", CURE)
    with (
        pytest.raises(PipelineError, match="file cannot be written"),
        alone(tmp_path / "file/gtzan", cure=CURE),
    ):
        pass


def test_a_full_disk_is_noticed_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be written, so nothing is begun."""

    def full(**facts: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folders, "TemporaryFile", full)
    with pytest.raises(PipelineError, match=r"cannot be written: No space left on device\. Name"):
        check_writable(tmp_path, CURE)
