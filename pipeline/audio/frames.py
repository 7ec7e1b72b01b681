"""From the frames of a decoder, in any sample format and layout, to mono audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline.audio.formats import MAX_MAGNITUDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av import AudioFrame

    from pipeline.audio.windows import Samples

# All sample formats of FFmpeg: type, what to add so that silence is 0, and what full scale is then.
SAMPLE_FORMATS: dict[str, tuple[npt.DTypeLike, float, float]] = {
    "u8": (np.uint8, -(2.0**7), 2.0**7),
    "s16": (np.int16, 0.0, 2.0**15),
    "s32": (np.int32, 0.0, 2.0**31),
    "s64": (np.int64, 0.0, 2.0**63),
    "flt": (np.float32, 0.0, 1.0),
    "dbl": (np.float64, 0.0, 1.0),
}
OPPOSITE = "opposite"  # a note: channels cancelled each other somewhere
CANCELLED = 1e-3  # of a channel's peak; less is left where two cancel each other
AUDIBLE = 1e-3  # full scale = 1; below it nothing is worth saving


def mono(frames: Iterable[AudioFrame], size: int, notes: set[str]) -> Iterator[Samples]:
    """Average the channels of frames of one format.

    Where two channels are opposite, as from a cable that was soldered the wrong way round, their
    mean would be silence; there the first one counts.

    Parameters
    ----------
    size
        Samples of a block. With three channels or more, the last bit of some depends on it.
    notes
        `OPPOSITE` is added to it where that is so.

    Yields
    ------
    np.ndarray [shape=(size,)]
        Full scale = 1, and samples that are not finite are 0; the last one is shorter.
    """
    for frame in _joined(frames, size):
        sound = _floats(frame)
        # The product of a single column takes longer than all that came before.
        yield _mixed(sound, notes) if sound.shape[1] > 1 else sound[:, 0]


def _mixed(sound: Samples, notes: set[str]) -> Samples:
    """The mean of the channels, or the first of two that cancel each other."""
    channels = sound.shape[1]
    mixed: Samples = sound @ np.full(channels, 1 / channels, np.float32)
    left = sound[:, 0]
    if channels == 2 and _peak(mixed) < CANCELLED * (peak := _peak(left)) and peak > AUDIBLE:
        notes.add(OPPOSITE)
        return left.copy()
    return mixed


def _peak(y: Samples) -> float:
    return max(float(y.max(initial=0)), -float(y.min(initial=0)))


def _joined(frames: Iterable[AudioFrame], size: int) -> Iterator[AudioFrame]:
    """Frames of `size` samples without padding, since each frame costs some Python."""
    import av

    queue = av.AudioFifo()
    for frame in frames:
        frame.pts = None  # or the queue would refuse a frame after a gap
        queue.write(frame)
        if queue.samples >= size:
            yield from queue.read_many(size)
    yield from queue.read_many(size, partial=True)


def _floats(frame: AudioFrame) -> Samples:
    """Samples [shape=(n, channels)], equal to those that FFmpeg converts to floats."""
    dtype, offset, full_scale = SAMPLE_FORMATS[frame.format.packed.name]
    with np.errstate(over="ignore", invalid="ignore"):  # a damaged file holds any number
        sound = np.stack(_planes(frame, dtype), axis=-1, dtype=np.float32, casting="unsafe")
        sound = sound.reshape(-1, frame.layout.nb_channels)
        sound += offset
        sound /= full_scale
        if sound.min() > -MAX_MAGNITUDE and sound.max() < MAX_MAGNITUDE:  # false for NaN
            return sound
        return np.where(np.abs(sound) < MAX_MAGNITUDE, sound, np.float32(0))


def _planes(frame: AudioFrame, dtype: npt.DTypeLike) -> list[npt.NDArray[Any]]:
    """The samples of each channel, or a single plane in which the channels take turns."""
    from av.audio.plane import AudioPlane

    count = frame.layout.nb_channels if frame.format.is_planar else 1
    # Not `frame.planes`, which does not end after the last of eight or more.
    planes = [AudioPlane(frame, index) for index in range(count)]
    return [np.frombuffer(memoryview(plane), dtype) for plane in planes]
