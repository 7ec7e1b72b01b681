"""Mono audio cut into windows of 3 s."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


Samples: TypeAlias = npt.NDArray[np.float32]

SAMPLE_RATE = 22_050
WINDOW_SECONDS = 3.0
WINDOW = int(WINDOW_SECONDS * SAMPLE_RATE)
MIN_SECONDS = 1.0


def spans(n_samples: int) -> npt.NDArray[np.float64]:
    """Where the windows of a recording stand.

    They follow each other from 0 without overlap. A rest of at least `MIN_SECONDS` gives one more,
    which ends with the recording; a shorter one is left out. A recording shorter than a window has
    one, which spans it.

    Returns
    -------
    np.ndarray [shape=(n, 2)]
        Start and end in seconds.

    Raises
    ------
    AudioError
        If the recording is shorter than `MIN_SECONDS`.
    """
    return _bounds(n_samples) / SAMPLE_RATE


def windows(y: Samples) -> Samples:
    """Windows of a recording at `spans`; one shorter than a window is repeated to fill it.

    Returns
    -------
    np.ndarray [shape=(n, WINDOW)]

    Raises
    ------
    AudioError
        If the recording is shorter than `MIN_SECONDS`.
    """
    return np.stack([window for _, _, window in stream_windows([y])])


def stream_windows(
    blocks: Iterable[Samples], seconds: float = WINDOW_SECONDS
) -> Iterator[tuple[float, float, Samples]]:
    """`windows` and `spans` of blocks joined together, in memory that does not grow with them.

    Parameters
    ----------
    seconds
        Length of a window.

    Yields
    ------
    start, end : float
        In seconds.
    window : np.ndarray [shape=(seconds * SAMPLE_RATE,)]

    Raises
    ------
    AudioError
        At the end, if all blocks together are shorter than `MIN_SECONDS`.
    """
    size = int(seconds * SAMPLE_RATE)
    held = np.empty(0, np.float32)
    first = 0
    # What is held is at least one window, so that the last window can reach back into it.
    for piece in regrouped(blocks, size):
        held = np.concatenate([held, piece])
        if len(held) >= 2 * size:
            yield first / SAMPLE_RATE, (first + size) / SAMPLE_RATE, held[:size]
            held, first = held[size:], first + size
    for start, end in _bounds(len(held), size):
        window = np.resize(held[start:end], size)
        yield float(first + start) / SAMPLE_RATE, float(first + end) / SAMPLE_RATE, window


def _bounds(n_samples: int, size: int = WINDOW) -> npt.NDArray[np.int64]:
    """Start and end of each window in samples [shape=(n, 2)]."""
    least = int(MIN_SECONDS * SAMPLE_RATE)
    if n_samples < least:
        raise AudioError(too_short(n_samples))
    starts = list(range(0, max(n_samples - size, 0) + 1, size))
    if n_samples - starts[-1] - size >= least:
        starts.append(n_samples - size)
    return np.array([(start, min(start + size, n_samples)) for start in starts])


def too_short(n_samples: int) -> str:
    """The sentence for a recording that is shorter than `MIN_SECONDS`."""
    hundredths = n_samples * 100 // SAMPLE_RATE  # rounded down: never "1.00 s, and at least 1 s"
    return (
        f"The recording is {hundredths / 100:.2f} s long, and at least {MIN_SECONDS:g} s is needed."
        " Record or choose a longer piece."
    )


def regrouped(pieces: Iterable[Samples], size: int) -> Iterator[Samples]:
    """Join arrays and cut them to `size` samples each; the last one is shorter, none is empty."""
    held: list[Samples] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            yield from joined[:whole].reshape(-1, size)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)
