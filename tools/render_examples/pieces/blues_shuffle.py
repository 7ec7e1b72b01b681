"""Blues shuffle: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
