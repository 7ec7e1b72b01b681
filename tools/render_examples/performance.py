"""Playing a piece: its written notes as MIDI, uneven as a hand plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.render_examples.midi import bend_up, midi_file, set_up, strike
from tools.render_examples.notation import drum_notes, part_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.render_examples.midi import Event
    from tools.render_examples.notation import Note, Part, Piece

ACCENT = {"!": 18, "X": 18, ",": -22, "o": -26}  # MIDI velocity, added
DRUM_CHANNEL = 9


def velocity(base: int, note: Note, rng: np.random.Generator) -> int:
    """How hard a note is struck: its marks, the beat it falls on, and a hand's unevenness."""
    marked = sum(ACCENT.get(mark, 0) for mark in note.marks)
    metric = 4 if note.start % 1 == 0 else -3
    return int(np.clip(base + marked + metric + rng.normal(0, 4), 12, 127))


def play(part: Part, channel: int, piece: Piece, rng: np.random.Generator) -> Iterator[Event]:
    """MIDI events of a part on a channel."""
    bank, program = divmod(part.sound, 128)
    yield from set_up(channel, bank, program, part.controllers)
    for note in part_notes(part, piece):
        onset = piece.seconds(note.start) + max(0.0, rng.normal(0.005, 0.003))
        sounding = part.gate * (0.5 if "'" in note.marks else 1.0)
        end = piece.seconds(note.start + note.length * sounding)
        if "/" in note.marks:
            yield from bend_up(channel, onset)
        struck = velocity(part.velocity, note, rng)
        for string, key in enumerate(sorted(note.keys)):
            yield from strike(channel, key, struck, onset + string * part.strum, end)


def play_drums(piece: Piece, rng: np.random.Generator) -> Iterator[Event]:
    """MIDI events of a piece's drum kit."""
    yield from set_up(DRUM_CHANNEL, 0, piece.kit, piece.drum_controllers)
    for note in drum_notes(piece):
        onset = piece.seconds(note.start) + max(0.0, rng.normal(0.003, 0.002))
        end = piece.seconds(note.start + note.length)
        struck = velocity(piece.drum_velocity, note, rng)
        yield from strike(DRUM_CHANNEL, note.keys[0], struck, onset, end)


def write_midi(piece: Piece) -> bytes:
    """Turn a piece into a MIDI file; the same piece always gives the same bytes."""
    rng = np.random.default_rng(list(piece.name.encode()))
    channels = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    events = list(play_drums(piece, rng))
    for channel, part in zip(channels, piece.parts, strict=False):
        events += play(part, channel, piece, rng)
    return midi_file(events, ms=round(1000 * piece.duration))
