"""What a model makes of a recording over time, as the player draws it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from plotly.colors import sample_colorscale

from dashboard import theme, units

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MEL_RANGE_DB = 80
# Red, green and blue of 256 steps.
MAGMA = np.rint(255 * np.array(sample_colorscale("Magma", 256, colortype="tuple")))
MAX_STEPS = 300  # over time; more would be narrower than a pixel of a phone
LEGEND = 6  # entries; of more genres, the last one stands for all that are rare
NAMED = 3  # genres in a sentence
TICKS_HZ = {500: "500 Hz", 2000: "2 kHz", 8000: "8 kHz"}


@dataclass(frozen=True)
class Spectrogram:
    """A mel spectrogram in dB [shape=(n_mels, t)], up to half the sample rate, and where it ends.

    Attributes
    ----------
    seconds
        Its end; its columns are spread evenly from 0.
    """

    mel_db: np.ndarray
    seconds: float
    sr: int

    def picture(self) -> bytes:
        """A PNG image: the loudest is brightest, and high frequencies are on top."""
        shares = np.clip(1 + (self.mel_db - self.mel_db.max()) / MEL_RANGE_DB, 0, 1)
        image = Image.fromarray((255 * shares[::-1]).astype(np.uint8))
        image.putpalette(MAGMA.astype(np.uint8).tobytes())
        with io.BytesIO() as buffer:
            image.save(buffer, "PNG")
            return buffer.getvalue()

    def ticks(self) -> dict[str, float]:
        """Where frequencies are, by their names: 0 is the bottom of the picture, 1 its top."""
        top = _mel(np.array(self.sr / 2))
        return {name: round(float(_mel(np.array(hz)) / top), 4) for hz, name in TICKS_HZ.items()}


def _mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's mel scale, as in librosa's filters."""
    linear = hz / (200 / 3)
    return np.where(hz < 1000, linear, 15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4))


def genres(windows: pd.DataFrame, classes: Sequence[str], smooth: float = 0.0) -> dict[str, Any]:
    """Probability of each genre over time, and where each is likeliest.

    Parameters
    ----------
    windows
        ``start, end`` in seconds and one column a genre.
    smooth
        Over how many seconds probabilities are averaged; what is likeliest is never smoothed.

    Returns
    -------
    dict
        ``edges`` of steps in seconds; ``layers``, the likeliest genre first: ``name, color``, its
        ``values`` in each step, and ``start, end, share`` of its strongest window; how many of them
        are ``shown``; and the result in ``words``.
    """
    steps = smoothed(windows, classes, smooth)
    colors = theme.genre_colors(classes)
    order = windows[list(classes)].mean().sort_values(ascending=False).index
    return {
        "edges": [*steps["start"].round(3), round(float(steps["end"].iloc[-1]), 3)],
        "layers": [
            {"name": name, "color": colors[name], "values": list(steps[name].round(4))}
            | _strongest(windows, name)
            for name in order
        ],
        "shown": len(order) if len(order) <= LEGEND else LEGEND - 1,
        "words": in_words(windows, classes),
    }


def _strongest(windows: pd.DataFrame, genre: str) -> dict[str, float]:
    best = windows.iloc[int(windows[genre].argmax())]
    return {"start": float(best["start"]), "end": float(best["end"]), "share": float(best[genre])}


def in_words(windows: pd.DataFrame, classes: Sequence[str]) -> str:
    """Which genres are the likeliest, and for how much of the time."""
    likeliest = windows[list(classes)].idxmax(axis=1)
    seconds = (windows["end"] - windows["start"]).groupby(likeliest).sum()
    shares = (seconds / seconds.sum()).nlargest(NAMED)
    first, *others = [f"{name} {units.percent(share)}" for name, share in shares.items()]
    return ", ".join([f"Likeliest over time: {first} of the time", *others]) + "."


def smoothed(windows: pd.DataFrame, classes: Sequence[str], seconds: float) -> pd.DataFrame:
    """Windows with moving averages of the probabilities over about so many seconds.

    Of long recordings `MAX_STEPS` windows remain, each the mean of its neighbours.
    """
    length = float(windows["end"].iloc[0] - windows["start"].iloc[0])
    around = windows[list(classes)].rolling(
        max(1, round(seconds / length)), center=True, min_periods=1
    )
    table = windows.assign(**around.mean())
    together = np.arange(len(table)) * MAX_STEPS // max(len(table), MAX_STEPS)
    how = dict.fromkeys(classes, "mean") | {"start": "first", "end": "last"}
    return table.groupby(together).agg(how)[list(windows)].reset_index(drop=True)
