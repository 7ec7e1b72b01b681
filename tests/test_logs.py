"""What whoever runs the project reads on standard error, and how much of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import PipelineError
from pipeline.logs import VARIABLE, configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Loggers are left as they were found."""
    loggers = [logging.getLogger(name) for name in ("pipeline", "dashboard")]
    before = [(log.level, log.handlers, log.propagate) for log in loggers]
    yield
    for log, (level, handlers, propagate) in zip(loggers, before, strict=True):
        log.setLevel(level)
        log.handlers, log.propagate = handlers, propagate


@pytest.mark.parametrize(
    ("level", "seen"),
    [(None, ["WARNING"]), ("info", ["INFO", "WARNING"]), ("ERROR", [])],
)
def test_one_variable_sets_the_level(
    level: str | None,
    seen: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Warnings by default; each message has its level and where it comes from, once."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if level:
        monkeypatch.setenv(VARIABLE, level)
    configure()
    configure()
    for name in ("INFO", "WARNING"):
        logging.getLogger("pipeline.somewhere").log(getattr(logging, name), "It happened.")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        f"{name} pipeline.somewhere: It happened." for name in seen
    ]


def test_other_libraries_are_left_alone() -> None:
    """Their loggers keep their level and handlers."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    configure()
    assert (root.level, list(root.handlers)) == before


def test_unknown_level_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the value and the choices; a command ends with it and not with a traceback."""
    monkeypatch.setenv(VARIABLE, "LOUD")
    with pytest.raises(PipelineError, match=r"GENRESCOPE_LOG is 'LOUD'.*DEBUG, INFO"):
        configure()
    command = [sys.executable, "-m", "pipeline", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "GENRESCOPE_LOG is 'LOUD'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep it elsewhere")
def test_nothing_is_told_to_makers_of_libraries(tmp_path: Path) -> None:
    """A network is asked, and the home folder holds no identity of the machine afterwards."""
    ask = (
        "from pipeline import logs; logs.configure();"
        "from pipeline.backbones import networks; networks._loaded('mtt_vgg')"
    )
    env = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    for name in ("HOME", "XDG_CACHE_HOME"):
        env[name] = str(tmp_path)
    subprocess.run([sys.executable, "-c", ask], env=env, check=True)
    assert list(tmp_path.rglob("*")) == []
