"""What a prediction costs: time from decoded audio, and memory, in a process of its own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.audio.windows import SAMPLE_RATE, stream_windows
from pipeline.features.common.spectrum import Spectrum
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.features import Array


CLIP_SECONDS = 30
N_TIMINGS = 3


@dataclass(frozen=True)
class Cost:
    """What a prediction for a clip of half a minute costs.

    Attributes
    ----------
    seconds
        From decoded audio to probabilities on one core, features included; median of three after a
        first one. Without audio: from a row of features.
    peak_bytes
        Largest memory of a process that does nothing else.
    """

    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Job:
    """A saved model: the file that serves it, its feature set, the length of its windows.

    ``window_seconds`` is None where features come in tables only.
    """

    path: Path
    features: str
    window_seconds: float | None


def measure(jobs: Sequence[Job]) -> Iterator[Cost]:
    """Cost of each model in turn.

    A clean process is started once, and a copy of it for each model: starting Python and librosa
    anew for each would take most of the time.
    """
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as clean:
        for job in jobs:
            yield clean.submit(_in_a_copy, job).result()


def _in_a_copy(job: Job) -> Cost:
    from concurrent.futures import ProcessPoolExecutor

    # What librosa compiles at its first use belongs to no model.
    lookup("pipeline.features", "FEATURES", "timbre").extract(np.ones(SAMPLE_RATE, np.float32))
    kind: Any = "fork" if "fork" in get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(1, mp_context=get_context(kind)) as copy:
        return copy.submit(_measure, job).result()


def _measure(job: Job) -> Cost:
    from pipeline.artifacts.model_files import load

    classifier = load(job.path)
    durations = []
    for _ in range(1 + N_TIMINGS):
        start = time.perf_counter()
        classifier.predict_proba(_features(job))
        durations.append(time.perf_counter() - start)
    return Cost(float(np.median(durations[1:])), _peak_bytes())


def _features(job: Job) -> Array:
    """Of noise: how long features take depends little on the sound."""
    features = lookup("pipeline.features", "FEATURES", job.features)
    if job.window_seconds is None:
        return np.zeros((1, *features.shape), np.float32)
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.5, 0.5, CLIP_SECONDS * SAMPLE_RATE).astype(np.float32)
    windows = stream_windows([y], job.window_seconds)
    return np.stack([features.of(Spectrum(window)) for _, _, window in windows])


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
