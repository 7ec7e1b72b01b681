"""Files that are whole or not there."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import PipelineError
from pipeline.files import atomic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("names", "possible"),
    [
        (("a.txt", "b.txt"), [{"a.txt": "x", "b.txt": "y"}]),
        (("a.txt", "a.txt"), [{"a.txt": "x"}, {"a.txt": "y"}]),
    ],
    ids=["two", "same"],
)
def test_threads_write_side_by_side(
    tmp_path: Path, names: tuple[str, str], possible: list[dict[str, str]]
) -> None:
    """Neither gets the other's content, nor loses its own; the last one of the same name stays."""
    barrier = Barrier(2)

    def write(name: str, text: str) -> None:
        with atomic(tmp_path / name) as path:
            barrier.wait(10)
            path.write_text(text)
            barrier.wait(10)

    threads = [Thread(target=write, args=pair) for pair in zip(names, "xy", strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} in possible


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """What was there before stays as it was."""
    (tmp_path / "a.txt").write_text("before")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), atomic(tmp_path / "a.txt") as path:
        fail(path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "before"}


def test_what_the_disk_refuses_is_said(tmp_path: Path) -> None:
    """The sentence names the file and the cure."""
    with (
        pytest.raises(PipelineError, match=r"a\.txt cannot be written: .*\. Choose another\."),
        atomic(tmp_path / "nowhere" / "a.txt", "Choose another.") as path,
    ):
        path.write_text("text")
