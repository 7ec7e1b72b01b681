"""Render the demo page's example pieces from the notes written below.

    python dashboard/examples/render.py                # every piece, and index.json
    python dashboard/examples/render.py swing-trio     # only the pieces named

Needs FluidSynth, the FluidR3 GM soundfont (both from the system) and the development
requirements. How the notes are written:

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

import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile
from scipy.signal import sosfreqz

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),  # Debian, Ubuntu
    Path("/usr/share/soundfonts/FluidR3_GM.sf2"),  # Fedora, Arch
)
SR = 44_100
KBPS = 112  # keeps ten seconds under 150 kB
TAIL = 0.7  # seconds that ring on after the last bar, faded out
# FluidSynth's own chorus level, 2, is so wide that a tune nearly vanishes when mixed to mono.
EFFECTS = {"chorus.level": 0.3, "reverb.room-size": 0.5, "reverb.level": 0.7}
LOUDNESS = -15.0  # LUFS
PEAK = 10 ** (-1 / 20)  # -1 dBFS
KNEE = 0.6  # louder samples are bent below PEAK
# ITU-R BS.1770-4, tables 1 and 2: the two K-weighting filters, for 48 kHz.
K_WEIGHTING = np.array(
    [
        1.53512485958697, -2.69169618940638, 1.19839281085285,  # b0, b1, b2
        1, -1.69065929318241, 0.73248077421585,  # a0, a1, a2
        1, -2, 1,
        1, -1.99004745483398, 0.99007225036621,
    ]
).reshape(2, 6)  # fmt: skip

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "": 0, "#": 1, "b": -1}
ACCENT = {"!": 18, "X": 18, ",": -22, "o": -26}  # MIDI velocity, added
DRUM_CHANNEL = 9
DRUM_KEYS = {
    "scratch": 29, "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "low tom": 43,
    "pedal": 44, "open": 46, "tom": 47, "crash": 49, "ride": 51, "tambourine": 54,
}  # fmt: skip


class Sound(IntEnum):
    """FluidR3's program numbers from 0, with 128 a bank: General MIDI is bank 0."""

    PIANO = 0
    BRIGHT_PIANO = 1
    RHODES = 4
    VIBRAPHONE = 11
    PERCUSSIVE_ORGAN = 17
    HARMONICA = 22
    STEEL_STRING_GUITAR = 25
    CLEAN_GUITAR = 27
    OVERDRIVE_GUITAR = 29
    DISTORTION_GUITAR = 30
    ACOUSTIC_BASS = 32
    FINGERED_BASS = 33
    PICKED_BASS = 34
    SYNTH_BASS = 38
    VIOLIN = 40
    VIOLA = 41
    CELLO = 42
    STRINGS = 48
    MUTED_TRUMPET = 59
    BRASS_SECTION = 61
    SQUARE_LEAD = 80
    SAW_LEAD = 81
    WARM_PAD = 89
    POLYSYNTH = 90
    FIDDLE = 110
    HAWAIIAN_GUITAR = 8 * 128 + 26


class Kit(IntEnum):
    """FluidR3's drum kits by program number."""

    STANDARD = 0
    ROOM = 8
    POWER = 16
    ELECTRONIC = 24
    JAZZ = 32
    BRUSH = 40


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


# Played twice, once on each side, as such guitars are recorded.
METAL_RHYTHM = Part(
    Sound.DISTORTION_GUITAR,
    "E2B2E3 - - - - - G2D3G3 F2C3F3 | E2B2E3 - - - - - Bb2F3Bb3 A2E3A3 |"
    "E2B2E3 - - - - - G2D3G3 F2C3F3 | E2B2E3 - - - D3A3D4 - Bb2F3Bb3 - |"
    "C3G3C4 - - - D3A3D4 - - - | E2B2E3 - - - F2C3F3 - E2B2E3 -",
    "0.000.000.00X-X- | % | % | 0.000.00X---X--- | X-xxX-xxX-xxX-xx | X-xxX-xxX---X---",
    velocity=112, volume=98, pan=4, reverb=16, gate=0.9,
)  # fmt: skip
ROCK_RHYTHM = Part(
    Sound.OVERDRIVE_GUITAR,
    "E2B2E3 | G2D3G3 | A2E3A3 | C3G3C4 D3A3D4",
    "XoxoXoxo | % | XoxoXoxx | X-xxX-XX",
    velocity=104, volume=74, pan=14, reverb=24, strum=0.006,
)  # fmt: skip

