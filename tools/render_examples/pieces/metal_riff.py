"""Metal riff: the notes."""

from __future__ import annotations

from dataclasses import replace

from tools.render_examples.instruments import Kit, Sound
from tools.render_examples.notation import Part, Piece

# Played twice, once on each side, as such guitars are recorded.
RHYTHM = Part(
    Sound.DISTORTION_GUITAR,
    "E2B2E3 - - - - - G2D3G3 F2C3F3 | E2B2E3 - - - - - Bb2F3Bb3 A2E3A3 |"
    "E2B2E3 - - - - - G2D3G3 F2C3F3 | E2B2E3 - - - D3A3D4 - Bb2F3Bb3 - |"
    "C3G3C4 - - - D3A3D4 - - - | E2B2E3 - - - F2C3F3 - E2B2E3 -",
    "0.000.000.00X-X- | % | % | 0.000.00X---X--- | X-xxX-xxX-xxX-xx | X-xxX-xxX---X---",
    velocity=112, volume=98, pan=4, reverb=16, gate=0.9,
)  # fmt: skip

PIECE = Piece(
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
        RHYTHM,
        replace(RHYTHM, sound=Sound.OVERDRIVE_GUITAR, volume=102, pan=123),
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
)  # fmt: skip
