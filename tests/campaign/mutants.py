"""Recordings of many kinds, each damaged in a way that a seed decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.audio_files import KINDS, encode, encoded, sine

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Mutation = Callable[[bytearray, np.random.Generator], bytes]

MOBILE = {
    "amr": ("amr", "libopencore_amrnb", 8_000, "mono", "s16"),
    "3gp": ("3gp", "libopencore_amrnb", 8_000, "mono", "s16"),
}
CHOSEN = {  # the ending of a kind's file, and how it is made
    **{"wav": "wav 16-bit", "flac": "flac 16-bit", "ogg": "ogg vorbis", "opus": "ogg opus"},
    **{"webm": "webm opus", "mp3": "mp3", "m4a": "m4a aac", "mov": "mov 16-bit"},
    **{"aac": "adts aac", "mkv": "mkv flac", "aiff": "aiff 16-bit", "wma": "wma"},
}
ENDINGS = (*CHOSEN, *MOBILE)


def originals(seconds: float = 2.0) -> dict[str, bytes]:
    """A sound file of each kind, by its ending."""
    made = {ending: encoded(kind, seconds) for ending, kind in CHOSEN.items()}
    assert set(CHOSEN.values()) <= set(KINDS)
    for ending, (container, codec, rate, layout, form) in MOBILE.items():
        made[ending] = encode(
            sine(440, seconds, rate)[:, None], rate, container, codec, layout, form
        )
    return made


def mutant(data: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """A damaged copy, and the name of what was done to it."""
    names = list(MUTATIONS)
    name = names[rng.integers(len(names))]
    return name, MUTATIONS[name](bytearray(data), rng)


def _bits(data: bytearray, rng: np.random.Generator) -> bytes:
    for at in rng.integers(len(data), size=rng.integers(1, 30)):
        data[at] ^= 1 << int(rng.integers(8))
    return bytes(data)


def _header(data: bytearray, rng: np.random.Generator) -> bytes:
    for at in rng.integers(min(200, len(data)), size=rng.integers(1, 12)):
        data[at] = int(rng.integers(256))
    return bytes(data)


def _cut(data: bytearray, rng: np.random.Generator) -> bytes:
    return bytes(data[: rng.integers(len(data))])


def _hole(data: bytearray, rng: np.random.Generator) -> bytes:
    start, length = rng.integers(len(data)), rng.integers(1, 4096)
    return bytes(data[:start] + data[start + length :])


def _zeros(data: bytearray, rng: np.random.Generator) -> bytes:
    start, length = int(rng.integers(len(data))), int(rng.integers(1, 4096))
    data[start : start + length] = bytes(min(length, len(data) - start))
    return bytes(data)


def _noise(data: bytearray, rng: np.random.Generator) -> bytes:
    start = int(rng.integers(len(data)))
    return bytes(data[:start]) + rng.bytes(int(rng.integers(1, 4096))) + bytes(data[start:])


def _twice(data: bytearray, rng: np.random.Generator) -> bytes:
    start = int(rng.integers(len(data)))
    return bytes(data[:start]) + bytes(data)


def _sizes(data: bytearray, rng: np.random.Generator) -> bytes:
    """Four bytes of the front become a number near the end of what fits."""
    at = int(rng.integers(max(1, min(400, len(data) - 4))))
    value = int(rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE]))
    order = "big" if rng.integers(2) else "little"
    data[at : at + 4] = value.to_bytes(4, order)
    return bytes(data)


MUTATIONS: dict[str, Mutation] = {
    **{"bits": _bits, "header": _header, "cut": _cut, "hole": _hole},
    **{"zeros": _zeros, "noise": _noise, "twice": _twice, "sizes": _sizes},
}
