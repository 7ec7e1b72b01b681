"""How the notes of a piece are written, and reading them.

* ``|`` separates bars, ``%`` repeats the bar before, and a line shorter than the piece starts
  over. Spaces divide a bar of `Part.notes` into equal steps.
* A step is one or several pitches (``E2B2`` is a power chord), ``-`` to hold or ``.`` to rest.
  ``/`` before it bends up into the pitch from a whole tone below; ``!`` after it accents it,
  ``,`` softens it and ``'`` cuts it short.
* `Part.rhythm` strikes the chords in `notes` one character a step: ``x`` the whole chord, ``X``
  accented, ``o`` soft; a digit strikes one tone of the chord as written, counted from 0 and going
  on into the next octave. ``-`` and ``.`` as above. `Piece.drums` is written the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tools.render_examples.instruments import DRUM_KEYS, Kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.render_examples.instruments import Sound

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "": 0, "#": 1, "b": -1}
TAIL = 0.7  # seconds that ring on after the last bar, faded out


@dataclass(frozen=True)
class Part:
    """One instrument's line; `volume`, `pan`, `reverb` and `vibrato` are MIDI values, 0-127."""

    sound: Sound
    notes: str
    rhythm: str = ""
    velocity: int = 84
    volume: int = 100
    pan: int = 64
    reverb: int = 36
    vibrato: int = 0
    gate: float = 0.93  # share of its written length that a note sounds
    strum: float = 0.0  # seconds from one tone of a chord to the next

    @property
    def controllers(self) -> dict[int, int]:
        """MIDI controllers by number."""
        return {1: self.vibrato, 7: self.volume, 10: self.pan, 91: self.reverb}


@dataclass(frozen=True)
class Piece:
    """An example: what the index says of it, and its notes."""

    name: str
    title: str
    style: str
    description: str
    bpm: float
    parts: tuple[Part, ...]
    drums: dict[str, str]
    kit: Kit = Kit.STANDARD
    drum_velocity: int = 96
    drum_volume: int = 100
    drum_reverb: int = 30
    beats: int = 4  # in a bar
    swing: float = 0.5  # where, in a pair of swung steps, the second falls
    swung_pair: float = 1.0  # that pair's length in beats: 1 swings eighths, 1/2 sixteenths

    @property
    def drum_controllers(self) -> dict[int, int]:
        """The drum channel's MIDI controllers by number."""
        return {7: self.drum_volume, 91: self.drum_reverb}

    @property
    def bars(self) -> int:
        """Length of the longest part."""
        return max(len(split_bars(part.notes)) for part in self.parts)

    def seconds(self, beat: float) -> float:
        """When a beat, counted from 0 and read as written, is played."""
        pairs, within = divmod(beat / self.swung_pair, 1)
        swung = np.interp(within, [0, 0.5, 1], [0, self.swing, 1])
        return float((pairs + swung) * self.swung_pair * 60 / self.bpm)

    @property
    def duration(self) -> float:
        """Seconds that the rendered piece lasts."""
        return self.seconds(self.bars * self.beats) + TAIL


class Note(NamedTuple):
    """A struck chord: when and how long in beats, its MIDI keys as written, marks as written."""

    start: float
    length: float
    keys: tuple[int, ...]
    marks: str


def split_bars(line: str) -> list[str]:
    """Bars of a written line, with ``%`` written out."""
    bars: list[str] = []
    for bar in map(str.strip, line.split("|")):
        bars.append(bars[-1] if bar == "%" else bar)
    return bars


def steps(line: str, piece: Piece, *, spaced: bool) -> Iterator[tuple[float, float, str]]:
    """Start and length in beats, and the text, of what a line strikes from a piece's start."""
    bars = split_bars(line)
    start, length, struck = 0.0, 0.0, "."
    for bar in range(piece.bars):
        written = bars[bar % len(bars)]
        row = written.split() if spaced else list(written)
        for number, step in enumerate(row):
            if step != "-":
                yield start, length, struck
                start, length, struck = (bar + number / len(row)) * piece.beats, 0.0, step
            length += piece.beats / len(row)
    yield start, length, struck


def midi_keys(step: str) -> tuple[int, ...]:
    """MIDI keys of a written step, in the order written: ``E2B2`` gives (40, 47)."""
    return tuple(
        12 * (int(octave) + 1) + SEMITONES[letter] + SEMITONES[sharp]
        for letter, sharp, octave in re.findall(r"([A-G])([#b]?)(\d)", step)
    )


def part_notes(part: Part, piece: Piece) -> list[Note]:
    """Read a part: the notes written, or its rhythm struck on the chords written."""
    written = [
        Note(start, length, midi_keys(step), step)
        for start, length, step in steps(part.notes, piece, spaced=True)
        if step != "."
    ]
    if not part.rhythm:
        return written
    return [
        Note(start, length, chord_tones(chord_at(start, written), mark), mark)
        for start, length, mark in steps(part.rhythm, piece, spaced=False)
        if mark != "."
    ]


def chord_at(beat: float, chords: list[Note]) -> tuple[int, ...]:
    """Keys of the last chord written at or before a beat."""
    return [chord.keys for chord in chords if chord.start <= beat + 1e-6][-1]


def chord_tones(chord: tuple[int, ...], mark: str) -> tuple[int, ...]:
    """Keys of a chord that a rhythm's character strikes."""
    if not mark.isdigit():
        return chord
    octave, tone = divmod(int(mark), len(chord))
    return (chord[tone] + 12 * octave,)


def drum_notes(piece: Piece) -> list[Note]:
    """Read a piece's drum patterns."""
    return [
        Note(start, length, (DRUM_KEYS[drum],), mark)
        for drum, line in piece.drums.items()
        for start, length, mark in steps(line, piece, spaced=False)
        if mark != "."
    ]
