"""Recordings as they reach a model in practice: compressed, clipped, dull, noisy, short."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.audio.decoding import decode
from pipeline.audio.loudness import levelled
from pipeline.audio.windows import SAMPLE_RATE, WINDOW_SECONDS, windows
from pipeline.errors import AudioError
from pipeline.extraction.extract import Features, stream_jobs
from pipeline.features.common.spectrum import Spectrum
from pipeline.progress import Progress, tracked
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


Samples = npt.NDArray[np.float32]
LONGEST = 10.0  # seconds
SEED = 0


@dataclass(frozen=True)
class Distortion:
    """Something that happens to music on its way to a model.

    Attributes
    ----------
    change
        ``change(y) -> y`` of mono audio at `pipeline.audio.windows.SAMPLE_RATE`.
    seconds
        How much of the recording, from its middle, is kept.
    """

    name: str
    title: str
    change: Callable[[Samples], Samples]
    seconds: float = WINDOW_SECONDS


def gain(y: Samples, db: float) -> Samples:
    """Change the level; what exceeds full scale is clipped."""
    return np.clip(y * np.float32(10 ** (db / 20)), -1, 1)


def band_limited(y: Samples, sr: int) -> Samples:
    """Sample at a lower rate and back: nothing stays above half of it."""
    import soxr

    low = soxr.resample(y, SAMPLE_RATE, sr)
    return np.resize(soxr.resample(low, sr, SAMPLE_RATE), len(y)).astype(np.float32)


def noisy(y: Samples, snr_db: float) -> Samples:
    """Add white noise at a ratio of signal to noise power; the same noise every time."""
    noise = np.random.default_rng(SEED).standard_normal(len(y)).astype(np.float32)
    return y + noise * np.sqrt(np.mean(y**2) / 10 ** (snr_db / 10), dtype=np.float32)


def mp3(y: Samples, kbps: int) -> Samples:
    """Encode as MP3 and decode."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=44_100, layout="mono")
        stream.bit_rate = kbps * 1000
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=44_100)
        frame = av.AudioFrame.from_ndarray(y[None], format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return decode(buffer.getvalue())


def same(y: Samples) -> Samples:
    """Leave it as it is."""
    return y


DISTORTIONS = {
    d.name: d
    for d in (
        Distortion("none", "3 s, as it is", same),
        Distortion("mp3_320", "MP3 320 kbit/s", partial(mp3, kbps=320)),
        Distortion("mp3_128", "MP3 128 kbit/s", partial(mp3, kbps=128)),
        Distortion("mp3_64", "MP3 64 kbit/s", partial(mp3, kbps=64)),
        Distortion("quiet_10", "10 dB quieter", partial(gain, db=-10)),
        Distortion("quiet_20", "20 dB quieter", partial(gain, db=-20)),
        Distortion("quiet_30", "30 dB quieter", partial(gain, db=-30)),
        Distortion("clipped", "10 dB louder, clipped", partial(gain, db=10)),
        Distortion("rate_16k", "Sampled at 16 kHz", partial(band_limited, sr=16_000)),
        Distortion("rate_8k", "Sampled at 8 kHz, as a telephone", partial(band_limited, sr=8_000)),
        Distortion("noise_20", "White noise 20 dB below", partial(noisy, snr_db=20)),
        Distortion("noise_10", "White noise 10 dB below", partial(noisy, snr_db=10)),
        Distortion("short", "1 s", same, seconds=1.0),
        Distortion("long", "10 s", same, seconds=LONGEST),
    )
}


def middle(y: Samples, seconds: float) -> Samples:
    """What lies in the middle of a recording; all of a shorter one."""
    n = min(len(y), round(seconds * SAMPLE_RATE))
    first = (len(y) - n) // 2
    return y[first : first + n]


def extract(
    files: Sequence[tuple[Path, Sequence[str]]],
    cache: Path,
    progress: Progress,
) -> dict[str, list[Features]]:
    """Features of distorted recordings, by distortion: of each recording in turn.

    Parameters
    ----------
    files
        Path of each, and the feature sets that are wanted of it.
    cache
        Features are kept below ``cache/distorted``, as those of whole recordings are elsewhere.

    Raises
    ------
    AudioError
        If one cannot be read.
    """
    found: dict[str, list[Features]] = {}
    for distortion in tracked(DISTORTIONS.values(), "Distort", len(DISTORTIONS), progress):
        folder = cache / "distorted" / distortion.name
        features = stream_jobs(files, folder, compute=partial(_features, distortion=distortion))
        found[distortion.name] = [_readable(f) for f in features]
    return found


def _features(path: Path, sets: list[str], distortion: Distortion) -> Features:
    y = distortion.change(middle(decode(path), distortion.seconds))
    members = {name: lookup("pipeline.features", "FEATURES", name) for name in sets}
    spectra = [Spectrum(levelled(window)) for window in windows(y)]
    return Features(
        seconds=len(y) / SAMPLE_RATE,
        sets={name: np.stack([m.of(s) for s in spectra]) for name, m in members.items()},
    )


def _readable(features: Features | str) -> Features:
    if isinstance(features, str):
        raise AudioError(features)
    return features
