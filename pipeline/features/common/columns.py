"""What the quantities and statistics of several feature sets are: the words of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from pipeline.audio.windows import SAMPLE_RATE
from pipeline.features import Column

if TYPE_CHECKING:
    from collections.abc import Sequence


PITCHES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
NYQUIST = SAMPLE_RATE / 2


@dataclass(frozen=True)
class Quantity:
    """What is measured in every frame.

    Attributes
    ----------
    words
        Of the whole quantity; ``{}`` stands for the part.
    parts
        What each of its numbers is, where it has several: pitch classes, bands, coefficients.
    """

    family: str
    words: str
    unit: str = ""
    low: float = -inf
    high: float = inf
    parts: Sequence[str] = ()

    def column(self, name: str, statistic: str = "", part: int = 0) -> Column:
        """A statistic over frames of the quantity's part; no statistic: the frame's own value."""
        words = self.words.format(self.parts[part] if self.parts else "")
        if not statistic:
            return Column(name, words, self.unit, self.low, self.high, self.family)
        unit, low, high = _reach(self, statistic)
        return Column(name, f"{STATISTICS[statistic]} of {words}", unit, low, high, self.family)


STATISTICS = {
    "mean": "mean",
    "var": "variance",
    "std": "standard deviation",
    "skew": "skewness",
    "kurtosis": "excess kurtosis",
    "median": "median",
    "min": "minimum",
    "max": "maximum",
}


def _reach(quantity: Quantity, statistic: str) -> tuple[str, float, float]:
    """Unit and range of a statistic; Popoviciu's inequality bounds the variance."""
    half = (quantity.high - quantity.low) / 2
    match statistic:
        case "var":
            return (f"{quantity.unit}²" if quantity.unit else ""), 0.0, half**2
        case "std":
            return quantity.unit, 0.0, half
        case "skew":
            return "", -inf, inf
        case "kurtosis":
            return "", -2.0, inf
        case _:
            return quantity.unit, quantity.low, quantity.high


def chroma(method: str) -> Quantity:
    """Twelve pitch classes, by a method."""
    words = f"the strength of {{}} ({method}), the frame's strongest pitch class being 1"
    return Quantity("chroma", words, "", 0, 1, PITCHES)


def mfcc(count: int, bands: int) -> Quantity:
    """Mel-frequency cepstral coefficients."""
    words = f"mel-frequency cepstral coefficient {{}} of {bands} mel bands in dB"
    parts = ["1 (overall level)", "2 (slope: low against high)", *map(str, range(3, count + 1))]
    return Quantity("MFCC", words, "dB", parts=parts)


CHROMA_MEAN = Quantity(
    "chroma", "the strength of all twelve pitch classes, the frame's strongest being 1", "", 0, 1
)
# Open above: decoded audio may exceed full scale.
RMS = Quantity("loudness", "the root mean square of a frame, full scale being 1", low=0)
CENTROID = Quantity(
    "spectral shape", "the spectral centroid, the centre of gravity of the spectrum", "Hz",
    0, NYQUIST,
)  # fmt: skip
BANDWIDTH = Quantity(
    "spectral shape", "the spectral bandwidth, the spread around the centroid", "Hz", 0, NYQUIST
)
ROLLOFF = Quantity(
    "spectral shape", "the frequency below which 85 % of the magnitude lies", "Hz", 0, NYQUIST
)
ZERO_CROSSINGS = Quantity(
    "zero crossings", "the zero-crossing rate, the share of samples where the sign changes",
    "", 0, 1,
)  # fmt: skip
