"""Windows and their places in a recording."""

from __future__ import annotations

import numpy as np
import pytest
from support.signals import SECOND, noise

from pipeline.audio.windows import WINDOW, spans, stream_windows, windows
from pipeline.errors import AudioError


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1.0, [(0, 1)]),
        (2.5, [(0, 2.5)]),
        (3.0, [(0, 3)]),
        (3.9, [(0, 3)]),
        (4.0, [(0, 3), (1, 4)]),
        (6.0, [(0, 3), (3, 6)]),
        (8.5, [(0, 3), (3, 6), (5.5, 8.5)]),
    ],
)
def test_spans(seconds: float, expected: list[tuple[float, float]]) -> None:
    """Windows follow each other, and a rest of a second or more gives one more."""
    np.testing.assert_allclose(spans(round(seconds * SECOND)), expected)


def test_short_clip_is_repeated() -> None:
    """A clip of two seconds fills three by starting again."""
    y = noise(2)
    np.testing.assert_array_equal(windows(y), [np.concatenate([y, y[:SECOND]])])


LENGTHS = [SECOND, WINDOW - 1, WINDOW, WINDOW + 1, WINDOW + SECOND - 1, WINDOW + SECOND]
LENGTHS += [2 * WINDOW - 1, 2 * WINDOW, 2 * WINDOW + SECOND, 3 * WINDOW + 5, 4 * WINDOW + SECOND]


@pytest.mark.parametrize("n_samples", LENGTHS)
def test_windows_are_where_spans_say(n_samples: int) -> None:
    """Window and span agree sample by sample."""
    y = np.arange(n_samples, dtype=np.float32)
    places = np.rint(spans(n_samples) * SECOND).astype(int)
    assert windows(y).shape == (len(places), WINDOW)
    for window, (start, end) in zip(windows(y), places, strict=True):
        np.testing.assert_array_equal(window, np.resize(y[start:end], WINDOW))


@pytest.mark.parametrize("size", [997, SECOND, WINDOW - 1, WINDOW, 2 * WINDOW + 3, 10 * WINDOW])
@pytest.mark.parametrize("n_samples", LENGTHS)
def test_stream_equals_the_whole(n_samples: int, size: int) -> None:
    """Blocks of any size give the windows and spans of the whole clip."""
    y = np.arange(n_samples, dtype=np.float32)
    pieces = (y[at : at + size] for at in range(0, n_samples, size))
    starts, ends, streamed = zip(*stream_windows(pieces), strict=True)
    np.testing.assert_array_equal(np.stack(streamed), windows(y))
    np.testing.assert_array_equal(np.transpose([starts, ends]), spans(n_samples))


@pytest.mark.parametrize(("n_samples", "said"), [(0, "0.00"), (SECOND - 1, "0.99")])
def test_less_than_a_second_has_no_window(n_samples: int, said: str) -> None:
    """A clip that is too short is refused with its length."""
    y = np.zeros(n_samples, np.float32)
    for call in (lambda: windows(y), lambda: spans(n_samples)):
        with pytest.raises(AudioError, match=f"is {said} s long, and at least 1 s is needed"):
            call()
