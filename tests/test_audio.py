"""Decoding, windows and the examination of recordings, on signals whose answer is known."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import audio_files
import av
import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr
from audio_files import KINDS, music, sine, wav

from pipeline import audio
from pipeline.audio import MIN_SECONDS, SAMPLE_RATE, WINDOW
from pipeline.errors import AudioError

SECOND = SAMPLE_RATE
LOSSY = {"vorbis", "libopus", "libmp3lame", "aac", "ac3", "wmav2", "adpcm_ms", "pcm_mulaw"}
# The last channel of these encoders is for the lowest tones only, so a 1 kHz sine is lost in it.
SUBWOOFER = {"m4a aac 7.1": 7 / 8, "mkv ac3": 5 / 6}
SHORT = {kind: audio_files.encoded(kind, 1.0) for kind in KINDS}


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    """White noise [shape=(n,)] at `SAMPLE_RATE`."""
    rng = np.random.default_rng(0)
    return (level * rng.standard_normal(round(seconds * SECOND))).astype(np.float32)


def sloped(y: np.ndarray, octave_db: float, level: float = 0.1) -> np.ndarray:
    """Audio made to fall by so many more dB an octave [shape=(n,)]."""
    hz = np.maximum(np.fft.rfftfreq(len(y), 1 / SECOND), 20)
    y = np.fft.irfft(np.fft.rfft(y) * hz ** (-octave_db / 20 / np.log10(2)), len(y))
    return (level * y / y.std()).astype(np.float32)


def peak_hz(y: np.ndarray) -> float:
    """Frequency of the highest peak of the spectrum."""
    return float(np.abs(np.fft.rfft(y * np.hanning(len(y)))).argmax() * SECOND / len(y))


def pcm(y: np.ndarray, rate: int = SECOND, channels: int = 1) -> bytes:
    """A 16-bit WAV file of y, channels interleaved."""
    return wav(np.rint(y * 32_767).astype("<i2").tobytes(), rate, channels)


def kinds(y: np.ndarray) -> list[str]:
    """Kinds of what is found about y."""
    return [finding.kind for finding in audio.condition(y)]


class Tape(io.BytesIO):
    """A stream that only plays on."""

    def seekable(self) -> bool:
        """No."""
        return False

    def seek(self, *_: int) -> int:
        """Not possible."""
        raise io.UnsupportedOperation("seek")


# Formats


@pytest.mark.parametrize("kind", KINDS)
def test_sine_comes_back_from_each_kind_of_file(kind: str) -> None:
    """A 1 kHz sine keeps its length, frequency and level in each container, codec and layout."""
    lossy = KINDS[kind][1] in LOSSY
    y = audio.decode(audio_files.encoded(kind))
    middle = y[SECOND // 2 : SECOND * 3 // 2]
    assert y.dtype == np.float32
    assert len(y) == pytest.approx(2 * SECOND, abs=0.06 * SECOND if lossy else 0)
    assert peak_hz(middle) == pytest.approx(1_000, abs=1)
    expected = 0.5 * SUBWOOFER.get(kind, 1)
    level = np.sqrt(2 * np.mean(middle**2))
    assert level == pytest.approx(expected, rel=0.06 if lossy else 0.005)


@pytest.mark.parametrize("rate", [2_000, 8_000, 11_025, 22_050, 44_100, 88_200, 192_000, 768_000])
def test_length_is_kept_at_any_rate(rate: int) -> None:
    """Two seconds stay two seconds from 2 to 768 kHz."""
    y = audio.decode(pcm(sine(440, 2, rate), rate))
    assert len(y) == pytest.approx(2 * SECOND, abs=1)
    assert peak_hz(y) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 33, 64])
def test_channels_are_averaged(channels: int) -> None:
    """A sound on one of n channels has 1/n of its level."""
    y = np.zeros((SECOND, channels), np.float32)
    y[:, -1] = sine(1_000, 1, SECOND, 0.8)
    expected = np.rint(y[:, -1] * 32_767) / 32_768 / channels
    np.testing.assert_allclose(audio.decode(pcm(y.ravel(), channels=channels)), expected, atol=1e-6)


@pytest.mark.parametrize("channels", [6, 8, 9, 32])
def test_many_planar_channels_are_averaged(channels: int) -> None:
    """Vorbis with many channels, whose planes PyAV does not count correctly, keeps its level."""
    file = io.BytesIO()
    y = np.repeat(sine(40, 1, 44_100)[:, None], channels, axis=1)
    soundfile.write(file, y, 44_100, format="OGG", subtype="VORBIS")
    middle = audio.decode(file)[SECOND // 4 : SECOND * 3 // 4]
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.5, rel=0.03)


def test_opposite_phases_cancel() -> None:
    """A sound that is the negative of itself in the other channel averages to silence."""
    y = sine(1_000, 1, 44_100)
    stereo = np.stack([y, -y], axis=1).ravel()
    assert np.abs(audio.decode(pcm(stereo, 44_100, 2))).max() < 1e-7


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
    y = audio.decode(wav(data, SECOND, bits=bits, tag=tag))
    np.testing.assert_array_equal(y, np.repeat(np.float32(expected), 1_000))


def test_24_bit_is_scaled_to_one() -> None:
    """Three-byte samples use the full range too."""
    data = (b"\x00\x00\x80" + b"\x00\x00\x40" + b"\x00\x00\x00") * 1_000
    y = audio.decode(wav(data, SECOND, bits=24))
    np.testing.assert_array_equal(y, np.tile(np.float32([-1, 0.5, 0]), 1_000))


def test_numbers_that_are_none_become_silence() -> None:
    """NaN, infinity and absurd floats are damage and read as 0, the samples around them stay."""
    values = np.tile(np.array([0.25, np.nan, np.inf, -np.inf, 1e30, 0.5], "<f4"), 1_000)
    y = audio.decode(wav(values.tobytes(), SECOND, bits=32, tag=3))
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
    y = audio.decode(whole)
    assert len(y) == pytest.approx(4 * SECOND, abs=0.3 * SECOND)
    assert peak_hz(y[SECOND // 2 : SECOND * 3 // 2]) == pytest.approx(1_000, abs=1)
    assert peak_hz(y[SECOND * 5 // 2 : SECOND * 7 // 2]) == pytest.approx(2_000, abs=1)


def test_sound_of_a_video_is_read() -> None:
    """The audio track of an MP4 with pictures is decoded."""
    y = audio.decode(audio_files.video(with_sound=True))
    assert peak_hz(y[:SECOND]) == pytest.approx(1_000, abs=1)


def test_cover_art_is_no_obstacle() -> None:
    """An MP3 that begins with a picture gives its sound."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    body = b"\x00image/png\x00\x03\x00" + picture
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\x00\x00" + body
    size = bytes((len(frame) >> shift) & 127 for shift in (21, 14, 7, 0))
    tagged = b"ID3\x03\x00\x00" + size + frame + SHORT["mp3"]
    np.testing.assert_array_equal(audio.decode(tagged), audio.decode(SHORT["mp3"]))


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
    assert len(audio.decode(data)) == SECOND


