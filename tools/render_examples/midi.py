"""MIDI messages and files."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator


class Event(NamedTuple):
    """A MIDI message and when to send it; at one time, `order` 0 goes first."""

    ms: int
    order: int
    message: bytes


def set_up(channel: int, bank: int, program: int, controllers: dict[int, int]) -> Iterator[Event]:
    """Choose a channel's sound and set its controllers."""
    for controller, value in {0: bank, **controllers}.items():
        yield Event(0, 0, bytes([0xB0 | channel, controller, value]))
    yield Event(0, 1, bytes([0xC0 | channel, program]))


def strike(channel: int, key: int, struck: int, onset: float, end: float) -> Iterator[Event]:
    """Press a key at `onset` and let it go at `end`, in seconds."""
    yield Event(round(1000 * onset), 2, bytes([0x90 | channel, key, struck]))
    yield Event(round(1000 * max(end, onset + 0.02)), 0, bytes([0x80 | channel, key, 0]))


def bend_up(channel: int, onset: float, seconds: float = 0.11) -> Iterator[Event]:
    """Slide a channel's pitch from a whole tone below up to the pitch written."""
    for share in np.linspace(0, 1, 12):
        wheel = round(8192 * share)
        message = bytes([0xE0 | channel, wheel & 0x7F, wheel >> 7])
        yield Event(round(1000 * (onset + seconds * share)), 1, message)


def midi_file(events: list[Event], ms: int) -> bytes:
    """Write a Standard MIDI File of one track that ends after `ms`; a tick is a millisecond."""
    track = bytearray(b"\x00\xff\x51\x03" + (500_000).to_bytes(3, "big"))  # us a quarter note
    times = [0, *(event.ms for event in sorted(events))]
    for (before, now), event in zip(pairwise(times), sorted(events), strict=True):
        track += variable_length(now - before) + event.message
    track += variable_length(ms - times[-1]) + b"\xff\x2f\x00"
    words = (0).to_bytes(2, "big"), (1).to_bytes(2, "big"), (500).to_bytes(2, "big")
    head = b"MThd" + (6).to_bytes(4, "big") + b"".join(words)  # format 0, 1 track, 500 ticks
    return head + b"MTrk" + len(track).to_bytes(4, "big") + bytes(track)


def variable_length(value: int) -> bytes:
    """Seven bits a byte, high bytes first, each but the last with its top bit set."""
    low = [value & 0x7F]
    while value := value >> 7:
        low.append(value & 0x7F | 0x80)
    return bytes(reversed(low))
