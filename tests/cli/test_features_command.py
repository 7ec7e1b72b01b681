"""The command features: tables, exit codes and wrong options."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.commands import run

from pipeline.audio.decoding import to_wav
from pipeline.audio.windows import SAMPLE_RATE, spans

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A folder with 4 s of noise, and a file that is no audio."""
    folder = tmp_path / "noise"
    folder.mkdir()
    y = np.random.default_rng(0).normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)
    (folder / "a.wav").write_bytes(to_wav(y))
    (folder / "b.mp3").write_text("la la la")
    return folder


def test_features_go_on_after_an_unreadable_file(noise: Path, tmp_path: Path) -> None:
    """The rest is written, the bad file has its sentence on standard error; exit code 1."""
    words = ("--set", "timbre", "--cache", tmp_path / "cache", "--jobs", 1)
    done = run("features", noise, *words)
    assert done.code == 1
    table = pd.read_csv(io.StringIO(done.out))
    assert table["path"].tolist() == [str(noise / "a.wav")] * 2
    np.testing.assert_allclose(table[["start", "end"]], spans(4 * SAMPLE_RATE))
    assert f"{noise / 'b.mp3'}: " in done.err
    assert run("features", noise / "a.wav", *words).out == done.out
    assert run("features", noise / "a.wav", *words).code == 0


def test_features_leave_no_file_if_nothing_is_readable(noise: Path, tmp_path: Path) -> None:
    """Exit code 1 and no output file."""
    words = ("--set", "timbre", "--cache", tmp_path / "cache", "--jobs", 1)
    done = run("features", noise / "b.mp3", *words, "--output", tmp_path / "out.csv")
    assert done.code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"noise", "cache"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "timbre", "--format", "parquet"], "add --output FILE"),
        (["--set", "timbre", "--fma-header"], "--set fma518 --per track --format csv"),
        (["--set", "timbre", "--jobs", "0"], "--jobs 0"),
        (["--set", "tumbre"], "No features is called 'tumbre'"),
    ],
)
def test_features_refuse_wrong_options(noise: Path, words: list[str], message: str) -> None:
    """Exit code 2 with the cure, before anything is computed."""
    done = run("features", noise, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_features_say_how_to_go_on(noise: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives one sentence and exit code 130."""

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.extraction.export.write", interrupted)
    done = run("features", noise, "--set", "timbre")
    assert done.code == 130
    assert done.err == "Interrupted; the same command goes on where it stopped.\n"
