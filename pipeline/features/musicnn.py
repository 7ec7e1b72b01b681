"""Tags and embeddings of four pretrained networks.

The networks were trained on tags of the Million Song Dataset (MSD) and MagnaTagATune (MTT). Some of
GTZAN's recordings may be among what they were trained on, though never with GTZAN's labels.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipeline.backbones.networks import MEL_BANDS, NETWORKS, PATCH_FRAMES, Network, outputs
from pipeline.features import Array, Column, FeatureSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.features.common.spectrum import Spectrum


WORKS = (
    "Pons & Serra 2019, musicnn: pre-trained convolutional neural networks for music audio"
    " tagging (ISMIR late-breaking demo)",
    "Pons et al. 2018, End-to-end learning for music audio tagging at scale (ISMIR)",
)


def columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Tags, then the embedding, of each network in turn."""
    return tuple(c for name in names for c in _columns(name, NETWORKS[name]))


def _columns(name: str, network: Network) -> Iterator[Column]:
    for tag in network.tags:
        meaning = f'probability that {network.original} gives the tag "{tag}"'
        yield Column(f"{name}.{tag}", meaning, "", 0, 1, f"{name} tags")
    for i in range(1, network.size + 1):
        meaning = f"number {i} of the {network.size} from which {network.original} derives its tags"
        column = f"{name}.{network.embedding}.{i:03}"
        yield Column(column, meaning, family=f"{name} embedding")


def patches(spectrum: Spectrum) -> Array:
    """Log-mel spectrograms of 3 s each, as the networks want them [shape=(n, 187, 96)].

    Audio shorter than 3 s is repeated to fill one; what is left over behind the last is dropped.
    """
    mel = spectrum.musicnn_mel.T  # (t, 96)
    count = max(1, len(mel) // PATCH_FRAMES)
    filled = np.resize(mel, (count * PATCH_FRAMES, MEL_BANDS))  # cuts what is too long
    return np.log10(1 + 10_000 * filled).astype(np.float32).reshape(count, PATCH_FRAMES, MEL_BANDS)


def mean_outputs(names: tuple[str, ...], spectrum: Spectrum) -> Array:
    """Tags and embeddings of networks, averaged over the patches [shape=(n_columns,)]."""
    if new := [name for name in names if name not in spectrum.heard]:
        mel = patches(spectrum)
        for name in new:
            start = time.perf_counter()
            spectrum.heard[name] = outputs((name,), mel).mean(axis=0)
            spectrum.heard_seconds[name] = time.perf_counter() - start
    return np.concatenate([spectrum.heard[name] for name in names])


def tags(name: str, spectrum: Spectrum) -> Array:
    """Mean probability of each tag of one network [shape=(50,)]."""
    return mean_outputs((name,), spectrum)[: len(NETWORKS[name].tags)]


def of_networks(name: str, title: str, version: int, networks: tuple[str, ...]) -> FeatureSet:
    """Tags and embeddings of some of the networks."""
    return FeatureSet(
        name=name,
        title=title,
        version=version,
        columns=columns(networks),
        compute=partial(mean_outputs, networks),
        networks=networks,
        narrow=True,
        works=WORKS,
    )


FEATURES = of_networks(
    "musicnn", "1112 tags and embeddings of pretrained networks", 2, tuple(NETWORKS)
)
