"""What an answer costs: time from decoded audio, and memory, in a process of its own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio import SAMPLE_RATE, stream_windows
from pipeline.features._spectrum import Spectrum
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.features import Array

CLIP_SECONDS = 30
REPEATS = 5


@dataclass(frozen=True)
class Cost:
    """What an answer about a clip of half a minute costs.

    Attributes
    ----------
    seconds
        From decoded audio to probabilities, features included; median of five after a first one.
        Without audio: from a row of features.
    peak_bytes
        Largest memory of a process that does nothing else.
    """

    seconds: float
    peak_bytes: int


def measure(path: Path, features: str, window_seconds: float | None) -> Cost:
    """Cost of a saved model, measured in a fresh process.

    Parameters
    ----------
    path
        The model's file.
    features
        Feature set that it answers to.
    window_seconds
        Length of its windows; None if its features come in tables only.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, path, features, window_seconds).result()


def _measure(path: Path, features: str, window_seconds: float | None) -> Cost:
    from pipeline.persistence import load

    classifier = load(path)
    durations = []
    for _ in range(1 + REPEATS):
        start = time.perf_counter()
        classifier.predict_proba(_features(features, window_seconds))
        durations.append(time.perf_counter() - start)
    return Cost(float(np.median(durations[1:])), _peak_bytes())


def _features(name: str, window_seconds: float | None) -> Array:
    """Of noise: how long features take depends little on what is heard."""
    features = lookup("pipeline.features", "FEATURES", name)
    if window_seconds is None:
        return np.zeros((1, *features.shape), np.float32)
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.5, 0.5, CLIP_SECONDS * SAMPLE_RATE).astype(np.float32)
    return np.stack([features.of(Spectrum(w)) for _, _, w in stream_windows([y], window_seconds)])


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
