"""One spectrogram of a stretch of audio, shared by every feature that needs it."""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features.common import kernels

Array = npt.NDArray[np.float32]

N_FFT = 2048
HOP_LENGTH = 512
N_MELS, N_MFCC = 128, 20
FREQUENCIES = np.arange(1 + N_FFT // 2) * SAMPLE_RATE / N_FFT
# The short frames of `mfcc12`. More bands would leave some without a bin of 43 Hz.
SHORT_N_FFT, SHORT_HOP_LENGTH, SHORT_BANDS = 512, 256, 40
# The input of the pretrained networks.
MUSICNN_RATE, MUSICNN_N_FFT, MUSICNN_HOP_LENGTH, MUSICNN_BANDS = 16_000, 512, 256, 96


class Spectrum:
    """Audio and what is derived from it, each computed at its first use.

    Frames are librosa's defaults: Hann window of 2048 samples every 512, centred, zero-padded.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `pipeline.audio.windows.SAMPLE_RATE`.

    Attributes
    ----------
    heard, heard_seconds
        What pretrained networks made of it, by network, and the time it took: feature sets have
        networks in common.
    """

    sr = SAMPLE_RATE

    def __init__(self, y: Array) -> None:
        self.y = y
        self.heard: dict[str, Array] = {}
        self.heard_seconds: dict[str, float] = {}

    @cached_property
    def stft(self) -> npt.NDArray[np.complex64]:
        """Complex spectrogram [shape=(1025, t)]."""
        return kernels.stft(self.y, N_FFT, HOP_LENGTH)

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
        return kernels.melspectrogram(self.power, self.sr, N_MELS)

    @cached_property
    def mel_db(self) -> Array:
        """Mel spectrogram in dB, floored 80 dB below its maximum [shape=(128, t)]."""
        import librosa

        return librosa.power_to_db(self.mel)

    @cached_property
    def mfcc(self) -> Array:
        """Mel-frequency cepstral coefficients [shape=(20, t)]."""
        import librosa

        return librosa.feature.mfcc(S=self.mel_db, n_mfcc=N_MFCC)

    @cached_property
    def short_mel(self) -> Array:
        """Power in 40 mel bands of frames of 512 samples every 256 [shape=(40, t)]."""
        power = _power(self.y, SHORT_N_FFT, SHORT_HOP_LENGTH)
        return kernels.melspectrogram(power, self.sr, SHORT_BANDS)

    @cached_property
    def musicnn_mel(self) -> Array:
        """Power in 96 mel bands at 16 kHz, frames of 512 samples every 256 [shape=(96, t)]."""
        import soxr

        y = soxr.resample(self.y, self.sr, MUSICNN_RATE, "HQ")
        power = _power(y, MUSICNN_N_FFT, MUSICNN_HOP_LENGTH)
        return kernels.melspectrogram(power, MUSICNN_RATE, MUSICNN_BANDS)

    @cached_property
    def rms(self) -> Array:
        """Root mean square of each frame [shape=(1, t)]."""
        import librosa

        return librosa.feature.rms(y=self.y, frame_length=N_FFT, hop_length=HOP_LENGTH)

    @cached_property
    def zero_crossing_rate(self) -> Array:
        """Share of samples where the sign changes [shape=(1, t)]."""
        return kernels.zero_crossing_rate(self.y, N_FFT, HOP_LENGTH)

    @cached_property
    def centroid_and_bandwidth(self) -> tuple[Array, Array]:
        """Spectral centroid and bandwidth in Hz [shape=(1, t) each]."""
        return kernels.spectral_centroid_and_bandwidth(self.magnitude, FREQUENCIES)

    @cached_property
    def rolloff(self) -> Array:
        """Frequency below which 85 % of the magnitude lies, in Hz [shape=(1, t)]."""
        return kernels.spectral_rolloff(self.magnitude, FREQUENCIES)

    @cached_property
    def contrast(self) -> Array:
        """Peak against valley in seven bands, in dB [shape=(7, t)]."""
        return kernels.spectral_contrast(self.magnitude, FREQUENCIES)

    @cached_property
    def chroma(self) -> Array:
        """Pitch classes, C first, a frame's strongest being 1 [shape=(12, t)]."""
        tuning = kernels.estimate_tuning(self.power, FREQUENCIES)
        return kernels.chroma_stft(self.power, self.sr, tuning)

    @cached_property
    def constant_q(self) -> Array:
        """Magnitude at 84 semitones from C1 on [shape=(84, t)]."""
        # librosa takes this tuning from magnitudes and that of `chroma` from powers.
        tuning = kernels.estimate_tuning(self.magnitude, FREQUENCIES)
        return kernels.constant_q(self.y, self.sr, HOP_LENGTH, tuning)

    @cached_property
    def harmonic_percussive(self) -> tuple[Array, Array]:
        """Harmonic and percussive part of the signal [shape=(n,) each], `librosa.effects.hpss`."""
        import librosa

        harmonic = librosa.istft(
            kernels.hpss(self.stft, self.magnitude), hop_length=HOP_LENGTH, length=len(self.y)
        )
        return harmonic, self.y - harmonic

    @cached_property
    def tempo(self) -> float:
        """Tempo in BPM as `librosa.beat.beat_track` finds it, 0 where nothing starts."""
        import librosa

        onsets = librosa.onset.onset_strength(S=self.mel_db, sr=self.sr, aggregate=np.median)
        if not onsets.any():
            return 0.0
        return float(librosa.feature.tempo(onset_envelope=onsets, sr=self.sr)[0])


def _power(y: Array, n_fft: int, hop_length: int) -> Array:
    """Power spectrogram in frames of another length [shape=(1 + n_fft // 2, t)]."""
    return np.abs(kernels.stft(y, n_fft, hop_length)) ** 2
