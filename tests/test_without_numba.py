"""Serving does without numba, and finds the same numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

# Each feature set of one window of an example piece, and whether LLVM is there.
MEASURE = """
import json, sys
if sys.argv[1:]:
    from pipeline import without_numba
    without_numba.install()
from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode
from pipeline.features.common.spectrum import Spectrum
from pipeline.registry import discover

spectrum = Spectrum(decode(EXAMPLES / "synth-pop.mp3")[: 3 * 22_050])
sets = discover("pipeline.features", "FEATURES").values()
found = {s.name: s.of(spectrum).ravel().tolist() for s in sets if s.compute and not s.networks}
print(json.dumps([found, "llvmlite" in sys.modules]))
"""


def measured(*words: str) -> tuple[dict[str, list[float]], bool]:
    """In a process of its own."""
    command = [sys.executable, "-c", MEASURE, *words]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found, compiles = json.loads(run.stdout)
    return found, compiles


@pytest.mark.slow
def test_features_are_the_same_to_the_last_bit() -> None:
    """What a server finds in a recording is what models were trained on."""
    (served, serving_compiles), (trained, training_compiles) = measured("serve"), measured()
    assert training_compiles
    assert not serving_compiles
    assert len(served) > 4
    for name, values in trained.items():
        np.testing.assert_array_equal(served[name], values, err_msg=name)


def test_what_would_take_a_compiler_says_so() -> None:
    """A call that serving does not make fails with a sentence instead of taking minutes."""
    call = (
        "from pipeline import without_numba; without_numba.install();"
        "import librosa, numpy; librosa.util.localmax(numpy.arange(9.0))"
    )
    run = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True)
    assert "needs numba" in run.stderr


def test_numba_that_is_loaded_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who compiles in this process goes on doing so."""
    from pipeline import without_numba

    loaded: Any = object()
    monkeypatch.setitem(sys.modules, "numba", loaded)
    without_numba.install()
    assert sys.modules["numba"] is loaded
