"""Feature sets: one module each, defining ``FEATURES``."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.features._spectrum import Spectrum

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FeatureSet:
    """Numbers computed from a stretch of audio.

    Attributes
    ----------
    version
        Raise it whenever the numbers change: caches are then recomputed and older models refused.
    columns
        Name of each number. What stands before the last underscore is the family
        (``mfcc1_mean`` and ``mfcc1_var`` belong together).
    compute
        ``compute(spectrum) -> array`` of shape ``(len(columns),)``. A spectrum may be shared with
        other sets.
    """

    name: str
    title: str
    version: int
    columns: tuple[str, ...]
    compute: Callable[[Spectrum], Array]

    def extract(self, y: Array) -> Array:
        """Features of mono audio at `pipeline.audio.SAMPLE_RATE`; finite for any finite input.

        Parameters
        ----------
        y : np.ndarray [shape=(n,)]

        Returns
        -------
        np.ndarray [shape=(len(columns),), dtype=float32]
        """
        return self.compute(Spectrum(y))
