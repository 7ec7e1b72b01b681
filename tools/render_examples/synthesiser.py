"""FluidSynth with the soundfont FluidR3 GM."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import soundfile

if TYPE_CHECKING:
    import numpy as np

SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),  # Debian, Ubuntu
    Path("/usr/share/soundfonts/FluidR3_GM.sf2"),  # Fedora, Arch
)
SR = 44_100
# FluidSynth's own chorus level, 2, is so wide that a tune nearly vanishes when mixed to mono.
EFFECTS = {"chorus.level": 0.3, "reverb.room-size": 0.5, "reverb.level": 0.7}


def find_tools() -> tuple[str, Path]:
    """FluidSynth's program and a soundfont, or exit saying what to install."""
    program = shutil.which("fluidsynth")
    soundfont = next((path for path in SOUNDFONTS if path.exists()), None)
    if program is None:
        sys.exit("fluidsynth is not on the PATH. Install it: apt-get install fluidsynth")
    if soundfont is None:
        places = " or ".join(map(str, SOUNDFONTS))
        sys.exit(f"No soundfont at {places}. Install it: apt-get install fluid-soundfont-gm")
    return program, soundfont


def synthesise(midi: bytes, fluidsynth: str, soundfont: Path) -> np.ndarray:
    """Play a MIDI file through a soundfont; returns audio of shape (n, 2)."""
    with tempfile.TemporaryDirectory() as folder:
        notes, audio = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        notes.write_bytes(midi)
        options = [f"-osynth.{name}={value}" for name, value in EFFECTS.items()]
        command = [fluidsynth, "-niq", f"-r{SR}", "-g0.4", "-Ofloat", f"-F{audio}", *options]
        subprocess.run([*command, str(soundfont), str(notes)], check=True)  # noqa: S603 - own files
        y: np.ndarray = soundfile.read(audio)[0]
    return y