PIECES = (
    Piece(
        "blues-shuffle",
        "Blues shuffle",
        "twelve-bar blues",
        "The last four bars of a twelve-bar blues in A: boogie guitar, bent lead, turnaround.",
        bpm=112,
        drum_volume=127,
        swing=0.66,
        parts=(
            Part(
                Sound.CLEAN_GUITAR,
                "/E5! - D5 B4 D5 /E5 - B4 | /D5! C5 A4 - . A4 C5 D5 |"
                "/E5! - - D5 C5 A4 G4 A4 | . C#5 A4 G4 /E4! - - -",
                velocity=108, volume=111, pan=74, reverb=50, vibrato=24,
            ),
            Part(
                Sound.OVERDRIVE_GUITAR,
                "E2B2! E2B2, E2C#3 E2C#3, E2B2 E2B2, E2C#3 E2C#3, |"
                "D3A3! D3A3, D3B3 D3B3, D3A3 D3A3, D3B3 D3B3, |"
                "A2E3! A2E3, A2F#3 A2F#3, A2E3 A2E3, A2F#3 A2F#3, |"
                "A2E3! A2E3, A2F#3 A2F#3, E2B2! - E2B2 -",
                velocity=74, volume=99, pan=40, gate=0.75,
            ),
            Part(
                Sound.BRIGHT_PIANO,
                "G#3D4E4B4 | F#3C4E4A4 | G3C#4E4A4 | G3C#4E4A4 G#3D4E4B4",
                "..x..x.x | .x..x..x | ..x..x.x | .x..X---",
                velocity=78, volume=121, pan=92, gate=0.6,
            ),
            Part(
                Sound.FINGERED_BASS,
                "E2 E2, G#2 G#2, B2 B2, C#3 B2 | D2 D2, F#2 F#2, A2 A2, B2 A2 |"
                "A1 A1, C#2 C#2, E2 E2, F#2 E2 | A1 A1, C#2 D2 E2! - B1 E1",
                velocity=104, volume=95, reverb=12,
            ),
        ),
        drums={
            "ride": "x.xxx.xx | % | % | x.xxX.x.",
            "kick": "x...x..x | % | % | x...X...",
            "snare": "..X..oX. | ..X...Xo | ..X..oX. | ..X.Xoxx",
            "crash": "x... | . | . | ..x.",
        },
    ),
    Piece(
        "swing-trio",
        "Swing trio",
        "swing jazz",
        "Piano, walking bass and ride cymbal through ii-V-I changes in F.",
        bpm=164,
        swing=0.64,
        kit=Kit.JAZZ,
        drum_velocity=80,
        drum_volume=122,
        parts=(
            Part(
                Sound.PIANO,
                ". D5 C5 Bb4 A4 G4 Bb4 D5! | E5 G5! F5 E5 Eb5 D5 C5 Bb4 |"
                "A4 C5 E5 G5! F5 - . C5 | F#4 A4 C5 Eb5! D5 C5 Bb4 A4 |"
                "Bb4 D5 F5 A5! G5 F5 E5 D5 | C5 A4 F4 - . . G4A4D5 -",
                velocity=92, volume=127, pan=70, reverb=44,
            ),
            Part(
                Sound.PIANO,
                "F3A3Bb3D4 | E3A3Bb3D4 | E3G3A3C4 | F#3Bb3C4F4 | F3A3Bb3D4 E3A3Bb3D4 | E3G3A3C4",
                "x--x.... | .x....x- | x--x.... | .x....x. | x--..x.. | .x....x-",
                velocity=70, volume=110, pan=58, reverb=44,
            ),
            Part(
                Sound.ACOUSTIC_BASS,
                "G2 Bb2 D3 Db3 | C3 Bb2 G2 Gb2 | F2 G2 A2 C3 | D3 C3 A2 Ab2 | G2 Bb2 C3 C2 |"
                "F2 A2 F1 -",
                velocity=112, volume=81, reverb=20,
            ),
        ),
        drums={
            "ride": "x.XxX.Xx | % | % | x.Xxx.XX | x.XxX.Xx | x.Xx..X.",
            "pedal": "..x...x.",
            "kick": "o.o.o.o. | % | % | o.o.o..x | o.o.o.o. | o.....x.",
            "snare": "...o.... | .....o.o | ...o.... | .o...o.x | ...o.o.. | .o.oo.X.",
        },
    ),
    Piece(
        "string-quartet",
        "String quartet",
        "classical chamber music",
        "An eight-bar minuet in G for two violins, viola and cello.",
        bpm=160,
        beats=3,
        parts=(
            Part(
                Sound.VIOLIN,
                "D5! - - E5 D5 C5 | B4 - G4 - - . | A4! - - B4 A4 G4 | F#4 - D4 - - . |"
                "G4' . B4' . D5' . | E5! - - F#5 G5 E5 | D5 - C5 B4 A4 B4 | G4 - - - - .",
                velocity=100, volume=107, pan=36, reverb=70, vibrato=10, gate=0.98,
            ),
            Part(
                Sound.VIOLIN,
                "B3D4G4 | % | C4D4F#4 | A3D4F#4 | B3D4G4 | C4E4G4 | B3D4G4 B3D4G4 A3D4F#4 | B3D4",
                "012121 | % | % | % | % | % | % | x----.",
                velocity=74, volume=116, pan=54, reverb=70,
            ),
            Part(
                Sound.VIOLA,
                "D4 | % | C4 | A3 | D4 | C4 | D4 - C4 | B3",
                velocity=80, volume=96, pan=78, reverb=70, vibrato=8, gate=0.97,
            ),
            Part(
                Sound.CELLO,
                "G2 . D3 | B2 . G2 | F#2 . D3 | D3 C3 A2 | B2 . G2 | C3 . C3 | D3 - D2 | G2 - -",
                velocity=92, volume=127, pan=92, reverb=70, gate=0.85,
            ),
        ),
        drums={},
    ),
    Piece(
        "country-two-step",
        "Country two-step",
        "country",
        "Boom-chick guitar, a train beat on brushes, fiddle and lap steel in G.",
        bpm=114,
        kit=Kit.BRUSH,
        drum_velocity=88,
        drum_volume=127,
        parts=(
            Part(
                Sound.FIDDLE,
                "/D5! - B4 A4 G4 A4 B4 D5 | /E5! - C5 E5 G4E5 - C5 B4 |"
                "/A4! - F#4 A4 C5 A4 F#4 A4 | G4 A4 /B4D5! - G4B4 - - -",
                velocity=92, volume=93, pan=48, reverb=44, vibrato=14,
            ),
            Part(
                Sound.HAWAIIAN_GUITAR,
                ". . . . /B4D5G5! - - - | . . . . /C5E5G5! - - - | . . . . /C5F#5! - - - |"
                ". . . . /B4D5G5! - - -",
                velocity=88, volume=45, pan=92, reverb=64, vibrato=40, gate=1.0,
            ),
            Part(
                Sound.STEEL_STRING_GUITAR,
                "G2D3G3B3G4 | C3G2G3C4E4 | D3A2A3C4F#4 | G2D3G3B3G4",
                "0.xo1.xo | % | % | 0.xo1.X-",
                velocity=92, volume=69, pan=30, strum=0.012, gate=0.8,
            ),
            Part(
                Sound.ACOUSTIC_BASS,
                "G2 . D2 . | C2 . G2 . | D2 . A2 . | G2 D2 G1 .",
                velocity=112, volume=86, reverb=14, gate=0.8,
            ),
        ),
        drums={
            "snare": "ooXooxXoooXooxXo | % | % | ooXoooXooxxxX...",
            "kick": "x...x... | % | % | x...x.x.",
            "pedal": "..x...x.",
        },
    ),
    Piece(
        "disco-strings",
        "Disco strings",
        "disco",
        "Four-on-the-floor drums, octave bass, chopped guitar and running strings.",
        bpm=118,
        drum_volume=127,
        drum_reverb=20,
        parts=(
            Part(
                Sound.STRINGS,
                "G5G4! - - - - - Bb5Bb4 - | Ab5Ab4! - - - F5F4 - G5G4 - |"
                "Ab5Ab4! - - G5G4 F5F4 - Eb5Eb4 - |"
                "F5F4 G5G4 Ab5Ab4 Bb5Bb4 C6C5 D6D5 Eb6Eb5 F6F5",
                velocity=104, volume=85, pan=74, reverb=60, gate=0.97,
            ),
            Part(
                Sound.CLEAN_GUITAR,
                "Bb3Eb4G4 | C4Eb4Ab4 | C4Eb4Ab4 | Bb3D4F4",
                "x.xo..x.xo.x..xo",
                velocity=92, volume=111, pan=24, gate=0.5,
            ),
            Part(
                Sound.RHODES,
                "Eb4G4Bb4 | Eb4Ab4C5 | Eb4G4C5 | D4F4Bb4",
                "x-----.x-----x--",
                velocity=76, volume=82, pan=52,
            ),
            Part(
                Sound.BRASS_SECTION,
                "G4C5Eb5 | Ab4C5F5 | Ab4C5Eb5 | Bb4D5F5",
                "............x.X. | % | % | X.X.............",
                velocity=92, volume=116, pan=96, gate=0.7,
            ),
            Part(
                Sound.FINGERED_BASS,
                "C2C3 | F1F2 | Ab1Ab2 | Bb1Bb2",
                "0.1.0.1.0.1.0.11",
                velocity=112, volume=111, reverb=8, gate=0.8,
            ),
        ),
        drums={
            "kick": "X...X...X...X...",
            "snare": "....X.......X... | % | % | ....X.......XxxX",
            "clap": "....x.......x...",
            "hat": "xo.oxo.oxo.oxo.o",
            "open": "..X...X...X...X.",
            "tambourine": "o.x.o.x.o.x.o.x.",
            "crash": "X... | . | . | .",
        },
    ),
    Piece(
        "boom-bap",
        "Boom-bap beat",
        "hip-hop",
        "A swung drum break, deep bass, electric piano and a muted-trumpet hook; no voice.",
        bpm=90,
        swing=0.57,
        swung_pair=0.5,
        kit=Kit.POWER,
        drum_velocity=106,
        drum_volume=65,
        drum_reverb=16,
        parts=(
            Part(
                Sound.RHODES,
                "G3C4E4B4 - - - - - F3A3C4E4 - | G3C4E4B4 - - - - - F3G3B3E4 - |"
                "G3C4E4B4 - - - - - F3A3C4E4 -",
                velocity=82, volume=51, pan=48, reverb=40,
            ),
            Part(
                Sound.MUTED_TRUMPET,
                ". . . . . . . . . . E5 . G5 - E5 D5 | . . . . . . . . . . . . . . . . |"
                ". . . . . . . . . . E5 . G5 - E5 D5",
                velocity=80, volume=84, pan=86, reverb=76,
            ),
            Part(
                Sound.VIBRAPHONE,
                ". . B5 . A5 . E5 . . . . . . . . .",
                velocity=66, volume=127, pan=98, reverb=70,
            ),
            Part(
                Sound.ACOUSTIC_BASS,
                "A1! - - - . . . A1 . . C2 - F1! - - - | A1! - - - . . . A1 . . D2 - G1! - - - |"
                "A1! - - - . . . A1 . . C2 - F1! - - -",
                velocity=118, volume=52, reverb=6, gate=0.97,
            ),
            Part(
                Sound.SYNTH_BASS,
                "A1 - - - . . . A1 . . C2 - F1 - - - | A1 - - - . . . A1 . . D2 - G1 - - - |"
                "A1 - - - . . . A1 . . C2 - F1 - - -",
                velocity=70, volume=80, reverb=0, gate=0.97,
            ),
        ),
        drums={
            "kick": "X......x..X....x | X......x..X..x.. | X......x..X.....",
            "snare": "....X..o.o..X... | ....X..o.o..X..o | ....X..o.o..X.xx",
            "hat": "x.x.x.xox.x.x.x. | x.x.x.x.x.xox... | x.x.x.xox.x.x.x.",
            "open": ". | ..............x. | .",
            "scratch": ". | ..........x.xx.. | .",
        },
    ),
    Piece(
        "metal-riff",
        "Metal riff",
        "heavy metal",
        "Galloping power chords over sixteenth-note double kick, ending in a lead in thirds.",
        bpm=168,
        kit=Kit.POWER,
        drum_velocity=108,
        drum_volume=119,
        drum_reverb=18,
        parts=(
            METAL_RHYTHM,
            replace(METAL_RHYTHM, sound=Sound.OVERDRIVE_GUITAR, volume=102, pan=123),
            Part(
                Sound.DISTORTION_GUITAR,
                ". | . | . | . |"
                "E5G5! G5B5 E5G5 C5E5 E5G5 G5B5 E5G5 G5B5"
                " F#5A5! A5D6 F#5A5 D5F#5 G5B5! - - F#5A5 |"
                "/E5G5! - F5A5 /E5G5!",
                velocity=98, volume=104, pan=64, reverb=56, vibrato=40,
            ),
            Part(
                Sound.PICKED_BASS,
                "E2 - - - - - G2 F2 | E2 - - - - - Bb2 A2 | E2 - - - - - G2 F2 |"
                "E2 - - - D2 - Bb1 - | C2 - - - D2 - - - | E2 - - - F2 - E2 -",
                "x.xxx.xxx.xxX-X- | % | % | x.xxx.xxX---X--- | X.xxX.xxX.xxX.xx | X.xxX.xxX---X---",
                velocity=116, volume=127, reverb=6,
            ),
        ),
        drums={
            "kick": "xxxxxxxxxxxxxxxx | % | % | xxxxxxxxX...X... | xxxxxxxxxxxxxxxx |"
            "xxxxxxxxX...X...",
            "snare": "..X...X. | % | % | ....X...X.xxXxxx | ..X...X. | % ",
            "hat": "XXXX | % | % | XX.. | . | .",
            "ride": ". | % | % | . | XXXX | XX..",
            "crash": "X... | % | % | X... | X... | X.XX",
            "low tom": ". | . | . | ..............XX | . | .",
        },
    ),
    Piece(
        "synth-pop",
        "Synth pop",
        "electronic pop",
        "A bright synthesiser tune over I-V-vi-IV in D, with arpeggio, pad and claps.",
        bpm=116,
        kit=Kit.ELECTRONIC,
        drum_velocity=104,
        drum_volume=103,
        drum_reverb=24,
        parts=(
            Part(
                Sound.SAW_LEAD,
                "F#5! - E5 D5 - A4 D5 E5 | E5! - C#5 - . A4 C#5 E5 |"
                "F#5! - E5 D5 - B4 D5 F#5 | G5! - F#5 E5 D5 - - .",
                velocity=88, volume=116, pan=64, reverb=60, vibrato=16,
            ),
            Part(
                Sound.SQUARE_LEAD,
                "D4F#4A4 | C#4E4A4 | B3D4F#4 | B3D4G4",
                "0123210301232103",
                velocity=58, volume=127, pan=100, reverb=50, gate=0.6,
            ),
            Part(
                Sound.POLYSYNTH,
                "D4F#4A4 | C#4E4A4 | B3D4F#4 | B3D4G4",
                "x--x--x-x--x--x-",
                velocity=72, volume=97, pan=28, gate=0.8,
            ),
            Part(
                Sound.WARM_PAD,
                "D3A3F#4 | C#3A3E4 | B2F#3D4 | G2D3B3",
                velocity=76, volume=89, reverb=60, gate=1.0,
            ),
            Part(
                Sound.SYNTH_BASS,
                "D2 | A1 | B1 | G1",
                "x.xxx.xxx.xxx.xx",
                velocity=110, volume=105, reverb=4, gate=0.8,
            ),
        ),
        drums={
            "kick": "X...X...X...X... | % | % | X...X...X...X.X.",
            "snare": "....X.......X... | % | % | ....X.......XxXX",
            "clap": "....X.......X...",
            "hat": "x.x.x.x.x.x.x.xo",
            "open": "..x...x...x...x.",
            "crash": "x... | . | . | .",
        },
    ),
    Piece(
        "one-drop-reggae",
        "One-drop reggae",
        "roots reggae",
        "Off-beat guitar and organ, a heavy bass line and the drums' one drop in A minor.",
        bpm=156,
        swing=0.57,
        drum_velocity=100,
        drum_volume=127,
        drum_reverb=40,
        parts=(
            Part(
                Sound.CLEAN_GUITAR,
                "A3C4E4A4 | % | A3D4F4A4 | % | G3C4E4G4 | B3D4G4B4",
                "..X...X.",
                velocity=104, volume=84, pan=30, reverb=44, gate=0.55, strum=0.006,
            ),
            Part(
                Sound.PIANO,
                "A3C4E4 | % | A3D4F4 | % | G3C4E4 | B3D4G4",
                "..x...x.",
                velocity=84, volume=106, pan=50, gate=0.6,
            ),
            Part(
                Sound.PERCUSSIVE_ORGAN,
                "A3C4E4 | % | A3D4F4 | % | G3C4E4 | B3D4G4",
                ".oxo.oxo",
                velocity=82, volume=93, pan=96, gate=0.6,
            ),
            Part(
                Sound.HARMONICA,
                ". . . . E5 - D5 C5 | D5 - C5 A4 - - - . | . . . . F5 - E5 D5 |"
                "E5 - D5 A4 - - - . | . . G4 A4 C5 - D5 E5 | D5 - - B4 - - - .",
                velocity=78, volume=120, pan=78, reverb=90, vibrato=24,
            ),
            Part(
                Sound.FINGERED_BASS,
                "A1! - - A1 C2 - E2 - | . . A1 A1 C2 - A1 - | D2! - - D2 F2 - A2 - |"
                ". . D2 D2 F2 - D2 - | C2! - - C2 E2 - G2 - | G1! - - G1 B1 - D2 -",
                velocity=124, volume=89, reverb=6, gate=0.9,
            ),
        ),
        drums={
            "kick": "....X...",
            "rim": "....X... | ....X..x | ....X... | ....X.xx | ....X... | ....X.x.",
            "hat": "x.Xxx.Xx | % | % | x.Xxx.X. | x.Xxx.Xx | %",
            "open": ". | . | . | .......x | . | .",
            "tom": ". | . | . | . | . | .....xx.",
            "snare": "o.....xx | . | . | . | . | .",
        },
    ),
    Piece(
        "rock-eighths",
        "Straight-eighths rock",
        "rock",
        "Two overdriven guitars, picked bass and a backbeat in straight eighths, in E.",
        bpm=124,
        kit=Kit.ROOM,
        drum_velocity=108,
        drum_volume=127,
        parts=(
            ROCK_RHYTHM,
            replace(ROCK_RHYTHM, sound=Sound.DISTORTION_GUITAR, volume=70, pan=113),
            Part(
                Sound.OVERDRIVE_GUITAR,
                ". . . . . . B4 D5 | /E5! - D5 B4 /D5 - B4 G4 | /A4! - - - . A4 C5 D5 |"
                "/E5! - - G5 /F#5! - D5 -",
                velocity=104, volume=88, pan=70, reverb=60, vibrato=30,
            ),
            Part(
                Sound.PICKED_BASS,
                "E2 | G2 | A2 | C2 D2",
                "XxxxXxxx",
                velocity=112, volume=99, reverb=8,
            ),
        ),
        drums={
            "kick": "x..xx... | x..xx..x | x..xx... | x..xx.x.",
            "snare": "..X...X. | % | % | ..X...XX",
            "hat": "XxXxXxXx | % | % | XxXxX...",
            "crash": "X... | .",
            "tom": ". | . | . | .....x..",
        },
    ),
)  # fmt: skip


