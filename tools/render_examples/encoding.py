"""Writing a piece as an MP3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import soundfile

from tools.render_examples.synthesiser import SR

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

KBPS = 112  # keeps ten seconds under 150 kB


def encode(y: np.ndarray, path: Path) -> None:
    """Write an MP3 of constant bit rate."""
    level = (320 - KBPS) / (320 - 32)  # libsndfile's 0 to 1 goes from the highest rate down
    settings = {"format": "MP3", "bitrate_mode": "CONSTANT", "compression_level": level}
    soundfile.write(path, y, SR, **settings)
