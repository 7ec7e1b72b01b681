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


def test_a_verdict_of_every_model_loads_no_keras() -> None:
    """Pretrained networks, trained networks and other models, in a process of their own."""
    run = subprocess.run(
        [sys.executable, "-c", ASK_EVERY_MODEL], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "onnxruntime" in loaded
    assert not loaded & {"tensorflow", "keras", "tf2onnx"}