class Note(NamedTuple):
    """A struck chord: when and how long in beats, its MIDI keys as written, marks as written."""

    start: float
    length: float
    keys: tuple[int, ...]
    marks: str


class Event(NamedTuple):
    """A MIDI message and when to send it; at one time, `order` 0 goes first."""

    ms: int
    order: int
    message: bytes


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


def write_midi(piece: Piece) -> bytes:
    """Turn a piece into a MIDI file; the same piece always gives the same bytes."""
    rng = np.random.default_rng(list(piece.name.encode()))
    channels = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    events = list(play_drums(piece, rng))
    for channel, part in zip(channels, piece.parts, strict=False):
        events += play(part, channel, piece, rng)
    return midi_file(events, ms=round(1000 * duration(piece)))


def duration(piece: Piece) -> float:
    """Seconds that a rendered piece lasts."""
    return piece.seconds(piece.bars * piece.beats) + TAIL


def synthesise(midi: bytes, fluidsynth: str, soundfont: Path) -> np.ndarray:
    """Play a MIDI file through a soundfont; returns audio of shape (n, 2)."""
    with tempfile.TemporaryDirectory() as folder:
        notes, audio = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        notes.write_bytes(midi)
        options = [f"-osynth.{name}={value}" for name, value in EFFECTS.items()]
        command = [fluidsynth, "-niq", f"-r{SR}", "-g0.4", "-Ofloat", f"-F{audio}", *options]
        subprocess.run([*command, str(soundfont), str(notes)], check=True)  # noqa: S603 - own files
        y: np.ndarray = soundfile.read(audio)[0]
    return y


