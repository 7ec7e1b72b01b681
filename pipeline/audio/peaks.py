"""The waveform of a recording in a few hundred numbers, to be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.audio.windows import SAMPLE_RATE, regrouped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.audio.windows import Samples

FINE = 128  # samples that have a peak at first, 6 ms: a second has enough to be drawn
MOST = 600  # peaks; more would be narrower than a pixel of a phone


class Waveform(NamedTuple):
    """How long a recording is, and how far it swings in each of equally long parts.

    Attributes
    ----------
    peaks
        The largest absolute value of each part, full scale = 1; at most `MOST`.
    """

    seconds: float
    peaks: list[float]


def waveform(blocks: Iterable[Samples]) -> Waveform:
    """The waveform of a recording that is decoded piece by piece, in memory that hardly grows.

    Parameters
    ----------
    blocks
        Mono audio at `SAMPLE_RATE`, see `pipeline.audio.decoding.blocks`.
    """
    n_samples, parts = 0, []
    for y in regrouped(blocks, 8192 * FINE):
        n_samples += len(y)
        parts.append(np.maximum.reduceat(np.abs(y), np.arange(0, len(y), FINE)))
    fine = np.concatenate(parts)
    edges = np.linspace(0, len(fine), min(len(fine), MOST) + 1).astype(int)[:-1]
    peaks = np.maximum.reduceat(fine, edges)
    return Waveform(n_samples / SAMPLE_RATE, [round(float(peak), 3) for peak in peaks])
