"""How loud music is, and one loudness for all of it (ITU-R BS.1770-5).

Collections differ in level for reasons that are not music. Models would learn them: GTZAN's
classical clips are 15 dB quieter than its others.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.audio.windows import SAMPLE_RATE, Samples

TARGET_LUFS = -14.0
MIN_GAIN_DB, MAX_GAIN_DB = -40.0, 60.0
# Analogue prototypes of the two filters of K-weighting. The standard gives their digital
# coefficients at 48 kHz only; these values give the same ones there.
SHELF_HZ, SHELF_DB, SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_MIDDLE = 0.4996667741545416  # the exponent of the gain in the middle of the slope
HIGH_PASS_HZ, HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
BLOCK, STEP = round(0.4 * SAMPLE_RATE), round(0.1 * SAMPLE_RATE)
OFFSET = -0.691  # so that a full-scale sine at 997 Hz has -3.01 LUFS
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0


def levelled(y: Samples) -> Samples:
    """Audio brought to `TARGET_LUFS` by `gain`.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `SAMPLE_RATE`, full scale = 1.
    """
    return y * np.float32(gain(y))


def gain(y: Samples) -> float:
    """The factor that brings audio to `TARGET_LUFS`, between -40 and +60 dB; 1 for silence."""
    level = loudness(y)
    if level == -np.inf:
        return 1.0
    return float(10 ** (np.clip(TARGET_LUFS - level, MIN_GAIN_DB, MAX_GAIN_DB) / 20))


def loudness(y: Samples) -> float:
    """Loudness of mono audio in LUFS, -inf for silence.

    Gates: what is quiet beside the rest of the audio does not count. The standard's absolute gate
    of -70 LUFS is set as if the audio as a whole had `TARGET_LUFS`. Otherwise a gain would change
    what counts, and the loudness by more than the gain.
    """
    power = _block_powers(y)
    if not power.any():
        return -np.inf
    audible = power[power >= power.mean() * 10 ** ((ABSOLUTE_GATE - TARGET_LUFS) / 10)]
    counted = audible[audible >= audible.mean() * 10 ** (RELATIVE_GATE / 10)]
    return float(OFFSET + 10 * np.log10(counted.mean()))


def _block_powers(y: Samples) -> npt.NDArray[np.float64]:
    """Mean square of K-weighted blocks of 0.4 s, one every 0.1 s; of all if it is shorter."""
    from scipy.signal import sosfilt

    weighted = sosfilt(_k_weighting(), y.astype(np.float64))
    squares = np.concatenate([[0.0], np.cumsum(weighted**2)])
    block = min(BLOCK, len(y))
    starts = np.arange(0, len(y) - block + 1, STEP)
    # Differences of sums may fall below 0 by rounding.
    return np.maximum(squares[starts + block] - squares[starts], 0) / block


@cache
def _k_weighting() -> npt.NDArray[np.float64]:
    """A high shelf for the head and a high pass [shape=(2, 6)]."""
    k = np.tan(np.pi * SHELF_HZ / SAMPLE_RATE)
    high = 10 ** (SHELF_DB / 20)
    middle = high**SHELF_MIDDLE
    shelf = [
        *(high + middle * k / SHELF_Q + k * k, 2 * (k * k - high)),
        *(high - middle * k / SHELF_Q + k * k, 1 + k / SHELF_Q + k * k),
        *(2 * (k * k - 1), 1 - k / SHELF_Q + k * k),
    ]
    k = np.tan(np.pi * HIGH_PASS_HZ / SAMPLE_RATE)
    first = 1 + k / HIGH_PASS_Q + k * k
    high_pass = [1, -2, 1, first, 2 * (k * k - 1), 1 - k / HIGH_PASS_Q + k * k]
    sections = np.array([shelf, high_pass])
    sections[0] /= sections[0, 3]
    sections[1, 3:] /= first  # the standard leaves the numerator as 1, -2, 1
    return sections
