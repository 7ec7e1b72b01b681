"""The example of docs/predictions.md makes a file that can be imported."""

from __future__ import annotations

import ast
import re
import runpy
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from support.commands import run
from support.documents import ROOT
from support.odd_benchmarks import Shape, benchmark

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs/predictions.md").read_text()


def example(name: str) -> str:
    """Source of an example; its file stands in the first line."""
    found = re.search(rf"^```python\n# {re.escape(name)}\n(.*?)^```", PAGE, re.S | re.M)
    assert found
    return found[1]


def test_the_example_predicts_what_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the exported split and vectors that tell the genre to a perfect model on the board."""
    root = benchmark("odd", Shape(tracks=8), tmp_path / "artifacts").folder.parent
    monkeypatch.setenv("GENRESCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    at = ("--artifacts", root)
    run("export-split", "odd", "--protocol", "artist", "--output", "split.csv", *at)
    truth = pd.get_dummies(pd.read_csv("split.csv")["genre"]).to_numpy(dtype=float)
    noise = np.random.default_rng(0).normal(0, 0.01, truth.shape)
    np.save("vectors.npy", truth + noise)
    (tmp_path / "predict.py").write_text(example("predict.py"))
    runpy.run_path("predict.py", run_name="__main__")
    words = ("import-predictions", "odd", "predictions.csv", "--name", "mine", "--protocol")
    done = run(*words, "artist", *at)
    assert (done.code, done.err) == (0, "")
    rows = run("scores", "odd", "--protocol", "artist", "-f", "json", *at).rows
    assert (rows[0]["model"], rows[0]["accuracy"]) == ("mine", 1.0)


def test_the_part_that_needs_a_network_fits_the_other(tmp_path: Path) -> None:
    """It is valid Python, reads the exported split, and writes the vectors that are read."""
    source = example("vectors.py")
    ast.parse(source)
    assert 'pd.read_csv("split.csv", dtype={"track_id": str})' in source
    assert 'np.save("vectors.npy"' in source
    assert 'np.load("vectors.npy")' in example("predict.py")
