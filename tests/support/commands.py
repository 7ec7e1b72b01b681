"""Commands as a script meets them: exit codes, and what goes to which stream."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest

from pipeline.cli import app, output

WIDTH = 400  # of the terminal, in characters


class Run(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects of ``--format json``."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*words: object) -> Run:
    """Run a command in this process, which spares the imports, in a wide terminal."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["genrescope", *map(str, words)])
        patch.setattr(output.console, "width", WIDTH)
        with pytest.raises(SystemExit) as left:
            app.main()
    return Run(int(left.value.code or 0), out.getvalue(), err.getvalue())


def run_as_program(*words: object, **environment: object) -> Run:
    """Run the real program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, words)],
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)