def master(y: np.ndarray, seconds: float) -> np.ndarray:
    """Cut to length, fade the tail out, bring to LOUDNESS and round off peaks below PEAK."""
    y = y[: round(seconds * SR)].copy()
    fade = round(TAIL * SR)
    y[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade))[:, None]
    for _ in range(4):  # rounding peaks off takes some loudness away
        y = round_peaks(y * 10 ** ((LOUDNESS - loudness(y)) / 20))
    return y


def round_peaks(y: np.ndarray) -> np.ndarray:
    """Leave samples under KNEE as they are and bend louder ones to stay below PEAK."""
    over = np.maximum(np.abs(y) - KNEE, 0)
    bent = KNEE + (PEAK - KNEE) * np.tanh(over / (PEAK - KNEE))
    return np.where(over > 0, np.sign(y) * bent, y)


def loudness(y: np.ndarray) -> float:
    """Loudness in LUFS after ITU-R BS.1770-4, without its gate; `y` has shape (n, channels)."""
    S = np.fft.rfft(y, axis=0)  # (1 + n/2, channels)
    _, K = sosfreqz(K_WEIGHTING, worN=np.fft.rfftfreq(len(y), 1 / SR), fs=48_000)
    power = 2 * np.sum(np.abs(S * K[:, None]) ** 2) / len(y) ** 2
    return float(-0.691 + 10 * np.log10(power))


