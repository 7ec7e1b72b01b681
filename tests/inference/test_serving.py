"""Serving needs neither TensorFlow nor Keras."""

from __future__ import annotations

import subprocess
import sys

ASK_EVERY_MODEL = """
import sys
from dashboard.live.sources import EXAMPLES
from pipeline.artifacts.reader import open_benchmark
from pipeline.inference.predict import analyse, verdict

opened = open_benchmark("gtzan")
found = analyse(EXAMPLES / "synth-pop.mp3", list(opened.models), opened, taggers=["mtt_vgg"])
assert all(verdict(found, name, opened).confidence > 0 for name in opened.models)
print(*sys.modules)
"""

ASK_A_NETWORK = """
import sys
from dashboard.live.sources import EXAMPLES
from pipeline.artifacts.reader import open_benchmark
from pipeline.evaluation.decision import answers
from pipeline.inference.deciding import decided, taggers
from pipeline.inference.predict import analyse, verdict

opened = open_benchmark("gtzan")
found = analyse(EXAMPLES / "synth-pop.mp3", ["transfer"], opened, taggers=taggers(opened))
given = verdict(found, "transfer", opened)
assert decided(found, given, opened, answers(opened, "transfer")).record.n
print(*sys.modules)
"""


def loaded(code: str) -> set[str]:
    """Packages that a process of its own has imported at the end of some code."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_a_verdict_of_every_model_loads_no_keras() -> None:
    """Pretrained networks, trained networks and other models."""
    found = loaded(ASK_EVERY_MODEL)
    assert "onnxruntime" in found
    assert not found & {"tensorflow", "keras", "tf2onnx"}


def test_a_network_answers_without_scikit_learn() -> None:
    """Which takes a second to import; what its answers may be called is known without, too."""
    assert not loaded(ASK_A_NETWORK) & {"sklearn", "tensorflow", "keras"}
