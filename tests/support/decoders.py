"""The processes that decode what strangers send, and files for them."""

from __future__ import annotations

import numpy as np
import pytest
from support import audio_files
from support.audio_files import sine, wav

from pipeline.audio.windows import SAMPLE_RATE
from pipeline.errors import AudioError
from pipeline.untrusted import decoding

SECOND = SAMPLE_RATE
MP3 = audio_files.encoded("mp3", 1.0)
LONG = wav(np.rint(sine(440, 10, SECOND) * 32_767).astype("<i2").tobytes(), SECOND)


def send_away() -> None:
    """End all workers that rest."""
    while decoding._idle:
        decoding._idle.pop().end()


def idle() -> decoding._Decoder:
    """The worker that the next reader gets."""
    decoding.warm_up()
    return decoding._idle[-1]


def new() -> decoding._Decoder:
    """The same, when it has done nothing yet."""
    send_away()
    return idle()


def sentence(source: bytes) -> str:
    """What is wrong with a file."""
    with pytest.raises(AudioError) as caught:
        decoding.decode(source)
    return str(caught.value)
