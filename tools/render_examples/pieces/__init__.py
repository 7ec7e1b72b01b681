"""The example pieces, one module each."""

from __future__ import annotations

from tools.render_examples.pieces import (
    blues_shuffle,
    boom_bap,
    country_two_step,
    disco_strings,
    metal_riff,
    one_drop_reggae,
    rock_eighths,
    string_quartet,
    swing_trio,
    synth_pop,
)

# In the order of display.
PIECES = (
    blues_shuffle.PIECE,
    swing_trio.PIECE,
    string_quartet.PIECE,
    country_two_step.PIECE,
    disco_strings.PIECE,
    boom_bap.PIECE,
    metal_riff.PIECE,
    synth_pop.PIECE,
    one_drop_reggae.PIECE,
    rock_eighths.PIECE,
)
