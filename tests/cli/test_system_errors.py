"""What the operating system refuses ends a command in a sentence, and nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, NoReturn

import pytest
from support.commands import run

from pipeline.cli import inspect
from pipeline.cli.system_errors import sentence

SONG = next((Path(__file__).parents[2] / "dashboard/examples").glob("*.mp3"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/a/b.npz"),
            "/a/b.npz: No space left on device. Make room on the disk; the same command goes on",
        ),
        (OSError(errno.EROFS, "Read-only file system", "x"), "x: Read-only file system. Get the"),
        (PermissionError(errno.EACCES, "Permission denied", b"y"), "y: Permission denied. Get"),
        (FileNotFoundError(errno.ENOENT, "No such file", "z"), "z: No such file. Check its name"),
        (OSError("Odd."), "Odd. Give the command again with GENRESCOPE_LOG=DEBUG"),
        (TimeoutError(), "TimeoutError. Give the command again"),
    ],
)
def test_what_is_refused_is_said_with_file_and_cure(error: OSError, said: str) -> None:
    """In one sentence and its cure, whatever the system tells of it."""
    assert sentence(error).startswith(said)
    assert sentence(error).endswith(".")


def test_a_command_that_is_refused_something_ends_in_the_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a traceback, and with the exit code of expected failures."""

    def full(*args: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full/disk.csv")

    monkeypatch.setattr(inspect, "open_benchmark", full)
    done = run("scores")
    assert done.code == 2
    assert done.err.startswith("/full/disk.csv: No space left on device. Make room on the disk")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("command", "cure"),
    [
        ("classify SONG --model svc --cache FILE/x", "--cache"),
        ("features SONG --set timbre --cache FILE/x", "--cache"),
        ("build synthetic --artifacts OTHER --cache FILE/x", "--cache"),
        ("build synthetic --artifacts FILE/x --cache OTHER", "--artifacts"),
        ("teach OTHER --artifacts OTHER --home FILE/x --cache OTHER", "GENRESCOPE_HOME"),
        ("teach OTHER --artifacts OTHER --home OTHER --cache FILE/x", "--cache"),
    ],
)
def test_folders_that_cannot_be_written_are_found_before_the_work(
    command: str, cure: str, tmp_path: Path
) -> None:
    """Caches, artifacts and one's own benchmarks: the folder is named, and what to change."""
    (tmp_path / "file").write_bytes(b"")  # nothing can be below it, whoever runs the test
    (tmp_path / "other").mkdir()
    places = {"SONG": str(SONG), "FILE/x": f"{tmp_path}/file/x", "OTHER": f"{tmp_path}/other"}
    done = run(*(places.get(word, word) for word in command.split()))
    assert done.code == 2
    assert f"{tmp_path}/file" in done.err
    assert "cannot be written: Not a directory" in done.err
    assert cure in done.err
