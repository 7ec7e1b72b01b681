"""Recordings of any length: memory, groups of windows, progress and the spectrogram."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.audio_files import music
from support.processes import PROC

from pipeline.audio.decoding import to_wav
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.extraction.analysis import MAX_MEL_COLUMNS, MEL_COLUMNS_PER_SECOND
from pipeline.inference.predict import analyse, predict

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

MODEL = "logistic_ovr"
TWO = ["transfer", "svc"]


@pytest.mark.parametrize("seconds", [1.5, 3.0, 6.5, 8.0, 12.0])
def test_the_picture_shows_a_sound_when_it_is_heard(gtzan: Artifacts, seconds: float) -> None:
    """A tone in the last half second lights up there, also where windows overlap or repeat."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.5 * np.sin(2 * np.pi * 1000 * t) * (t > seconds - 0.5)
    analysis = analyse(to_wav(y.astype(np.float32)), [MODEL], gtzan)
    end = analysis.mel_seconds
    n_columns = analysis.mel_db.shape[1]
    assert n_columns == pytest.approx(end * MEL_COLUMNS_PER_SECOND, abs=1)
    if end == pytest.approx(seconds):
        loudest = (analysis.mel_db.max(axis=0).argmax() + 0.5) / n_columns * end
        assert seconds - 0.6 < loudest < seconds + 0.1


SERVE = """
import os, sys
from pathlib import Path
from pipeline.artifacts.reader import Artifacts
from pipeline.inference.predict import analyse, verdict
from pipeline.untrusted import decoding
from support.processes import memory

artifacts, data, models = Artifacts(Path(sys.argv[1])), Path(sys.argv[2]).read_bytes(), sys.argv[3:]
for times in (30, 50):
    for _ in range(times):
        verdict(analyse(data, models, artifacts, decoding.blocks), models[0], artifacts)
    print(memory(os.getpid(), "VmRSS"))
"""


@PROC
@pytest.mark.slow
def test_memory_of_many_verdicts_stays_flat(gtzan: Artifacts, tmp_path: Path) -> None:
    """Of eighty verdicts, the last fifty take no memory that is not given back.

    In a process with one pool of memory, as `make dashboard` starts the server.
    """
    (tmp_path / "a.wav").write_bytes(to_wav(music(3)))
    command = [sys.executable, "-c", SERVE, str(gtzan.folder), str(tmp_path / "a.wav"), *TWO]
    env = os.environ | {"MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    after_thirty, after_eighty = map(float, said.split())
    assert after_eighty - after_thirty < 5


def test_memory_hardly_grows_with_length(gtzan: Artifacts) -> None:
    """Two more minutes take less than half of the memory that their samples would fill."""
    minute = music(60)

    def peak(minutes: int) -> int:
        tracemalloc.start()
        analysis = analyse(b"", [MODEL], gtzan, lambda _, notes: repeat(minute, minutes))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert analysis.seconds == 60 * minutes
        return most

    predict(to_wav(music(3)), MODEL, gtzan)  # what is loaded once
    assert peak(4) - peak(2) < minute.nbytes


@pytest.mark.parametrize("group", [1, 4])
def test_answers_do_not_depend_on_groups(
    gtzan: Artifacts, monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    """Of 11 windows, asked about one by one, by fours or ten at once."""
    models = [MODEL, "cnn_mfcc"]
    recording = to_wav(music(33))
    expected = analyse(recording, models, gtzan)
    monkeypatch.setattr("pipeline.inference.predict.WINDOWS_AT_ONCE", group)
    analysis = analyse(recording, models, gtzan)
    for model in models:
        pd.testing.assert_frame_equal(
            analysis.predictions[model], expected.predictions[model], atol=1e-5
        )
        np.testing.assert_allclose(
            analysis.embeddings[model], expected.embeddings[model], rtol=1e-4
        )
    np.testing.assert_array_equal(analysis.mel_db, expected.mel_db)


def test_progress_is_told(gtzan: Artifacts) -> None:
    """After each group it is told how far the recording was analysed, up to its end."""
    told: list[tuple[str, float, float | None]] = []
    analyse(to_wav(music(33)), [MODEL], gtzan, progress=lambda *step: told.append(step))
    assert told == [("Analyse", 30, None), ("Analyse", 33, None)]


def test_the_picture_of_a_long_recording_is_no_wider_than_a_screen(gtzan: Artifacts) -> None:
    """A tone in the middle of three minutes still stands in the middle."""
    seconds = 200
    t = np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    y = 0.5 * np.sin(2 * np.pi * 1000 * t) * (abs(t - seconds / 2) < 2)
    analysis = analyse(to_wav(y.astype(np.float32)), ["dummy_prior"], gtzan)
    assert analysis.mel_db.shape == (128, MAX_MEL_COLUMNS)
    assert analysis.mel_seconds == seconds
    loud = np.flatnonzero(analysis.mel_db.max(axis=0) > analysis.mel_db.max() - 6)
    assert loud.mean() == pytest.approx((MAX_MEL_COLUMNS - 1) / 2, abs=2)
    assert len(loud) == pytest.approx(4 / seconds * MAX_MEL_COLUMNS, abs=2)
