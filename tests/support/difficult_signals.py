"""Sounds that have broken feature extractors."""

from __future__ import annotations

import numpy as np

from pipeline.audio.windows import SAMPLE_RATE, WINDOW


def _signals() -> dict[str, np.ndarray]:
    t = np.arange(WINDOW) / SAMPLE_RATE
    click = np.zeros(WINDOW)
    click[3000] = 1
    rng = np.random.default_rng(0)
    signals = {
        "silence": np.zeros(WINDOW),
        "dc": np.ones(WINDOW),
        "click": click,
        "square": np.sign(np.sin(2 * np.pi * 220 * t)),
        "sine": 0.5 * np.sin(2 * np.pi * 1000 * t),
        "noise": rng.uniform(-1, 1, WINDOW),
        "one_second": rng.uniform(-0.1, 0.1, SAMPLE_RATE),
    }
    return {name: y.astype(np.float32) for name, y in signals.items()}


DIFFICULT_SIGNALS = _signals()  # by name [shape=(n,)]
WINDOWS = {name: y for name, y in DIFFICULT_SIGNALS.items() if len(y) == WINDOW}