# Sources, blocks and memory


def test_bytes_paths_and_files_are_the_same(tmp_path: Path) -> None:
    """It does not matter how a recording is handed over, nor where a file object stands."""
    data = SHORT["m4a aac"]
    path = tmp_path / "misleading name.txt"
    path.write_bytes(data)
    expected = audio.decode(data)
    file = io.BytesIO(data)
    file.seek(1_000)
    with path.open("rb") as opened:
        for source in (path, str(path), file, opened, Tape(data)):
            np.testing.assert_array_equal(audio.decode(source), expected)
        assert not opened.closed
    assert not file.closed


@pytest.mark.parametrize("data", [SHORT["mp3"], b"no music", b""], ids=["mp3", "text", "empty"])
def test_files_are_closed(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path's file is closed after success, failure, and a reader who stops early."""
    path = tmp_path / "file"
    path.write_bytes(data)
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda *args: opened.append(real(*args)) or opened[-1])
    for read in (audio.decode, lambda p: audio.decode(p, 0.1)):
        try:
            read(path)
        except AudioError:
            assert data != SHORT["mp3"]
    assert [file.closed for file in opened] == [True, True]


def test_blocks_join_to_the_whole() -> None:
    """Blocks have the length asked for, the last excepted, and lose nothing between them."""
    whole = audio.decode(SHORT["ogg opus"])
    parts = list(audio.blocks(SHORT["ogg opus"], seconds=0.3))
    assert {len(part) for part in parts[:-1]} == {round(0.3 * SECOND)}
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_streaming_resamples_like_one_call() -> None:
    """Resampling piece by piece equals resampling at once."""
    y = np.clip(noise(4), -1, 1)
    expected = soxr.resample((np.rint(y * 32_767) / 32_768).astype(np.float32), 44_100, SECOND)
    np.testing.assert_allclose(audio.decode(pcm(y, 44_100)), expected, atol=1e-6)


