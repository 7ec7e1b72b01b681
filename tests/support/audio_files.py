"""Recordings of many kinds, sound and broken, made in memory for the tests of `pipeline.audio`."""

from __future__ import annotations

import io
import struct
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt

from pipeline.audio.windows import SAMPLE_RATE

Array: TypeAlias = npt.NDArray[np.float32]

FLAG_DEFAULT = b"\x88\x81"  # of a Matroska track: its identifier, and a length of one byte
# Name: container, codec, rate, layout, sample format of the encoder.
KINDS: dict[str, tuple[str, str, int, str, str]] = {
    "wav 8-bit": ("wav", "pcm_u8", 22_050, "mono", "u8"),
    "wav 16-bit": ("wav", "pcm_s16le", 44_100, "stereo", "s16"),
    "wav 24-bit": ("wav", "pcm_s24le", 48_000, "stereo", "s32"),
    "wav 32-bit": ("wav", "pcm_s32le", 96_000, "stereo", "s32"),
    "wav 64-bit": ("wav", "pcm_s64le", 44_100, "stereo", "s64"),
    "wav float": ("wav", "pcm_f32le", 192_000, "mono", "flt"),
    "wav double": ("wav", "pcm_f64le", 11_025, "mono", "dbl"),
    "wav mu-law": ("wav", "pcm_mulaw", 8_000, "mono", "s16"),
    "wav adpcm": ("wav", "adpcm_ms", 44_100, "stereo", "s16"),
    "wav 5.1": ("wav", "pcm_s16le", 48_000, "5.1", "s16"),
    "wav 7.1": ("wav", "pcm_f32le", 48_000, "7.1", "flt"),
    "w64": ("w64", "pcm_s16le", 32_000, "mono", "s16"),
    "flac 16-bit": ("flac", "flac", 44_100, "stereo", "s16"),
    "flac 24-bit": ("flac", "flac", 96_000, "5.1", "s32"),
    "flac 7.1": ("flac", "flac", 44_100, "7.1", "s16"),
    "ogg vorbis": ("ogg", "vorbis", 44_100, "stereo", "fltp"),
    "ogg flac": ("ogg", "flac", 44_100, "mono", "s16"),
    "ogg opus": ("ogg", "libopus", 48_000, "stereo", "flt"),
    "webm opus": ("webm", "libopus", 48_000, "mono", "flt"),
    "webm vorbis": ("webm", "vorbis", 44_100, "stereo", "fltp"),
    "mp3": ("mp3", "libmp3lame", 44_100, "stereo", "s16p"),
    "mp3 16 kHz": ("mp3", "libmp3lame", 16_000, "mono", "fltp"),
    "m4a aac": ("ipod", "aac", 44_100, "stereo", "fltp"),
    "m4a aac 7.1": ("ipod", "aac", 48_000, "7.1", "fltp"),
    "m4a alac": ("ipod", "alac", 44_100, "stereo", "s16p"),
    "mp4 mp3": ("mp4", "libmp3lame", 48_000, "stereo", "fltp"),
    "mov 16-bit": ("mov", "pcm_s16be", 44_100, "mono", "s16"),
    "adts aac": ("adts", "aac", 44_100, "mono", "fltp"),
    "mkv flac": ("matroska", "flac", 48_000, "stereo", "s16"),
    "mkv ac3": ("matroska", "ac3", 48_000, "5.1", "fltp"),
    "avi mp3": ("avi", "libmp3lame", 44_100, "stereo", "fltp"),
    "aiff 16-bit": ("aiff", "pcm_s16be", 44_100, "stereo", "s16"),
    "aiff 24-bit": ("aiff", "pcm_s24be", 44_100, "mono", "s32"),
    "au": ("au", "pcm_s16be", 22_050, "mono", "s16"),
    "caf": ("caf", "pcm_s16le", 44_100, "stereo", "s16"),
    "wma": ("asf", "wmav2", 44_100, "stereo", "fltp"),
    "mp2": ("mp2", "mp2", 44_100, "stereo", "s16"),
    "wavpack": ("wv", "wavpack", 44_100, "stereo", "s16p"),
    "tta": ("tta", "tta", 44_100, "stereo", "s16"),
    "ac3": ("ac3", "ac3", 48_000, "stereo", "fltp"),
    "ts mp2": ("mpegts", "mp2", 44_100, "stereo", "s16"),
    "flv mp3": ("flv", "libmp3lame", 44_100, "stereo", "s16p"),
    "amr": ("amr", "libopencore_amrnb", 8_000, "mono", "s16"),
}


