"""String quartet: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
