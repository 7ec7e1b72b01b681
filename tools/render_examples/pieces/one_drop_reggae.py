"""One-drop reggae: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