def two_streams(hz: list[float], default: list[int]) -> bytes:
    """A Matroska file with two streams of sines 200 Hz apart; 0: a silent one."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as file:
        streams = [file.add_stream("pcm_s16le", rate=44_100, layout="mono") for _ in hz]
        for number, stream in enumerate(streams):
            y = sine(hz[number] + 200 * number, 1, 44_100) if hz[number] else np.zeros(44_100)
            samples = (32_767 * y).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.sample_rate = 44_100
            file.mux([*stream.encode(frame), *stream.encode()])
    start, *entries = buffer.getvalue().split(FLAG_DEFAULT, len(hz))  # PyAV sets none
    flags = (bytes([number in default]) for number in range(len(hz)))
    return start + b"".join(FLAG_DEFAULT + f + e[1:] for f, e in zip(flags, entries, strict=True))


def sine(hz: float, seconds: float, rate: int, amplitude: float = 0.5) -> Array:
    """A sine [shape=(n,)]."""
    t = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def encoded(kind: str, seconds: float = 2.0, hz: float = 1_000.0) -> bytes:
    """A file of one of `KINDS` with the same sine on each channel."""
    container, codec, rate, layout, sample_format = KINDS[kind]
    channels = av.AudioLayout(layout).nb_channels
    y = np.repeat(sine(hz, seconds, rate)[:, None], channels, axis=1)
    return encode(y, rate, container, codec, layout, sample_format)


def encode(
    y: Array, rate: int, container: str, codec: str, layout: str, sample_format: str
) -> bytes:
    """A file made of audio y [shape=(n, channels)]."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout, stream.format = layout, sample_format
        stream.bit_rate = 64_000 * stream.layout.nb_channels
        if codec == "vorbis":
            stream.options = {"strict": "experimental"}
        for start in range(0, len(y), 1_024):
            packed = np.ascontiguousarray(y[start : start + 1_024]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.rate, frame.pts = rate, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def wav(data: bytes, rate: int, channels: int = 1, bits: int = 16, tag: int = 1) -> bytes:
    """A WAV file of raw sample data with any header, possible or not; tag 1 is PCM, 3 float."""
    frame = channels * bits // 8
    rates = (rate, min(rate * frame, 2**32 - 1))
    header = struct.pack("<HHIIHH", tag, channels, *rates, frame, bits)
    chunks = b"fmt " + struct.pack("<I", len(header)) + header
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def video(with_sound: bool) -> bytes:
    """An MP4 file of two black seconds, with a 1 kHz sine if it has sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        picture = file.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = file.add_stream("aac", rate=44_100) if with_sound else None
        for _ in range(50):
            file.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(picture.encode(None))
        if sound:
            y = sine(1_000, 2, 44_100)
            frame = av.AudioFrame.from_ndarray(y[None], format="flt", layout="mono")
            frame.rate = 44_100
            file.mux(sound.encode(frame))
            file.mux(sound.encode(None))
    return buffer.getvalue()


def music(seconds: float, level: float = 0.1) -> np.ndarray:
    """All frequencies, with another pitch each quarter of a second [shape=(n,)]."""
    rng = np.random.default_rng(0)
    size, note = round(seconds * SAMPLE_RATE), SAMPLE_RATE // 4
    count = size // note + 1
    periods = rng.integers(50, 150, (count, 1))
    comb = np.abs(1 - 0.95 * np.exp(-2j * np.pi * periods * np.fft.rfftfreq(note)))
    spectra = np.fft.rfft(rng.standard_normal((count, note))) / comb
    y = np.fft.irfft(spectra, note).ravel()[:size]
    return (level * y / y.std()).astype(np.float32)
