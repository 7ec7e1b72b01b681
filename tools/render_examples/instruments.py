"""Instruments of the soundfont FluidR3 GM."""

from __future__ import annotations

from enum import IntEnum

DRUM_KEYS = {
    "scratch": 29, "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "low tom": 43,
    "pedal": 44, "open": 46, "tom": 47, "crash": 49, "ride": 51, "tambourine": 54,
}  # fmt: skip


class Sound(IntEnum):
    """FluidR3's program numbers from 0, with 128 a bank: General MIDI is bank 0."""

    PIANO = 0
    BRIGHT_PIANO = 1
    RHODES = 4
    VIBRAPHONE = 11
    PERCUSSIVE_ORGAN = 17
    HARMONICA = 22
    STEEL_STRING_GUITAR = 25
    CLEAN_GUITAR = 27
    OVERDRIVE_GUITAR = 29
    DISTORTION_GUITAR = 30
    ACOUSTIC_BASS = 32
    FINGERED_BASS = 33
    PICKED_BASS = 34
    SYNTH_BASS = 38
    VIOLIN = 40
    VIOLA = 41
    CELLO = 42
    STRINGS = 48
    MUTED_TRUMPET = 59
    BRASS_SECTION = 61
    SQUARE_LEAD = 80
    SAW_LEAD = 81
    WARM_PAD = 89
    POLYSYNTH = 90
    FIDDLE = 110
    HAWAIIAN_GUITAR = 8 * 128 + 26


class Kit(IntEnum):
    """FluidR3's drum kits by program number."""

    STANDARD = 0
    ROOM = 8
    POWER = 16
    ELECTRONIC = 24
    JAZZ = 32
    BRUSH = 40
