"""A few places of a recording in place of all of it: a quicker verdict, and a less certain one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pipeline.audio.windows import SAMPLE_RATE, WINDOW, WINDOW_SECONDS, regrouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    import pandas as pd

    from pipeline.audio.windows import Samples

T = TypeVar("T")

LEAST_SECONDS = WINDOW_SECONDS
HELD = 8  # times as many windows as are wanted; more are thinned out


@dataclass(frozen=True)
class Excerpt:
    """Windows of a recording.

    Attributes
    ----------
    windows
        Mono audio at `SAMPLE_RATE`; the last one may be shorter.
    starts : np.ndarray [shape=(n_windows,)]
        Where each stands in the recording, in seconds.
    seconds
        Length of the recording.
    """

    windows: list[Samples]
    starts: npt.NDArray[np.float64]
    seconds: float

    def placed(self, table: pd.DataFrame) -> pd.DataFrame:
        """Predictions on the joined windows, with ``start, end`` moved to the recording's time."""
        number = (table["start"] // WINDOW_SECONDS).to_numpy(int)
        ahead = self.starts[number] - number * WINDOW_SECONDS
        return table.assign(start=table["start"] + ahead, end=table["end"] + ahead)


def excerpt(blocks: Iterable[Samples], n_windows: int) -> Excerpt:
    """Evenly spaced windows of a recording, in memory that does not grow with its length.

    A recording that is no longer than the windows together is taken as it is.

    Parameters
    ----------
    blocks
        The recording, as `pipeline.audio.decoding.blocks` gives it.
    """
    held: list[tuple[int, Samples]] = []
    samples, step = 0, 1
    for number, window in enumerate(regrouped(blocks, WINDOW)):
        samples += len(window)
        if number % step == 0:
            held.append((number, window))
        if len(held) > HELD * n_windows:
            held, step = held[::2], 2 * step
    if samples > n_windows * WINDOW:
        held = evenly([pair for pair in held if len(pair[1]) == WINDOW], n_windows)
    starts = np.array([number * WINDOW_SECONDS for number, _ in held])
    return Excerpt([window for _, window in held], starts, samples / SAMPLE_RATE)


def evenly(every: Sequence[T], n: int) -> list[T]:
    """The one in the middle of each of `n` equal parts."""
    return [every[int(middle)] for middle in (np.arange(n) + 0.5) * len(every) / n]
