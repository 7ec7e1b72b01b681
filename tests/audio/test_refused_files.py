"""Files that are no audio, hostile, or cannot be opened."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support import audio_files
from support.audio_files import wav
from support.short_recordings import SHORT

from pipeline.audio.decoding import decode
from pipeline.errors import AudioError


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
            decode(source)


def test_empty_input_is_refused() -> None:
    """No bytes, and a WAV file of a header and nothing else, hold no sound."""
    with pytest.raises(AudioError, match="0 bytes"):
        decode(b"")
    with pytest.raises(AudioError, match="holds no sound: it is 0 seconds long"):
        decode(wav(b"", 44_100))


def test_video_without_sound_is_refused() -> None:
    """A silent film has nothing to classify."""
    with pytest.raises(AudioError, match="no sound track"):
        decode(audio_files.video(with_sound=False))


@pytest.mark.parametrize("rate", [1, 1_999, 768_001, 10_000_000])
def test_absurd_rate_is_refused(rate: int) -> None:
    """A declared rate that no recorder has is named in the error."""
    with pytest.raises(AudioError, match=f"claims {rate} samples a second"):
        decode(wav(bytes(40_000), rate))


def test_too_many_channels_are_refused() -> None:
    """More than 64 channels are named in the error."""
    with pytest.raises(AudioError, match="has 65 channels, and at most 64"):
        decode(wav(bytes(4 * 65 * 1_000), 44_100, channels=65, bits=32, tag=3))


def test_unknown_codec_is_refused() -> None:
    """A WAV file whose sound is of an unknown kind is no riddle to the reader."""
    with pytest.raises(AudioError, match="encrypted or of an unknown kind"):
        decode(wav(bytes(40_000), 44_100, tag=0x1234))


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
                decode(source)


@pytest.mark.parametrize("form", ["concat:{}", "file:{}", "{}.gone", "http://127.0.0.1:9/{}", "\0"])
def test_addresses_are_not_followed(form: str, tmp_path: Path) -> None:
    """A string is the name of a file, never a protocol."""
    path = tmp_path / "song.wav"
    path.write_bytes(SHORT["wav 16-bit"])
    with pytest.raises(AudioError, match=r"There is no file .* Check its name"):
        decode(form.format(path))


def test_folder_and_forbidden_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be opened is named with the reason."""
    with pytest.raises(AudioError, match="There is no file"):
        decode(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "song.wav"
    path.write_bytes(SHORT["wav 16-bit"])
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AudioError, match=r"song.wav' cannot be opened: Permission denied"):
        decode(path)
