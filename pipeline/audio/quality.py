"""What is doubtful about a recording: level, clipping, noise, bandwidth, length."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.audio.frames import OPPOSITE
from pipeline.audio.windows import MIN_SECONDS, SAMPLE_RATE, WINDOW_SECONDS, Samples, too_short

# Calibrated on GTZAN. Of clips turned up by 6 dB and cut off before they were resampled, 92 % have
# more than this share of samples at the limit; of 563 clips as they are, 5.
CLIPPED_LEVEL, CLIPPED_SHARE = 0.99, 0.002
SILENT_DB = -80.0  # far below music that was turned down by 30 dB
FRAME_LENGTH = 1024
BIN_HZ = SAMPLE_RATE / FRAME_LENGTH
HANN = np.hanning(FRAME_LENGTH + 1)[:-1].astype(np.float32)
# A cliff: within 150 Hz the level falls 25 dB below the median of the 500 Hz before, and stays
# there. It is looked for from 1.5 kHz to 9 kHz, as codecs of good quality cut at 9.5 kHz or more.
# What lies 10 dB below the noise of 16-bit audio counts as nothing, or the empty bands that codecs
# leave in dark music would be cliffs. GTZAN: 0 of 563 flagged as they are, 0 after MP3, AAC, Opus
# or Vorbis; sampled at 8 kHz all, at 16 kHz 99 %.
CLIFF_DB = 25.0
CLIFF_GAP, CLIFF_WIDTH = round(150 / BIN_HZ), round(500 / BIN_HZ)
CLIFF_BINS = np.arange(round(1_500 / BIN_HZ), round(9_000 / BIN_HZ))
FLOOR_POWER = float(np.sum(HANN**2)) / 12 / 2**30 / 10
# Noise of any colour has two marks. Over time the power of a bin scatters as chance has it: the
# logarithm of its mean exceeds the mean of its logarithm by Euler's constant. And the spectrum is
# smooth, which pitches make rough. Each frame is first brought to one level, so that wind, which
# swells, has these marks too. What is less than 10 dB above the noise of 16-bit audio is
# left out.
# GTZAN: 0 of 563 are taken for noise as they are, clipped by 10 dB, or with white noise 20 or 10 dB
# below them; 12 with noise as loud as the music; of 1-s pieces 2 of 1,540. Found is, from 1 to 30 s
# and from -10 to -50 dB, all white, pink, brown and blue noise, and dense rain; most of wind and of
# noise in a band; no crackle, and of drops that can be counted two thirds.
# Doubtful, as three bands of six have the first mark, are 0 of the 192 that are 15 s or longer, and
# 1 % of 3-s pieces; with noise 20 dB below 3 %, 10 dB 21 %, 0 dB 85 %.
QUIET_POWER = 100 * FLOOR_POWER
NOISE_BANDS = [
    slice(*np.round(np.array(edges) / BIN_HZ).astype(int))
    for edges in pairwise([50, 500, 1_000, 2_000, 4_000, 8_000, 10_700])
]
PITCH_BINS = slice(NOISE_BANDS[0].start, NOISE_BANDS[2].stop)
NOISE_SCATTER, NOISE_ROUGHNESS = 0.2, 2.0
NOISY_SCATTER, MIN_NOISY_BANDS = 0.12, 3


@dataclass(frozen=True)
class Finding:
    """Something doubtful about a recording, with a sentence for the page.

    Attributes
    ----------
    fatal
        Whether a verdict would mean nothing.
    """

    kind: Literal["too_short", "silent", "noise", "clipped", "band_limited", "short", "opposite"]
    message: str
    fatal: bool


@dataclass(frozen=True, eq=False)
class Measurement:
    """What a stretch of audio is like. Measurements of consecutive stretches add up.

    A sum differs from the measurement of the whole by what crosses a border: less than one frame of
    the spectrum and two clipped samples.

    Attributes
    ----------
    samples
        Length at `SAMPLE_RATE`.
    peak
        Largest magnitude; full scale = 1.
    total, squares
        Sum of the samples and of their squares.
    clipped
        Samples in runs of three or more at `CLIPPED_LEVEL` or beyond.
    frames
        Number of frames in `spectrum`.
    spectrum : np.ndarray [shape=(1 + FRAME // 2,)]
        Power summed over frames.
    levelled, log_levelled : np.ndarray [shape=(1 + FRAME // 2,)]
        Power of frames of which each was brought to the same level, and its logarithm, summed.
    """

    samples: int
    peak: float
    total: float
    squares: float
    clipped: int
    frames: int
    spectrum: npt.NDArray[np.float64]
    levelled: npt.NDArray[np.float64]
    log_levelled: npt.NDArray[np.float64]

    def __add__(self, other: Measurement) -> Measurement:
        return Measurement(
            samples=self.samples + other.samples,
            peak=max(self.peak, other.peak),
            total=self.total + other.total,
            squares=self.squares + other.squares,
            clipped=self.clipped + other.clipped,
            frames=self.frames + other.frames,
            spectrum=self.spectrum + other.spectrum,
            levelled=self.levelled + other.levelled,
            log_levelled=self.log_levelled + other.log_levelled,
        )

    @property
    def seconds(self) -> float:
        """Length."""
        return self.samples / SAMPLE_RATE

    @property
    def rms_db(self) -> float:
        """Level in dB of full scale, without a constant offset; -200 for digital silence."""
        count = max(self.samples, 1)
        variance = self.squares / count - (self.total / count) ** 2
        return float(10 * np.log10(max(variance, 1e-20)))

    @property
    def clipped_share(self) -> float:
        """Share of the samples that are clipped, from 0 to 1."""
        return self.clipped / max(self.samples, 1)

    @property
    def bandwidth_hz(self) -> float:
        """Frequency of the cliff above which nothing stands; ``SAMPLE_RATE / 2`` if there is none.

        A low sampling rate leaves a cliff. Dark music slopes gently and has none.
        """
        level = 10 * np.log10(self.spectrum + FLOOR_POWER * max(self.frames, 1))
        smooth = np.convolve(np.pad(level, 2, "edge"), np.full(5, 0.2), "valid")
        highest_above = np.maximum.accumulate(smooth[::-1])[::-1]
        ahead = np.lib.stride_tricks.sliding_window_view(level, CLIFF_WIDTH)
        below = np.median(ahead[CLIFF_BINS - CLIFF_WIDTH], axis=1)
        drop = below - highest_above[CLIFF_BINS + CLIFF_GAP]
        if drop.max() < CLIFF_DB:
            return SAMPLE_RATE / 2
        return float(CLIFF_BINS[drop.argmax()] * BIN_HZ)

    @property
    def scatter(self) -> npt.NDArray[np.float64]:
        """How power scatters over time in each of `NOISE_BANDS`, in nats; NaN for empty bands.

        Noise has Euler's constant, music mostly more, and a tone that stands still has 0.
        """
        return np.array([self._scatter(band) for band in NOISE_BANDS])

    def _scatter(self, band: slice) -> float:
        frames = max(self.frames, 1)
        audible = self.spectrum[band] > 10 * QUIET_POWER * frames
        if audible.mean() < 0.5:
            return np.nan
        log_of_mean = np.log(self.levelled[band][audible] / frames)
        return float(np.mean(log_of_mean - self.log_levelled[band][audible] / frames))

    @property
    def roughness(self) -> float:
        """How much the spectrum of pitches bends from bin to bin; that of noise about 1."""
        level = np.log(self.levelled[PITCH_BINS] + FLOOR_POWER)
        return float(np.median(np.abs(np.diff(level, 2))) * np.sqrt(self.frames))

    def findings(self) -> list[Finding]:
        """What is doubtful, in sentences; a fatal finding stands alone."""
        if self.seconds < MIN_SECONDS:
            return [Finding("too_short", too_short(self.samples), fatal=True)]
        if self.rms_db < SILENT_DB:
            return [Finding("silent", SILENT, fatal=True)]
        doubts = (self._noise(), self._short(), self._clipped(), self._band_limited())
        found = [doubt for doubt in doubts if doubt]
        return [doubt for doubt in found if doubt.fatal] or found

    def _noise(self) -> Finding | None:
        off = np.abs(self.scatter - np.euler_gamma)
        noisy = int(np.sum(off < NOISY_SCATTER))
        everywhere = np.isfinite(off).sum() > 1 and np.nanmax(off) < NOISE_SCATTER
        if everywhere and self.roughness < NOISE_ROUGHNESS:
            return Finding("noise", NOISE, fatal=True)
        if noisy < MIN_NOISY_BANDS or self._short():  # a second or two may look so by chance
            return None
        message = (
            f"Noisy: in {noisy} of {len(off)} parts of the spectrum there is little but"
            " noise. Expect a less reliable verdict, or choose a better copy."
        )
        return Finding("noise", message, fatal=False)

    def _short(self) -> Finding | None:
        if round(self.seconds, 1) >= WINDOW_SECONDS:
            return None
        message = (
            f"Only {self.seconds:.1f} s long: it was repeated to fill {WINDOW_SECONDS:g} s, so"
            " expect less. Ten seconds or more are better."
        )
        return Finding("short", message, fatal=False)

    def _clipped(self) -> Finding | None:
        if self.clipped_share <= CLIPPED_SHARE:
            return None
        message = (
            f"Clipped: {self.clipped_share:.1%} of it stands at the loudest value there is, which"
            " sounds distorted. Expect less, or record it again at a lower level."
        )
        return Finding("clipped", message, fatal=False)

    def _band_limited(self) -> Finding | None:
        if self.bandwidth_hz >= SAMPLE_RATE / 2:
            return None
        message = (
            f"Nothing above {round(self.bandwidth_hz / 500) / 2:g} kHz, as on a telephone or in a"
            " voice message: brightness is missing that the models listen to, so expect less, or"
            " choose a better copy."
        )
        return Finding("band_limited", message, fatal=False)


SILENT = (
    f"There is nothing to hear: the level is below {SILENT_DB:g} dB of full scale. Check the"
    " microphone and its volume, or choose another recording."
)

NOISE = (
    "There is only noise to hear, like hiss, rain or wind: it has neither pitches nor beats. Check"
    " the microphone, or choose another recording."
)


OF_NOTES = {
    OPPOSITE: Finding(
        "opposite",
        "Where its two channels cancel each other, as from a cable that is wired the wrong way"
        " round, only the first was analysed.",
        fatal=False,
    )
}


def measure(y: Samples) -> Measurement:
    """Measure a stretch of audio.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `SAMPLE_RATE`, full scale = 1.
    """
    frames = y[: len(y) // FRAME_LENGTH * FRAME_LENGTH].reshape(-1, FRAME_LENGTH)
    power = np.square(np.abs(np.fft.rfft(frames * HANN)))  # (frames, 1 + FRAME // 2)
    log = np.log(power + np.float32(QUIET_POWER))
    log -= log.mean(axis=1, keepdims=True)
    return Measurement(
        samples=len(y),
        peak=float(np.max(np.abs(y), initial=0.0)),
        total=float(y.sum(dtype=np.float64)),
        squares=float(np.square(y, dtype=np.float64).sum()),
        clipped=_clipped_samples(y),
        frames=len(frames),
        spectrum=power.sum(axis=0, dtype=np.float64),
        levelled=np.exp(log).sum(axis=0, dtype=np.float64),
        log_levelled=log.sum(axis=0, dtype=np.float64),
    )


def is_silent(y: Samples) -> bool:
    """Whether a stretch of audio is so quiet that nothing is to hear, without a constant offset."""
    return float(y.std()) < 10 ** (SILENT_DB / 20)


def condition(y: Samples) -> list[Finding]:
    """What is doubtful about a recording, y [shape=(n,)] at `SAMPLE_RATE`."""
    return measure(y).findings()


def _clipped_samples(y: Samples) -> int:
    high = np.abs(y) >= CLIPPED_LEVEL
    run_starts = np.flatnonzero(high[2:] & high[1:-1] & high[:-2])
    return len(np.unique(run_starts[:, None] + np.arange(3)))
