"""Decoded frames become the floats that FFmpeg makes of them, whatever their format."""

from __future__ import annotations

import av
import numpy as np
import pytest

from pipeline.audio.frames import SAMPLE_FORMATS, mono

SIZE = 4_000
LENGTHS = [577, 1, 2_304, 9_000, 40]
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
FORMATS = [*SAMPLE_FORMATS, *(f"{name}p" for name in SAMPLE_FORMATS)]


def numbers(sample_format: str, n_bytes: int, rng: np.random.Generator) -> np.ndarray:
    """Random samples that fill so many bytes, with the extremes of the format."""
    dtype = np.dtype(SAMPLE_FORMATS[sample_format.removesuffix("p")][0])
    size = n_bytes // dtype.itemsize
    if dtype.kind == "f":
        return rng.standard_normal(size).astype(dtype)
    extremes = np.iinfo(dtype)
    samples = rng.integers(extremes.min, extremes.max, size, dtype, endpoint=True)
    samples[:2] = extremes.min, extremes.max
    return samples


def recorded(sample_format: str, channels: int) -> list[av.AudioFrame]:
    """Frames of several lengths, padded like those of a decoder, with gaps in time between them."""
    rng = np.random.default_rng(channels)
    frames = []
    for pts, length in enumerate(LENGTHS):
        frame = av.AudioFrame(sample_format, LAYOUTS[channels], length, align=64)
        frame.sample_rate, frame.pts = SIZE, 10_000 * pts
        for plane in frame.planes[:channels]:
            plane.update(numbers(sample_format, plane.buffer_size, rng).tobytes())
        frames.append(frame)
    return frames


@pytest.mark.parametrize("channels", LAYOUTS)
@pytest.mark.parametrize("sample_format", FORMATS)
def test_samples_are_those_of_ffmpeg(sample_format: str, channels: int) -> None:
    """To the last bit, FFmpeg's own converter gives the same floats, which are then averaged."""
    converter = av.AudioResampler(format="flt")
    packed = [p for frame in recorded(sample_format, channels) for p in converter.resample(frame)]
    floats = np.concatenate([frame.to_ndarray()[0] for frame in packed]).reshape(-1, channels)
    parts = np.split(floats, range(SIZE, len(floats), SIZE))
    weights = np.full(channels, 1 / channels, np.float32)
    expected = np.concatenate([part @ weights for part in parts])
    blocks = list(mono(recorded(sample_format, channels), SIZE, set()))
    assert [len(block) for block in blocks] == [len(part) for part in parts]
    assert {block.dtype for block in blocks} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(np.concatenate(blocks), expected)


@pytest.mark.parametrize("damage", [np.nan, np.inf, -np.inf, 2.0**31, -(2.0**31), 1e30, -1e30])
@pytest.mark.parametrize("sample_format", ["flt", "dbl"])
def test_damage_in_one_channel_is_silence_there(sample_format: str, damage: float) -> None:
    """A number that is none, or absurd, counts as 0, and the other channel stays."""
    dtype = SAMPLE_FORMATS[sample_format][0]
    samples = np.array([[damage, 0.5, 0.5, damage, -(2.0**30), -0.25]], dtype)
    frame = av.AudioFrame.from_ndarray(samples, sample_format, "stereo")
    (block,) = mono([frame], SIZE, set())
    np.testing.assert_array_equal(block, np.float32([0.25, 0.25, -(2.0**29) - 0.125]))


def test_no_frames_are_no_blocks() -> None:
    """Nothing in, nothing out."""
    assert list(mono([], SIZE, set())) == []
