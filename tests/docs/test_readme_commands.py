"""README's commands are run, each as it stands there, in their order."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from support.browsing import PIECE
from support.documents import README, ROOT
from support.teaching_pages import collection

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
MADE = ("report.html", "card.md", "split.csv")


def commands() -> list[str]:
    """Lines of README that run Genrescope; `make` is what starts the tests and the browser's."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("python -m ")]


def test_every_command_of_readme_works(tmp_path: Path) -> None:
    """With a song and a folder of the names that stand there, in a folder of a person's own."""
    shutil.copy(PIECE, tmp_path / "song.mp3")
    collection(tmp_path / "FOLDER")
    places = {
        name: str(tmp_path / name.lower()) for name in ("GENRESCOPE_HOME", "GENRESCOPE_CACHE")
    }
    env = os.environ | places | {"PYTHONPATH": str(ROOT)}
    assert len(commands()) >= 8
    for line in commands():
        if "import-predictions" in line:
            predict(tmp_path)
        words = [sys.executable, *shlex.split(line, comments=True)[1:]]
        done = subprocess.run(
            words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    for name in MADE:
        assert (tmp_path / name).stat().st_size > 500


def predict(folder: Path) -> None:
    """Write the predictions that README's reader has made from the split."""
    split = pd.read_csv(folder / "split.csv")
    split = split[split["fold"] >= 0]
    split.assign(predicted=split["genre"]).to_csv(folder / "predictions.csv", index=False)
