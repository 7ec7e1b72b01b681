"""Signals to compute features on, and their features by name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features.timbre import FEATURES as TIMBRE
from pipeline.registry import lookup


def timbre(y: np.ndarray) -> pd.Series:
    return pd.Series(TIMBRE.extract(y.astype(np.float32)), TIMBRE.names)


def extracted(name: str, y: np.ndarray) -> pd.Series:
    features = lookup("pipeline.features", "FEATURES", name)
    return pd.Series(features.extract(y.astype(np.float32)), features.names)


def sine(hz: float, seconds: float = 5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def music(seconds: float = 6, seed: int = 0) -> np.ndarray:
    """Chords with overtones, clicks and some noise, in no tuning in particular."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    y = 0.02 * rng.normal(size=len(t))
    for start in np.arange(0, seconds, 0.5):
        since = np.maximum(t - start, 0)
        for hz in 55 * 2 ** (rng.integers(0, 48, 3) / 12 + 0.02):
            y += (t >= start) * np.exp(-4 * since) * np.sin(2 * np.pi * hz * since)
        y += (t >= start) * np.exp(-200 * since) * rng.normal(size=len(t))
    return (0.3 * y / np.abs(y).max()).astype(np.float32)
