"""Boom-bap beat: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Kit, Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
