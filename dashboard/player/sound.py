"""What can be played: bytes, or a file of the server, in a format that browsers know."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pipeline.audio import decoding
from pipeline.audio.peaks import Waveform, waveform

if TYPE_CHECKING:
    from collections.abc import Callable

# Formats that every current browser plays; others are played from the decoded sound.
PLAYABLE = {"wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "webm", "mp4"}
PLAYED_SECONDS = 600  # of what must be decoded, 26 MB


@dataclass(frozen=True)
class Sound:
    """What a browser plays.

    Attributes
    ----------
    data
        Its bytes, or the name of a file that holds them.
    kind
        Its media type, such as ``audio/mpeg``.
    decoded
        Whether it had to be decoded first, and so no more than `PLAYED_SECONDS` of it are there.
    """

    name: str
    data: bytes | str
    kind: str
    decoded: bool = False


def sound_of(name: str, data: bytes | str, decoded: Callable[[], bytes]) -> Sound:
    """A recording as it is, or as a WAV file where browsers do not know its format.

    Parameters
    ----------
    decoded
        Gives that WAV file.
    """
    if Path(name).suffix.lower().removeprefix(".") in PLAYABLE:
        return Sound(name, data, mimetypes.guess_type(name)[0] or "audio/wav")
    return Sound(name, decoded(), "audio/wav", decoded=True)


def sound_of_file(path: Path) -> Sound:
    """A recording of the server's owner."""
    return sound_of(path.name, str(path), lambda: _wav(path, path.stat().st_mtime_ns))


def waveform_of_file(path: Path) -> Waveform:
    """Its waveform.

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    return _waveform(path, path.stat().st_mtime_ns if path.is_file() else 0)


@st.cache_resource(max_entries=2, show_spinner=False)
def _wav(path: Path, changed: int) -> bytes:
    return decoding.to_wav(decoding.decode(path, PLAYED_SECONDS))


@st.cache_data(max_entries=256, show_spinner=False)
def _waveform(path: Path, changed: int) -> Waveform:
    return waveform(decoding.blocks(path))
