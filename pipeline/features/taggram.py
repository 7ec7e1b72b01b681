"""The mean over time of 50 tag probabilities of one pretrained network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.backbones.networks import MEL_BANDS, NETWORKS, PATCH_FRAMES, outputs
from pipeline.features import Array, Column, FeatureSet
from pipeline.features.musicnn import tags

if TYPE_CHECKING:
    from pipeline.features.common.spectrum import Spectrum

NAME = "msd_musicnn"
NETWORK = NETWORKS[NAME]
HOP = 62  # frames of 16 ms, about a second: 28 or 29 patches in 30 s, as in the published taggrams
COLUMNS = tuple(
    Column(
        f"{tag}_mean",
        f'mean over time of the probability that {NETWORK.original} gives the tag "{tag}"',
        low=0,
        high=1,
        family="taggram mean",
    )
    for tag in NETWORK.tags
)


def summarise(frames: Array) -> Array:
    """Mean over time [shape=(50,)] of a clip's taggram [shape=(n, 50)].

    A mean of probabilities, because it expects the same of a short clip as of a long one, and
    because log odds hang on tags that are never likely and did not carry over to other artists.
    """
    return np.asarray(frames).mean(axis=0, dtype=np.float64).astype(np.float32)


def patches(spectrum: Spectrum) -> Array:
    """Log-mel spectrograms of 3 s each, a second apart [shape=(n, 187, 96)].

    Audio shorter than 3 s is repeated to fill one; what is left over behind the last is dropped.
    """
    mel = spectrum.musicnn_mel.T  # (t, 96)
    if len(mel) < PATCH_FRAMES:
        mel = np.resize(mel, (PATCH_FRAMES, MEL_BANDS))
    windows = np.lib.stride_tricks.sliding_window_view(mel, PATCH_FRAMES, axis=0)[
        ::HOP
    ]  # (n, 96, 187)
    return np.log10(1 + 10_000 * windows.swapaxes(1, 2)).astype(np.float32)


def compute(spectrum: Spectrum) -> Array:
    """Mean over the patches [shape=(50,)]."""
    found = patches(spectrum)
    if len(found) == 1:  # the one that other feature sets have computed
        return tags(NAME, spectrum)
    return summarise(outputs((NAME,), found)[:, : len(COLUMNS)])


FEATURES = FeatureSet(
    name="taggram",
    title="50 tags of a pretrained network, mean over time",
    version=2,
    columns=COLUMNS,
    compute=compute,
    narrow=True,
    networks=(NAME,),
    works=(
        "Pons & Serra 2019, musicnn: pre-trained convolutional neural networks for music audio"
        " tagging (ISMIR late-breaking demo): their taggrams of the fault-filtered GTZAN",
    ),
)
