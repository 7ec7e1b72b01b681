"""Colour scales of heatmaps in both themes, and words that are legible on each of their colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL.ImageColor import getrgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

# Evenly spaced. The end that means "nothing" is near the page, and so is the middle of differences.
SEQUENTIAL = {
    False: ("#eef5f4", "#a8dbd3", "#3f9d99", "#0f4c5c"),
    True: ("#1b2528", "#17565a", "#2a9d8f", "#9af0e2"),
}
DIVERGING = {
    False: ("#b2182b", "#f4a582", "#f7f7f7", "#92c5de", "#2166ac"),
    True: ("#ff9d7a", "#a8452c", "#222e32", "#2f6db3", "#8cc5ff"),
}
BLACK, WHITE = "#000000", "#ffffff"


def stops(scale: Sequence[str]) -> list[tuple[float, str]]:
    """A scale as Plotly takes it."""
    return list(zip(np.linspace(0, 1, len(scale)).tolist(), scale, strict=True))


def colors_at(scale: Sequence[str], places: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Red, green and blue in [0, 255] as Plotly draws them [shape=(*places, 3)].

    Parameters
    ----------
    places
        Where on the scale, in [0, 1].
    """
    known = np.array([getrgb(color)[:3] for color in scale], dtype=float)  # (n_stops, 3)
    at = np.linspace(0, 1, len(scale))
    channels = [np.interp(np.asarray(places), at, channel) for channel in known.T]
    return np.stack(channels, axis=-1)


def luminance(colors: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Relative luminance of WCAG 2.2 of colours [shape=(..., 3)] in [0, 255]."""
    shares = np.asarray(colors) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


def words_on(colors: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Black or white, whichever has more contrast on each colour: always at least 4.58 : 1."""
    behind = luminance(colors)
    darker = (behind + 0.05) / 0.05 >= 1.05 / (behind + 0.05)
    return np.where(darker, BLACK, WHITE)
