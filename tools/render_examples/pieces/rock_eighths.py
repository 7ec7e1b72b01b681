"""Straight-eighths rock: the notes."""

from __future__ import annotations

from dataclasses import replace

from tools.render_examples.instruments import Kit, Sound
from tools.render_examples.notation import Part, Piece

# Played twice, once on each side.
RHYTHM = Part(
    Sound.OVERDRIVE_GUITAR,
    "E2B2E3 | G2D3G3 | A2E3A3 | C3G3C4 D3A3D4",
    "XoxoXoxo | % | XoxoXoxx | X-xxX-XX",
    velocity=104, volume=74, pan=14, reverb=24, strum=0.006,
)  # fmt: skip

PIECE = Piece(
    "rock-eighths",
    "Straight-eighths rock",
    "rock",
    "Two overdriven guitars, picked bass and a backbeat in straight eighths, in E.",
    bpm=124,
    kit=Kit.ROOM,
    drum_velocity=108,
    drum_volume=127,
    parts=(
        RHYTHM,
        replace(RHYTHM, sound=Sound.DISTORTION_GUITAR, volume=70, pan=113),
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
)  # fmt: skip
