"""Synth pop: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Kit, Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
