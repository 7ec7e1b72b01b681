"""Log-mel patches: the input of a network that contains the pretrained networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.backbones.networks import MEL_BANDS, PATCH_FRAMES
from pipeline.features import Array, FeatureSet
from pipeline.features.common.columns import Quantity
from pipeline.features.musicnn import patches

if TYPE_CHECKING:
    from pipeline.features.common.spectrum import Spectrum

NUMBERS = [str(i + 1) for i in range(MEL_BANDS)]
BAND = Quantity(
    "mel band",
    "log10(1 + 10000 p), p being the power in mel band {} of 96 up to 8 kHz",
    "",
    0.0,
    parts=NUMBERS,
)


def compute(spectrum: Spectrum) -> Array:
    """The first patch of three seconds [shape=(187, 96)]."""
    return patches(spectrum)[0]


FEATURES = FeatureSet(
    name="musicnn_mel",
    title="Log-mel spectrogram of musicnn, 96 bands",
    version=2,
    columns=tuple(BAND.column(f"mel{i + 1}", part=i) for i in range(MEL_BANDS)),
    compute=compute,
    frames=PATCH_FRAMES,
    narrow=True,
    works=("Pons & Serra 2019, musicnn (ISMIR late-breaking demo)",),
)
