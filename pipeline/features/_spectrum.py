"""One spectrogram of a stretch of audio, shared by every feature that needs it."""

import warnings
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.audio import SAMPLE_RATE

Array = npt.NDArray[np.float32]

N_FFT = 2048
HOP_LENGTH = 512


class Spectrum:
    """Audio and what is derived from it, each computed at its first use.

    Frames are librosa's defaults: Hann window of 2048 samples every 512, centred, zero-padded.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `pipeline.audio.SAMPLE_RATE`.
    """

    sr = SAMPLE_RATE

    def __init__(self, y: Array) -> None:
        self.y = y

    @cached_property
    def stft(self) -> npt.NDArray[np.complex64]:
        """Complex spectrogram [shape=(1025, t)]."""
        import librosa

        return librosa.stft(self.y, n_fft=N_FFT, hop_length=HOP_LENGTH)

    @cached_property
    def magnitude(self) -> Array:
        """Magnitude spectrogram [shape=(1025, t)]."""
        return np.abs(self.stft)

    @cached_property
    def power(self) -> Array:
        """Power spectrogram [shape=(1025, t)]."""
        return self.magnitude**2

    @cached_property
    def mel(self) -> Array:
        """Power in 128 mel bands [shape=(128, t)]."""
        import librosa

        return librosa.feature.melspectrogram(S=self.power, sr=self.sr, n_fft=N_FFT)

    @cached_property
    def mel_db(self) -> Array:
        """Mel spectrogram in dB, floored 80 dB below its maximum [shape=(128, t)]."""
        import librosa

        return librosa.power_to_db(self.mel)

    @cached_property
    def tuning(self) -> float:
        """Deviation from A440 in fractions of a semitone, in [-0.5, 0.5)."""
        import librosa

        with warnings.catch_warnings():
            # Without any pitch (silence, DC) librosa warns and answers 0, which is the right answer
            # here.
            warnings.filterwarnings("ignore", "Trying to estimate tuning from empty", UserWarning)
            return float(librosa.estimate_tuning(S=self.power, sr=self.sr))

    @cached_property
    def harmonic_percussive(self) -> tuple[Array, Array]:
        """Harmonic and percussive part of the signal [shape=(n,) each].

        The same as `librosa.effects.hpss`.

        The medians run over flattened rows: scipy's one-dimensional filter is ten times faster than
        the two-dimensional one that librosa calls, and gives the same numbers.
        """
        import librosa

        harmonic = _median_filter(self.magnitude)
        percussive = _median_filter(np.ascontiguousarray(self.magnitude.T)).T
        mask = librosa.util.softmask(harmonic, percussive, power=2, split_zeros=True)
        parts = (self.stft * mask, self.stft * (1 - mask))
        y_harmonic, y_percussive = (
            librosa.istft(part, hop_length=HOP_LENGTH, length=len(self.y)) for part in parts
        )
        return y_harmonic, y_percussive


def _median_filter(S: Array, size: int = 31) -> Array:
    """Running median along the last axis, mirrored at the ends [shape=(m, n)]."""
    from scipy.ndimage import median_filter

    half = size // 2
    padded = np.pad(S, ((0, 0), (half, half)), mode="symmetric")
    return median_filter(padded.ravel(), size=size).reshape(padded.shape)[:, half:-half]
