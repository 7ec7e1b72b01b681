"""Country two-step: the notes."""

from __future__ import annotations

from tools.render_examples.instruments import Kit, Sound
from tools.render_examples.notation import Part, Piece

PIECE = Piece(
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
)  # fmt: skip
