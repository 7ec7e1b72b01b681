"""Progress of long commands: bars on a terminal, and elsewhere lines that never stop for long."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from pipeline.cli import output
from pipeline.progress import silent, tracked


def test_tracked_steps_are_reported() -> None:
    """Before the first step and after each; the steps themselves are passed on."""
    reports: list[tuple[object, ...]] = []
    steps = list(tracked("ab", "Train", 2, lambda *report: reports.append(report)))
    assert steps == ["a", "b"]
    assert reports == [("Train", 0, 2), ("Train", 1, 2), ("Train", 2, 2)]
    assert silent("Train", 0, None) is None


def test_lines_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A task is named when it begins and when it is done; what lies between stays short."""
    with output.shown_progress() as progress:
        for task in ("Extract", "Train"):
            for done in range(101):
                progress(task, done, 100)
    lines = [line.rpartition(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert lines == [f"{task}: {n} of 100" for task in ("Extract", "Train") for n in (0, 100)]


def test_a_long_task_is_never_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A task that reports nothing for a while is named again and again, with the time."""
    monkeypatch.setattr(output, "SILENCE_SECONDS", 0.05)
    with output.shown_progress() as progress:
        progress("Train", 3, None)
        time.sleep(0.5)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 3
    assert all(line.startswith("Train: 3, ") and line.endswith(" s") for line in lines)
    assert output.SILENCE_SECONDS < 5


def test_lines_say_how_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the speed so far: what was done before, in an earlier run, does not count."""
    monkeypatch.setattr(output.time, "monotonic", lambda: 10.0)
    step = output._Step("Train", 60, 60, 100, began=0.0)
    assert str(step) == "Train: 60 of 100"
    step.done = 62  # two in ten seconds
    assert str(step) == "Train: 62 of 100, about 0:03:10 left"
    step.done = 100
    assert str(step) == "Train: 100 of 100"


TERMINAL = """
from pipeline.cli import output
with output.shown_progress() as progress:
    for done in range(11):
        progress("Train", done, 10)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_bars_on_a_terminal() -> None:
    """Where somebody looks, a bar fills up in place."""
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen([sys.executable, "-c", TERMINAL], stderr=theirs, env=environment) as run:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert run.returncode == 0
    assert "━" in shown.decode()
    assert "10/10" in shown.decode()
