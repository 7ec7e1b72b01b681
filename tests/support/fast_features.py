"""Feature sets that are quick to compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.features import Column, FeatureSet

if TYPE_CHECKING:
    from pipeline.features import Array
    from pipeline.features.common.spectrum import Spectrum

N_FRAMES = 5


def level(spectrum: Spectrum) -> Array:
    return np.array([spectrum.y.mean(), spectrum.y.std()], np.float32)


def peak(spectrum: Spectrum) -> Array:
    return np.array([np.abs(spectrum.y).max(), spectrum.y.std()], np.float32)


def steps(spectrum: Spectrum) -> Array:
    parts = np.array_split(spectrum.y, N_FRAMES)
    return np.array([[part.min(), part.max()] for part in parts], np.float32)


def feature_set(name: str, columns: tuple[str, ...], compute: Any, frames: int = 0) -> FeatureSet:
    return FeatureSet(name, name, 1, tuple(Column(c, c) for c in columns), compute, frames)


LEVEL = feature_set("level", ("mean", "std"), level)
PEAK = feature_set("peak", ("peak", "std"), peak)
STEPS = feature_set("steps", ("low", "high"), steps, N_FRAMES)
FAST = {s.name: s for s in (LEVEL, PEAK, STEPS)}