@pytest.mark.parametrize(("limit", "expected"), [(0.25, 0.25), (1.5, 1.5), (60, 2.0)])
def test_max_seconds_stops_decoding(limit: float, expected: float) -> None:
    """No more than the wanted seconds are given, and no less if there are that many."""
    y = audio.decode(pcm(sine(440, 2, SECOND)), max_seconds=limit)
    assert len(y) == round(expected * SECOND)


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """An hour, 318 MB once decoded, passes through less than 40 MB."""
    header = wav(b"", 2_000, bits=8)
    path = tmp_path / "hour.wav"
    with path.open("wb") as file:
        file.write(header[:-4] + (3_600 * 2_000).to_bytes(4, "little"))
        file.truncate(len(header) + 3_600 * 2_000)
    tracemalloc.start()
    lengths = [len(window) for _, _, window in audio.stream_windows(audio.blocks(path))]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lengths == [WINDOW] * 1_200
    assert peak < 40e6


def test_wav_round_trip() -> None:
    """What `to_wav` writes decodes to the same samples, cut off at full scale."""
    y = np.array([0, 0.5, -1, 2, -2] * 1_000, np.float32)
    expected = np.clip(y, -1, 1 - 2**-15)
    np.testing.assert_array_equal(audio.decode(audio.to_wav(y)), expected)


def test_import_is_light() -> None:
    """Importing the module loads no decoder and none of the slow libraries."""
    heavy = {"av", "soxr", "librosa", "sklearn", "tensorflow", "scipy", "pandas"}
    code = f"import sys, pipeline.audio; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Broken and hostile input


