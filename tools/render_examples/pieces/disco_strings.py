"""Disco strings: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
