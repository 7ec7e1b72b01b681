"""Feature sets: one module each, defining ``FEATURES``."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.errors import PipelineError
from pipeline.features.common.spectrum import Spectrum

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Column:
    """What one number of a feature set is.

    Attributes
    ----------
    meaning
        In words, e.g. ``"mean of the spectral centroid"``.
    unit
        ``"Hz"``, ``"dB"``, …; empty for a pure number.
    low, high
        Values that it cannot leave, whatever the audio.
    family
        What it is about, e.g. ``"spectral centroid"``: columns of one family belong together.
    """

    name: str
    meaning: str
    unit: str = ""
    low: float = -inf
    high: float = inf
    family: str = ""


@dataclass(frozen=True)
class FeatureSet:
    """Numbers computed from a stretch of audio.

    Attributes
    ----------
    version
        Raise it whenever the numbers change: caches are then recomputed and older models refused.
    columns
        The numbers along the last axis.
    compute
        ``compute(spectrum) -> array`` of the shape `shape`. A spectrum may be shared with other
        sets. None: nobody but its publisher can compute it, so it comes in tables only.
    frames
        0 for a set of statistics. A set that is a sequence has one row a frame, and this many of
        them in a window of 3 s; other lengths give other numbers.
    narrow
        Whether it hears nothing above 8 kHz.
    networks
        Pretrained networks that it asks, in the order of its columns.
    works
        Published works that used these numbers.
    """

    name: str
    title: str
    version: int
    columns: tuple[Column, ...]
    compute: Callable[[Spectrum], Array] | None
    frames: int = 0
    narrow: bool = False
    networks: tuple[str, ...] = ()
    works: tuple[str, ...] = field(default=())

    @property
    def names(self) -> list[str]:
        """Name of each column."""
        return [column.name for column in self.columns]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array for one window: ``(columns,)`` or ``(frames, columns)``."""
        return (self.frames, len(self.columns)) if self.frames else (len(self.columns),)

    def extract(self, y: Array) -> Array:
        """Features of mono audio at 22,050 Hz; finite for any finite input.

        Parameters
        ----------
        y : np.ndarray [shape=(n,)]

        Returns
        -------
        np.ndarray [shape=(columns,) or (t, columns), dtype=float32]
        """
        return self.of(Spectrum(y))

    def of(self, spectrum: Spectrum) -> Array:
        """Features of what a spectrum was made of; see `extract`."""
        return self.required_compute()(spectrum)

    def required_compute(self) -> Callable[[Spectrum], Array]:
        """How it is computed; a `PipelineError` if it comes in tables only."""
        if self.compute is None:
            raise PipelineError(
                f"{self.name} cannot be computed from audio: only its publisher can. Choose another"
                " feature set: python -m pipeline list"
            )
        return self.compute