@pytest.mark.parametrize("kind", KINDS)
def test_file_cut_off_anywhere_gives_sound_or_a_sentence(kind: str) -> None:
    """Cut at every 5 %, each kind of file gives what is left or an `AudioError`."""
    data = SHORT[kind]
    for percent in range(0, 100, 5):
        try:
            y = audio.decode(data[: len(data) * percent // 100])
        except AudioError:
            continue
        assert 0 < len(y) <= 1.1 * SECOND
        assert np.isfinite(y).all()


@pytest.mark.parametrize("kind", ["wav 16-bit", "mp3", "flac 16-bit", "adts aac", "ogg opus"])
def test_half_a_file_gives_about_half_the_sound(kind: str) -> None:
    """What was recorded before a file was cut off is not lost."""
    data = audio_files.encoded(kind, 20.0)
    y = audio.decode(data[: len(data) // 2])
    assert len(y) == pytest.approx(10 * SECOND, rel=0.15)


@pytest.mark.parametrize("kind", ["mp3", "flac 16-bit", "adts aac", "ogg opus", "wma"])
def test_damage_in_the_middle_is_skipped(kind: str) -> None:
    """A hole of 2 % costs little of a recording: in Ogg, whose parts are long, a second or two."""
    data = audio_files.encoded(kind, 20.0)
    hole = slice(len(data) // 2, len(data) // 2 + len(data) // 50)
    broken = bytearray(data)
    broken[hole] = bytes(len(broken[hole]))
    assert len(audio.decode(bytes(broken))) == pytest.approx(20 * SECOND, rel=0.15)


def test_mostly_damaged_file_is_refused() -> None:
    """A file most of whose packets cannot be decoded gives an error, not scraps."""
    data = bytearray(audio_files.encoded("adts aac", 4.0))
    rng = np.random.default_rng(0)
    at = 0
    for number in range(1_000):
        if at + 7 > len(data):
            break
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if number % 10:
            data[at + 7 : at + length] = rng.bytes(length - 7)
        at += length
    with pytest.raises(AudioError, match=r"Most of the file is damaged: \d+ of \d+ parts"):
        audio.decode(bytes(data))


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_never_raises_anything_else(seed: int) -> None:
    """Whatever bytes are changed, there is sound or an `AudioError`."""
    rng = np.random.default_rng(seed)
    for data in SHORT.values():
        broken = np.frombuffer(data, "u1").copy()
        spots = rng.integers(0, min(len(broken), 400 if seed % 2 else len(broken)), 8)
        broken[spots] = rng.integers(0, 256, 8)
        try:
            assert np.isfinite(audio.decode(broken.tobytes())).all()
        except AudioError:
            continue


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("song.wav", SHORT["wav 16-bit"])
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"a",
        b"Dear all, this is no music.\n" * 1_000,
        b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
        b"MZ\x90\x00" + np.random.default_rng(0).bytes(100_000),
        np.random.default_rng(1).bytes(300_000),
        bytes(100_000),
        b"%PDF-1.7\n" + bytes(5_000),
        b"\x89PNG\r\n\x1a\n" + bytes(5_000),
        b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
        _zip(),
    ],
    ids=["byte", "text", "html", "exe", "random", "zeros", "pdf", "png", "midi", "zip"],
)
def test_what_is_no_audio_is_refused(data: bytes, tmp_path: Path) -> None:
    """Other files get a plain sentence, under an audio name too."""
    path = tmp_path / "song.mp3"
    path.write_bytes(data)
    for source in (data, path):
        with pytest.raises(AudioError, match=r"is no audio file.* save it as WAV, FLAC or MP3"):
            audio.decode(source)


def test_empty_input_is_refused() -> None:
    """No bytes, and a WAV file of a header and nothing else, hold no sound."""
    with pytest.raises(AudioError, match="0 bytes"):
        audio.decode(b"")
    with pytest.raises(AudioError, match="holds no sound: it is 0 seconds long"):
        audio.decode(wav(b"", 44_100))


def test_video_without_sound_is_refused() -> None:
    """A silent film has nothing to classify."""
    with pytest.raises(AudioError, match="no sound track"):
        audio.decode(audio_files.video(with_sound=False))


@pytest.mark.parametrize("rate", [1, 1_999, 768_001, 10_000_000])
def test_absurd_rate_is_refused(rate: int) -> None:
    """A declared rate that no recorder has is named in the error."""
    with pytest.raises(AudioError, match=f"says it has {rate} samples a second"):
        audio.decode(wav(bytes(40_000), rate))


def test_too_many_channels_are_refused() -> None:
    """More than 64 channels are named in the error."""
    with pytest.raises(AudioError, match="has 65 channels, and at most 64"):
        audio.decode(wav(bytes(4 * 65 * 1_000), 44_100, channels=65, bits=32, tag=3))


def test_unknown_codec_is_refused() -> None:
    """A WAV file whose sound is of an unknown kind is no riddle to the reader."""
    with pytest.raises(AudioError, match="encrypted or of an unknown kind"):
        audio.decode(wav(bytes(40_000), 44_100, tag=0x1234))


def _playlists(target: Path) -> dict[str, str]:
    return {
        "list.m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n"
        f"{target.as_uri()}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target.name}'\n",
        "song.wav": f"ffconcat version 1.0\nfile '{target.name}'\n",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=audio 5004 RTP/AVP 0\n",
        "list.pls": f"[playlist]\nFile1={target}\n",
    }


def test_playlists_are_not_followed(tmp_path: Path) -> None:
    """A file that names other files cannot make them be read, whatever it is called."""
    target = tmp_path / "secret.wav"
    target.write_bytes(SHORT["wav 16-bit"])
    for name, text in _playlists(target).items():
        path = tmp_path / name
        path.write_text(text)
        for source in (path, text.encode(), io.BytesIO(text.encode())):
            with pytest.raises(AudioError, match="is no audio file"):
                audio.decode(source)


@pytest.mark.parametrize("form", ["concat:{}", "file:{}", "{}.gone", "http://127.0.0.1:9/{}", "\0"])
def test_addresses_are_not_followed(form: str, tmp_path: Path) -> None:
    """A string is the name of a file, never a protocol."""
    path = tmp_path / "song.wav"
    path.write_bytes(SHORT["wav 16-bit"])
    with pytest.raises(AudioError, match=r"There is no file .* Check its name"):
        audio.decode(form.format(path))


def test_folder_and_forbidden_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be opened is named with the reason."""
    with pytest.raises(AudioError, match="There is no file"):
        audio.decode(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "song.wav"
    path.write_bytes(SHORT["wav 16-bit"])
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AudioError, match=r"song.wav' cannot be opened: Permission denied"):
        audio.decode(path)


# Windows


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1.0, [(0, 1)]),
        (2.5, [(0, 2.5)]),
        (3.0, [(0, 3)]),
        (3.9, [(0, 3)]),
        (4.0, [(0, 3), (1, 4)]),
        (6.0, [(0, 3), (3, 6)]),
        (8.5, [(0, 3), (3, 6), (5.5, 8.5)]),
    ],
)
def test_spans(seconds: float, expected: list[tuple[float, float]]) -> None:
    """Windows follow each other, and a rest of a second or more gives one more."""
    np.testing.assert_allclose(audio.spans(round(seconds * SECOND)), expected)


def test_short_clip_is_repeated() -> None:
    """A clip of two seconds fills three by starting again."""
    y = noise(2)
    np.testing.assert_array_equal(audio.windows(y), [np.concatenate([y, y[:SECOND]])])


LENGTHS = [SECOND, WINDOW - 1, WINDOW, WINDOW + 1, WINDOW + SECOND - 1, WINDOW + SECOND]
LENGTHS += [2 * WINDOW - 1, 2 * WINDOW, 2 * WINDOW + SECOND, 3 * WINDOW + 5, 4 * WINDOW + SECOND]


@pytest.mark.parametrize("n_samples", LENGTHS)
def test_windows_are_where_spans_say(n_samples: int) -> None:
    """Window and span agree sample by sample."""
    y = np.arange(n_samples, dtype=np.float32)
    places = np.rint(audio.spans(n_samples) * SECOND).astype(int)
    assert audio.windows(y).shape == (len(places), WINDOW)
    for window, (start, end) in zip(audio.windows(y), places, strict=True):
        np.testing.assert_array_equal(window, np.resize(y[start:end], WINDOW))


@pytest.mark.parametrize("size", [997, SECOND, WINDOW - 1, WINDOW, 2 * WINDOW + 3, 10 * WINDOW])
@pytest.mark.parametrize("n_samples", LENGTHS)
def test_stream_equals_the_whole(n_samples: int, size: int) -> None:
    """Blocks of any size give the windows and spans of the whole clip."""
    y = np.arange(n_samples, dtype=np.float32)
    pieces = (y[at : at + size] for at in range(0, n_samples, size))
    starts, ends, streamed = zip(*audio.stream_windows(pieces), strict=True)
    np.testing.assert_array_equal(np.stack(streamed), audio.windows(y))
    np.testing.assert_array_equal(np.transpose([starts, ends]), audio.spans(n_samples))


@pytest.mark.parametrize(("n_samples", "said"), [(0, "0.00"), (SECOND - 1, "0.99")])
def test_less_than_a_second_has_no_window(n_samples: int, said: str) -> None:
    """A clip that is too short is refused with its length."""
    y = np.zeros(n_samples, np.float32)
    for call in (lambda: audio.windows(y), lambda: audio.spans(n_samples)):
        with pytest.raises(AudioError, match=f"is {said} s long, and at least 1 s is needed"):
            call()


# Findings


def test_nothing_is_wrong_with_good_sound() -> None:
    """Pitches over the whole band at a sane level have no finding."""
    assert kinds(music(5)) == []


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (noise(0.9), "too_short"),
        (np.empty(0, np.float32), "too_short"),
        (np.zeros(3 * SECOND, np.float32), "silent"),
        (np.full(3 * SECOND, 0.5, np.float32), "silent"),
        (noise(3, 0.0005), "silent"),
    ],
    ids=["0.9 s", "nothing", "zeros", "constant", "-66 dB"],
)
def test_fatal_findings_stand_alone(y: np.ndarray, kind: str) -> None:
    """Where an answer would mean nothing there is one finding, and it is fatal."""
    (finding,) = audio.condition(y)
    assert (finding.kind, finding.fatal) == (kind, True)


def test_quiet_is_not_silent() -> None:
    """Music at -50 dB can be classified."""
    assert kinds(music(3, 0.00316)) == []


@pytest.mark.parametrize("gain", [0.01, 0.1, 1.0, 3.0])
def test_level_is_that_of_other_music(gain: float) -> None:
    """However loud music was recorded, it comes to the same level, and nothing else changes."""
    y = music(3, 0.2)
    found = audio.normalize_level(gain * y)
    assert 20 * np.log10(np.std(found)) == pytest.approx(audio.LEVEL_DB, abs=0.01)
    assert np.corrcoef(found, y)[0, 1] == pytest.approx(1)


def test_level_cuts_no_peaks_off() -> None:
    """Where peaks stand far above the rest they reach full scale and no more."""
    y = 0.001 * music(3, 1.0)
    y[::5_000] = 0.1
    found = audio.normalize_level(y)
    assert np.abs(found).max() == pytest.approx(1)
    assert np.corrcoef(found, y)[0, 1] == pytest.approx(1)


def test_silence_keeps_its_level() -> None:
    """What a microphone hums is not made into music."""
    y = 0.0005 * music(3, 1.0)
    assert kinds(y) == ["silent"]
    np.testing.assert_array_equal(audio.normalize_level(y), y)


def test_short_clip_is_announced() -> None:
    """A clip that had to be repeated says how long it was."""
    (finding,) = audio.condition(music(2.1))
    assert (finding.kind, finding.fatal) == ("short", False)
    assert "Only 2.1 s long: it was repeated to fill 3 s" in finding.message


def test_clip_a_few_samples_short_is_not_announced() -> None:
    """GTZAN's 3-s clips have 66,147 samples: three repeated ones change nothing."""
    assert kinds(music(66_147 / SECOND)) == []


@pytest.mark.parametrize(("amplitude", "expected"), [(0.95, []), (4.0, ["clipped"])])
def test_clipping(amplitude: float, expected: list[str]) -> None:
    """Music cut off at full scale is clipped; a peak just below is not."""
    y = music(5, 1.0)
    y *= amplitude / np.abs(y).max()
    assert kinds(np.clip(y, -1, 1)) == expected


def test_clipped_share_counts_runs() -> None:
    """Runs of three or more at the limit count whole; shorter ones are peaks."""
    y = np.zeros(1_000, np.float32)
    y[10:12] = 1
    y[20:23] = 1
    y[30:35] = -1
    assert audio.measure(y).clipped == 8


@pytest.mark.parametrize("level", [0.3, 0.01, 0.003])
@pytest.mark.parametrize("seconds", [1.0, 3.0, 30.0])
@pytest.mark.parametrize("octave_db", [-3, 0, 3, 6], ids=["blue", "white", "pink", "brown"])
def test_noise_is_refused(octave_db: float, seconds: float, level: float) -> None:
    """Of any colour, level and length: an answer about it would mean nothing."""
    (finding,) = audio.condition(audio.decode(pcm(sloped(noise(seconds), octave_db, level))))
    assert (finding.kind, finding.fatal) == ("noise", True)
    assert "only noise to hear" in finding.message


@pytest.mark.parametrize("kind", ["mp3", "ogg opus", "wav mu-law"])
def test_noise_is_refused_after_compression(kind: str) -> None:
    """A codec leaves noise what it is."""
    container, codec, rate, layout, fmt = KINDS[kind]
    channels = av.AudioLayout(layout).nb_channels
    y = np.repeat(soxr.resample(sloped(noise(5), 3), SECOND, rate)[:, None], channels, axis=1)
    data = audio_files.encode(y, rate, container, codec, layout, fmt)
    assert "noise" in kinds(audio.decode(data))


def test_wind_is_refused() -> None:
    """Noise that swells by 12 dB within seconds is noise."""
    swell = 10 ** (0.6 * sine(0.3, 10, SECOND, 1.0))
    assert kinds(0.2 * swell * sloped(noise(10), 5)) == ["noise"]


@pytest.mark.parametrize("hz", [60.0, 440.0, 1_000.0, 5_000.0])
def test_a_tone_is_no_noise(hz: float) -> None:
    """Nor are its rests, though all other bins hold nothing but the noise of 16 bits."""
    y = audio.decode(pcm(sine(hz, 5, SECOND)))
    y[2 * SECOND : 3 * SECOND] = 0
    assert "noise" not in kinds(y)


def test_bursts_are_no_noise() -> None:
    """A beat without any pitch is music."""
    decay = np.exp(-30 * (np.arange(5 * SECOND) % (SECOND // 2)) / SECOND)
    assert "noise" not in kinds(noise(5) * decay.astype(np.float32))


def test_noise_scatters_by_chance() -> None:
    """By Euler's constant in each band, while a lasting tone does not scatter at all."""
    np.testing.assert_allclose(audio.measure(noise(30)).scatter, np.euler_gamma, atol=0.03)
    (scatter,) = (s for s in audio.measure(sine(1_500, 30, SECOND)).scatter if np.isfinite(s))
    assert scatter < 0.01
    assert audio.measure(noise(30)).roughness == pytest.approx(1, abs=0.5)


@pytest.mark.parametrize(("snr_db", "expected"), [(60, []), (20, ["noise"]), (10, ["noise"])])
def test_noisy_music_is_doubtful(snr_db: float, expected: list[str]) -> None:
    """It is not refused, as what stands above the noise can still be heard."""
    y = sloped(music(10), 6) + noise(10, 0.1 * 10 ** (-snr_db / 20))
    found = audio.condition(y)
    assert [finding.kind for finding in found] == expected
    assert not any(finding.fatal for finding in found)


def test_noise_in_real_music(gtzan_root: Path) -> None:
    """Of every eighth GTZAN clip none is called noisy, and with noise 10 dB below none refused."""
    for path in pd.read_csv(gtzan_root / "audio.csv").query("kind != 'clip16k'")["path"][::8]:
        y = audio.decode(gtzan_root / path)
        assert "noise" not in kinds(y), path
        hiss = noise(len(y) / SECOND, np.sqrt(np.mean(y**2) / 10))
        assert not any(finding.fatal for finding in audio.condition(y + hiss)), path


@pytest.mark.parametrize(("rate", "khz"), [(8_000, "4"), (11_025, "5.5"), (16_000, "8")])
def test_low_sampling_rate_is_noticed(rate: int, khz: str) -> None:
    """Sound that was once sampled at 8 or 16 kHz is told by the cliff in its spectrum."""
    (finding,) = audio.condition(audio.decode(pcm(music(5)[: 5 * rate], rate)))
    assert (finding.kind, finding.fatal) == ("band_limited", False)
    assert f"Nothing above {khz} kHz" in finding.message


@pytest.mark.parametrize("octaves", [1, 2, 3])
def test_dark_sound_is_not_band_limited(octaves: int) -> None:
    """Sound that falls by 6, 12 or 18 dB an octave, as of a cello, has no cliff."""
    y = music(10, 1.0)
    slope = np.minimum(1, 200 / np.maximum(np.fft.rfftfreq(len(y), 1 / SECOND), 1)) ** octaves
    dark = np.fft.irfft(np.fft.rfft(y) * slope, len(y))
    assert kinds(audio.decode(pcm(0.5 * dark / np.abs(dark).max()))) == []


@pytest.mark.parametrize("kind", ["mp3", "m4a aac", "ogg opus", "webm vorbis"])
def test_good_codecs_are_not_band_limited(kind: str) -> None:
    """What codecs of usual quality cut away lies too high to matter."""
    container, codec, rate, layout, fmt = KINDS[kind]
    channels = av.AudioLayout(layout).nb_channels
    y = np.repeat(soxr.resample(music(5), SECOND, rate)[:, None], channels, axis=1)
    assert kinds(audio.decode(audio_files.encode(y, rate, container, codec, layout, fmt))) == []


def test_measurements_add_up() -> None:
    """The sum over blocks of whole frames is the measurement of the whole."""
    y = np.clip(noise(20, 0.5), -1, 1)
    size = 100 * audio.FRAME
    parts = [audio.measure(y[at : at + size]) for at in range(0, len(y), size)]
    total, whole = sum(parts[1:], start=parts[0]), audio.measure(y)
    assert (total.samples, total.peak, total.frames) == (whole.samples, whole.peak, whole.frames)
    assert total.total == pytest.approx(whole.total)
    assert total.squares == pytest.approx(whole.squares)
    assert whole.clipped > 0
    assert abs(total.clipped - whole.clipped) <= 2 * len(parts)
    for name in ("spectrum", "levelled", "log_levelled"):
        np.testing.assert_allclose(getattr(total, name), getattr(whole, name), rtol=1e-5)
    assert total.seconds == pytest.approx(20)


def test_level_of_a_sine() -> None:
    """A sine of amplitude 1/2 lies at -9.03 dB, with or without an offset."""
    y = sine(1_000, 3, SECOND)
    assert audio.measure(y).rms_db == pytest.approx(-9.03, abs=0.01)
    assert audio.measure(y + np.float32(0.3)).rms_db == pytest.approx(-9.03, abs=0.01)


def test_findings_on_real_music(gtzan_root: Path) -> None:
    """Of every eighth GTZAN clip none is called band-limited, and each one sampled at 8 kHz is."""
    tracks = pd.read_csv(gtzan_root / "audio.csv").query("kind == 'clip'")
    for path in tracks["path"][::8]:
        y = audio.decode(gtzan_root / path, max_seconds=10)
        assert not {"band_limited", "silent", "too_short"} & set(kinds(y)), path
        telephone = np.clip(soxr.resample(y, SECOND, 8_000), -1, 1)
        assert "band_limited" in kinds(audio.decode(pcm(telephone, 8_000))), path


def test_music_without_high_tones_is_noticed(gtzan_root: Path) -> None:
    """The GTZAN recordings that exist at 16 kHz only are all found out."""
    for path in sorted((gtzan_root / "audio16k").glob("*/*"))[::6]:
        assert kinds(audio.decode(path)) == ["band_limited"], path


def test_extensions_fit_an_uploader() -> None:
    """Extensions are lower-case, without a dot, and each once."""
    assert all(name.isalnum() and name.islower() for name in audio.EXTENSIONS)
    assert len(set(audio.EXTENSIONS)) == len(audio.EXTENSIONS)
    assert MIN_SECONDS * SECOND < WINDOW
