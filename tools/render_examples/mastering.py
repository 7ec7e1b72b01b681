"""Length, loudness and peaks of a rendered piece."""

from __future__ import annotations

import numpy as np
from scipy.signal import sosfreqz

from tools.render_examples.notation import TAIL
from tools.render_examples.synthesiser import SR

LOUDNESS = -15.0  # LUFS
PEAK = 10 ** (-1 / 20)  # -1 dBFS
KNEE = 0.6  # louder samples are bent below PEAK
# ITU-R BS.1770-4, tables 1 and 2: the two K-weighting filters, for 48 kHz.
K_WEIGHTING = np.array(
    [
        1.53512485958697, -2.69169618940638, 1.19839281085285,  # b0, b1, b2
        1, -1.69065929318241, 0.73248077421585,  # a0, a1, a2
        1, -2, 1,
        1, -1.99004745483398, 0.99007225036621,
    ]
).reshape(2, 6)  # fmt: skip


def master(y: np.ndarray, seconds: float) -> np.ndarray:
    """Cut to length, fade the tail out, bring to LOUDNESS and round off peaks below PEAK."""
    y = y[: round(seconds * SR)].copy()
    fade = round(TAIL * SR)
    y[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade))[:, None]
    for _ in range(4):  # rounding peaks off takes some loudness away
        y = round_peaks(y * 10 ** ((LOUDNESS - loudness(y)) / 20))
    return y


def round_peaks(y: np.ndarray) -> np.ndarray:
    """Leave samples under KNEE as they are and bend louder ones to stay below PEAK."""
    over = np.maximum(np.abs(y) - KNEE, 0)
    bent = KNEE + (PEAK - KNEE) * np.tanh(over / (PEAK - KNEE))
    return np.where(over > 0, np.sign(y) * bent, y)


def loudness(y: np.ndarray) -> float:
    """Loudness in LUFS after ITU-R BS.1770-4, without its gate; `y` has shape (n, channels)."""
    S = np.fft.rfft(y, axis=0)  # (1 + n/2, channels)
    _, K = sosfreqz(K_WEIGHTING, worN=np.fft.rfftfreq(len(y), 1 / SR), fs=48_000)
    power = 2 * np.sum(np.abs(S * K[:, None]) ** 2) / len(y) ** 2
    return float(-0.691 + 10 * np.log10(power))
