"""Decoding beside `librosa.load`, both in one run: ``python -m benchmarks.decoding``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np
import pandas as pd
import soundfile
from support.timing import seconds

from dashboard.live.sources import EXAMPLES
from pipeline.audio.decoding import decode
from pipeline.untrusted import decoding as untrusted

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES, SECONDS = 20, 30
PIECES = ("synth-pop", "rock-eighths")
# Name: ending, subtype.
FORMATS = {
    "WAV, 16-bit": ("wav", "PCM_16"),
    "WAV, float": ("wav", "FLOAT"),
    "FLAC": ("flac", "PCM_16"),
    "Ogg Vorbis": ("ogg", "VORBIS"),
    "MP3": ("mp3", "MPEG_LAYER_III"),
}
JOBS: dict[str, Callable[[Path], object]] = {
    "decode": decode,
    "other process": untrusted.decode,
    "librosa.load": librosa.load,
}


def section() -> str:
    """A Markdown table: formats, median times in ms, and how many times faster than librosa."""
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            f"{name}, {kind}": _row(_written(y, rate, Path(folder), *how))
            for kind, (y, rate) in _recordings().items()
            for name, how in FORMATS.items()
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("file")
    return f"""{SECONDS} s of music beside `librosa.load`

The samples are the same to the last bit. *Other process*: with the limits that uploads have.

{table.to_markdown(floatfmt=".1f")}"""


def _recordings() -> dict[str, tuple[np.ndarray, int]]:
    """Two example pieces at the sides of a stereo recording, and a mono one at the rate used."""
    left, right = (np.resize(_piece(name, 44_100), 44_100 * SECONDS) for name in PIECES)
    stereo = np.stack([0.7 * left + 0.3 * right, 0.3 * left + 0.7 * right], axis=1)
    mono = np.resize(_piece(PIECES[0], 22_050), 22_050 * SECONDS)
    return {"44.1 kHz stereo": (stereo, 44_100), "22.05 kHz mono": (mono, 22_050)}


def _piece(name: str, rate: int) -> np.ndarray:
    return librosa.load(EXAMPLES / f"{name}.mp3", sr=rate)[0]


def _written(y: np.ndarray, rate: int, folder: Path, ending: str, subtype: str) -> Path:
    path = folder / f"{subtype}-{rate}.{ending}"
    with soundfile.SoundFile(path, "w", rate, y[0].size, subtype) as file:
        for start in range(0, len(y), rate):  # libsndfile crashes on long pieces of Vorbis
            file.write(y[start : start + rate])
    return path


def _row(path: Path) -> dict[str, float]:
    """Each job in turn, many times, after a first time."""
    for job in JOBS.values():
        job(path)
    turns = ({n: 1000 * seconds(job, path) for n, job in JOBS.items()} for _ in range(TIMES))
    times = pd.DataFrame(turns)
    ratios = times[["librosa.load"]].to_numpy() / times.drop(columns="librosa.load")
    return {
        **times.median().add_suffix(", ms").to_dict(),
        **ratios.median().add_suffix(", times faster").to_dict(),
    }


if __name__ == "__main__":
    print(section())
