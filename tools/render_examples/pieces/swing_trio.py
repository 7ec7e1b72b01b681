"""Swing trio: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Kit, Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