def encode(y: np.ndarray, path: Path) -> None:
    """Write an MP3 of constant bit rate."""
    level = (320 - KBPS) / (320 - 32)  # libsndfile's 0 to 1 goes from the highest rate down
    settings = {"format": "MP3", "bitrate_mode": "CONSTANT", "compression_level": level}
    soundfile.write(path, y, SR, **settings)


def index() -> list[dict[str, str]]:
    """List what index.json holds: the pieces in display order."""
    return [
        {
            "file": f"{piece.name}.mp3",
            "title": piece.title,
            "style": piece.style,
            "description": piece.description,
        }
        for piece in PIECES
    ]


def find_tools() -> tuple[str, Path]:
    """FluidSynth's program and a soundfont, or exit saying what to install."""
    program = shutil.which("fluidsynth")
    soundfont = next((path for path in SOUNDFONTS if path.exists()), None)
    if program is None:
        sys.exit("fluidsynth is not on the PATH. Install it: apt-get install fluidsynth")
    if soundfont is None:
        places = " or ".join(map(str, SOUNDFONTS))
        sys.exit(f"No soundfont at {places}. Install it: apt-get install fluid-soundfont-gm")
    return program, soundfont


def main(names: list[str]) -> None:
    """Render the pieces named, or all of them, and write the index last."""
    known = [piece.name for piece in PIECES]
    if unknown := sorted(set(names) - set(known)):
        sys.exit(f"No piece is called {', '.join(unknown)}. There are: {', '.join(known)}")
    program, soundfont = find_tools()
    for piece in PIECES:
        if names and piece.name not in names:
            continue
        path = HERE / f"{piece.name}.mp3"
        y = master(synthesise(write_midi(piece), program, soundfont), duration(piece))
        encode(y, path)
        print(f"{path.name}: {duration(piece):.1f} s, {path.stat().st_size / 1000:.0f} kB")
    (HERE / "index.json").write_text(json.dumps(index(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
