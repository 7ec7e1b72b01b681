"""Every container, codec, rate and layout is decoded to the same sound."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
import soundfile
from support import audio_files
from support.audio_files import KINDS, sine, wav
from support.short_recordings import SHORT
from support.signals import SECOND, pcm, peak_hz

from pipeline.audio.decoding import blocks, decode
from pipeline.audio.formats import EXTENSIONS
from pipeline.audio.frames import OPPOSITE
from pipeline.audio.windows import MIN_SECONDS, WINDOW

if TYPE_CHECKING:
    from pathlib import Path

LOSSY = {"vorbis", "libopus", "libmp3lame", "aac", "ac3", "wmav2", "adpcm_ms", "pcm_mulaw"}
LOSSY |= {"mp2", "libopencore_amrnb"}


# What is left of a sine of 1 kHz: the last channel of two encoders is for the lowest tones only,
# and one is made for speech on telephones.
LEFT = {"m4a aac 7.1": 7 / 8, "mkv ac3": 5 / 6, "amr": 0.613}


@pytest.mark.parametrize("kind", KINDS)
def test_sine_comes_back_from_each_kind_of_file(kind: str) -> None:
    """A 1 kHz sine keeps its length, frequency and level in each container, codec and layout."""
    lossy = KINDS[kind][1] in LOSSY
    y = decode(audio_files.encoded(kind))
    middle = y[SECOND // 2 : SECOND * 3 // 2]
    assert y.dtype == np.float32
    assert len(y) == pytest.approx(2 * SECOND, abs=0.06 * SECOND if lossy else 0)
    assert peak_hz(middle) == pytest.approx(1_000, abs=1)
    expected = 0.5 * LEFT.get(kind, 1)
    level = np.sqrt(2 * np.mean(middle**2))
    assert level == pytest.approx(expected, rel=0.06 if lossy else 0.005)


@pytest.mark.parametrize("rate", [2_000, 8_000, 11_025, 22_050, 44_100, 88_200, 192_000, 768_000])
def test_length_is_kept_at_any_rate(rate: int) -> None:
    """Two seconds stay two seconds from 2 to 768 kHz."""
    y = decode(pcm(sine(440, 2, rate), rate))
    assert len(y) == pytest.approx(2 * SECOND, abs=1)
    assert peak_hz(y) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 33, 64])
def test_channels_are_averaged(channels: int) -> None:
    """A sound on one of n channels has 1/n of its level."""
    y = np.zeros((SECOND, channels), np.float32)
    y[:, -1] = sine(1_000, 1, SECOND, 0.8)
    expected = np.rint(y[:, -1] * 32_767) / 32_768 / channels
    np.testing.assert_allclose(decode(pcm(y.ravel(), channels=channels)), expected, atol=1e-6)


@pytest.mark.parametrize("channels", [6, 8, 9, 32])
def test_many_planar_channels_are_averaged(channels: int) -> None:
    """Vorbis with many channels, whose planes PyAV does not count correctly, keeps its level."""
    file = io.BytesIO()
    y = np.repeat(sine(40, 1, 44_100)[:, None], channels, axis=1)
    soundfile.write(file, y, 44_100, format="OGG", subtype="VORBIS")
    middle = decode(file)[SECOND // 4 : SECOND * 3 // 4]
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.5, rel=0.03)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs FFmpeg, which makes the file")
@pytest.mark.parametrize(("name", "codec"), [("a.dts", "dca"), ("a.spx", "libspeex")])
def test_what_only_the_program_ffmpeg_writes_is_read(name: str, codec: str, tmp_path: Path) -> None:
    """A sine of 1 kHz comes back."""
    tone = ("-f", "lavfi", "-i", "sine=1000:sample_rate=32000:duration=2")
    words = ["ffmpeg", "-v", "error", *tone, "-ac", "2", "-strict", "-2", "-c:a", codec, name]
    subprocess.run(words, cwd=tmp_path, check=True)
    y = decode(tmp_path / name)
    assert len(y) == pytest.approx(2 * SECOND, abs=0.06 * SECOND)
    assert peak_hz(y) == pytest.approx(1_000, abs=1)


def test_channels_that_cancel_each_other_are_heard() -> None:
    """Of a sound and its negative the first counts; their mean would be silence. It is noted."""
    y = sine(1_000, 1, 44_100)
    stereo = np.stack([y, -y], axis=1).ravel()
    for channels, samples, noted in ((1, y, set()), (2, stereo, {OPPOSITE})):
        notes: set[str] = set()
        parts = list(blocks(pcm(samples, 44_100, channels), notes=notes))
        np.testing.assert_array_equal(np.concatenate(parts), decode(pcm(y, 44_100)))
        assert notes == noted


def test_noise_below_hearing_may_cancel() -> None:
    """A silent recording whose last bits are opposite stays silent, and nothing is noted."""
    y, notes = np.full(SECOND, 1 / 32_768, np.float32), set[str]()
    parts = blocks(pcm(np.stack([y, -y], axis=1).ravel(), channels=2), notes=notes)
    assert not np.concatenate(list(parts)).any()
    assert not notes


@pytest.mark.parametrize(("heard", "default"), [([1], [0]), ([0, 1], [1]), ([1], []), ([0, 1], [])])
def test_the_stream_with_sound_counts(heard: list[int], default: list[int]) -> None:
    """Of two, the default one, or else the first, unless it is silent all through."""
    data = audio_files.two_streams([500.0 if n in heard else 0 for n in range(2)], default)
    expected = default[0] if default and default[0] in heard else heard[0]
    assert peak_hz(decode(data)) == pytest.approx(500 + 200 * expected, abs=2)


@pytest.mark.parametrize("length", [400, 2**27])
def test_a_tag_that_claims_more_than_the_file_hides_no_music(length: int) -> None:
    """What follows the header of the tag is searched for sound; a tag that is right is skipped."""
    music = audio_files.encoded("mp3")
    size = bytes(length >> 7 * n & 0x7F for n in (3, 2, 1, 0))
    y = decode(b"ID3\x03\x00\x00" + size + bytes(400) + music)
    assert peak_hz(y) == pytest.approx(1_000, abs=1)
    assert len(y) == pytest.approx(len(decode(music)), abs=0.06 * SECOND)


@pytest.mark.parametrize(
    ("bits", "tag", "values", "expected"),
    [
        (8, 1, np.array([0, 64, 128, 192, 255], "u1"), [-1, -0.5, 0, 0.5, 127 / 128]),
        (16, 1, np.array([-(2**15), 0, 2**14, 2**15 - 1], "<i2"), [-1, 0, 0.5, 1 - 2**-15]),
        (32, 1, np.array([-(2**31), 0, 2**30, 2**20], "<i4"), [-1, 0, 0.5, 2**-11]),
        (32, 3, np.array([-1.5, 0, 0.5, 1], "<f4"), [-1.5, 0, 0.5, 1]),
        (64, 3, np.array([-1, 0, 0.5, 1.25], "<f8"), [-1, 0, 0.5, 1.25]),
    ],
)
def test_integers_are_scaled_to_one(
    bits: int, tag: int, values: np.ndarray, expected: list
) -> None:
    """The largest magnitude of an integer format is 1, and floats stay as they are."""
    data = np.repeat(values, 1_000).tobytes()
    y = decode(wav(data, SECOND, bits=bits, tag=tag))
    np.testing.assert_array_equal(y, np.repeat(np.float32(expected), 1_000))


def test_24_bit_is_scaled_to_one() -> None:
    """Three-byte samples use the full range too."""
    data = (b"\x00\x00\x80" + b"\x00\x00\x40" + b"\x00\x00\x00") * 1_000
    y = decode(wav(data, SECOND, bits=24))
    np.testing.assert_array_equal(y, np.tile(np.float32([-1, 0.5, 0]), 1_000))


def test_numbers_that_are_none_become_silence() -> None:
    """NaN, infinity and absurd floats are damage and read as 0, the samples around them stay."""
    values = np.tile(np.array([0.25, np.nan, np.inf, -np.inf, 1e30, 0.5], "<f4"), 1_000)
    y = decode(wav(values.tobytes(), SECOND, bits=32, tag=3))
    np.testing.assert_array_equal(y, np.tile(np.float32([0.25, 0, 0, 0, 0, 0.5]), 1_000))


@pytest.mark.parametrize(
    "halves",
    [
        (
            ("mp3", "libmp3lame", 44_100, "stereo", "fltp"),
            ("mp3", "libmp3lame", 16_000, "mono", "fltp"),
        ),
        (("ogg", "flac", 44_100, "mono", "s16"), ("ogg", "flac", 16_000, "stereo", "s16")),
        (("adts", "aac", 48_000, "stereo", "fltp"), ("adts", "aac", 22_050, "mono", "fltp")),
    ],
)
def test_format_may_change_midway(halves: tuple) -> None:
    """Two recordings of different rate and layout in one file follow each other at their pitch."""
    whole = b""
    for hz, (container, codec, rate, layout, fmt) in zip((1_000, 2_000), halves, strict=True):
        channels = av.AudioLayout(layout).nb_channels
        y = np.repeat(sine(hz, 2, rate)[:, None], channels, axis=1)
        whole += audio_files.encode(y, rate, container, codec, layout, fmt)
    y = decode(whole)
    assert len(y) == pytest.approx(4 * SECOND, abs=0.3 * SECOND)
    assert peak_hz(y[SECOND // 2 : SECOND * 3 // 2]) == pytest.approx(1_000, abs=1)
    assert peak_hz(y[SECOND * 5 // 2 : SECOND * 7 // 2]) == pytest.approx(2_000, abs=1)


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
def test_another_codec_in_a_wav_file_is_noticed(codec: str) -> None:
    """What a WAV file calls samples is no noise if it is Dolby or DTS, made to pass for a CD."""
    y = np.repeat(sine(40, 2, 48_000)[:, None], 6, axis=1)
    data = audio_files.encode(y, 48_000, codec, codec, "5.1", "fltp")
    # At this rate all four packets that are searched are needed.
    assert peak_hz(decode(wav(data, SECOND))) == pytest.approx(40, abs=1)


def test_sound_of_a_video_is_read() -> None:
    """The audio track of an MP4 with pictures is decoded."""
    y = decode(audio_files.video(with_sound=True))
    assert peak_hz(y[:SECOND]) == pytest.approx(1_000, abs=1)


def test_cover_art_is_no_obstacle() -> None:
    """An MP3 that begins with a picture gives its sound."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    body = b"\x00image/png\x00\x03\x00" + picture
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\x00\x00" + body
    size = bytes((len(frame) >> shift) & 127 for shift in (21, 14, 7, 0))
    tagged = b"ID3\x03\x00\x00" + size + frame + SHORT["mp3"]
    np.testing.assert_array_equal(decode(tagged), decode(SHORT["mp3"]))


def test_tags_in_any_encoding_are_no_obstacle() -> None:
    """Tags that are not UTF-8 do not keep a file from being read."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as out:
        out.metadata["title"] = "caf\xe9"
        stream = out.add_stream("flac", rate=SECOND, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, SECOND), "i2"), "s16", "mono")
        frame.rate = SECOND
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    data = file.getvalue().replace(b"caf\xc3\xa9", b"caf\xe9\xe9")
    assert b"caf\xe9\xe9" in data
    assert len(decode(data)) == SECOND


def test_extensions_fit_an_uploader() -> None:
    """Extensions are lower-case, without a dot, and each once."""
    assert all(name.isalnum() and name.islower() for name in EXTENSIONS)
    assert len(set(EXTENSIONS)) == len(EXTENSIONS)
    assert MIN_SECONDS * SECOND < WINDOW
