"""What four pretrained networks hear: probabilities of tags, and the numbers behind them.

The networks were trained on tags of the Million Song Dataset (MSD) and MagnaTagATune (MTT). Some of
GTZAN's recordings may be among what they heard, though never with GTZAN's labels.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from pipeline.backbones import BANDS, FRAMES, NETWORKS, Network, load
from pipeline.features import Array, Column, FeatureSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    import tensorflow as tf

    from pipeline.features._spectrum import Spectrum

# Patches at once. Few, for a layer's answer to 4 exceeds 32 MB, the most that glibc keeps for the
# next call: more would be fetched from the system, and cleared, each time, a fifth of the time.
BATCH = 2


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
    count = max(1, len(mel) // FRAMES)
    filled = np.resize(mel, (count * FRAMES, BANDS))  # cuts what is too long
    return np.log10(1 + 10_000 * filled).astype(np.float32).reshape(count, FRAMES, BANDS)


def hear(names: tuple[str, ...], spectrum: Spectrum) -> Array:
    """Means over the patches of what networks hear [shape=(n_columns,)]."""
    return answers(names, patches(spectrum)).mean(axis=0)


def answers(names: tuple[str, ...], x: Array) -> Array:
    """What networks hear in each patch [shape=(n, n_columns)], ordered as `columns`."""
    parts = [np.asarray(_joined(names)(x[i : i + BATCH])) for i in range(0, len(x), BATCH)]
    return np.concatenate(parts)


@lru_cache(maxsize=3)
def _joined(names: tuple[str, ...]) -> Callable[[Array], tf.Tensor]:
    """Networks as one graph, which is twice as fast as calling them one by one."""
    import tensorflow as tf

    networks = [(load(name), NETWORKS[name].embedding) for name in names]

    def answer(mel: tf.Tensor) -> tf.Tensor:
        outputs = [(network(mel, training=False), name) for network, name in networks]
        return tf.concat([part for out, name in outputs for part in (out["taggram"], out[name])], 1)

    return tf.function(answer, input_signature=[tf.TensorSpec((None, FRAMES, BANDS))])


def tags(features: Array, network: str = "msd_musicnn") -> pd.Series:
    """Probability of each tag of a network, the likeliest first.

    Parameters
    ----------
    features : np.ndarray [shape=(n, 1112)]
        Of the windows of a recording; the answer is their mean.
    """
    import pandas as pd

    first = FEATURES.names.index(f"{network}.{NETWORKS[network].tags[0]}")
    names = NETWORKS[network].tags
    mean = np.asarray(features)[:, first : first + len(names)].mean(axis=0)
    return pd.Series(mean, index=list(names)).sort_values(ascending=False, kind="stable")


FEATURES = FeatureSet(
    name="musicnn",
    title="1112 tags and embeddings of pretrained networks",
    version=1,
    columns=columns(tuple(NETWORKS)),
    compute=partial(hear, tuple(NETWORKS)),
    works=(
        "Pons & Serra 2019, musicnn: pre-trained convolutional neural networks for music audio"
        " tagging (ISMIR late-breaking demo)",
        "Pons et al. 2018, End-to-end learning for music audio tagging at scale (ISMIR)",
    ),
)
