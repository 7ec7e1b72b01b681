"""Four pretrained music taggers: the networks of the package musicnn, rebuilt in Keras 3.

The package itself does not run on today's TensorFlow. `import_musicnn` takes the trained numbers
out of its wheel; `load` gives a network. What the networks name are the 50 most frequent tags of
the Million Song Dataset (MSD) and of MagnaTagATune (MTT).

Two faults of the package are not repeated: its code builds MSD_vgg with the pooling of MTT_vgg, and
its mel spectrogram overflows in half precision.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ArtifactsError
from pipeline.files import file_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras
    import tensorflow as tf


Array = npt.NDArray[np.float32]
FOLDER = Path(__file__).parents[2] / "artifacts" / "backbones"
IMPORT_CURE = "Import the networks again: python -m pipeline import-musicnn"

PATCH_FRAMES, MEL_BANDS = 187, 96  # of a patch: 3 s
MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock",
    "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental",
    "punk", "oldies", "blues", "hard rock", "ambient", "acoustic", "experimental",
    "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop",
    "sad", "House", "happy",
)  # fmt: skip
MTT_TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast",
    "piano", "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male",
    "singing", "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman",
    "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man", "classic", "choir", "voice",
    "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello", "no voice", "weird",
    "country", "metal", "female voice", "choral",
)  # fmt: skip

MIDDLES = ("middle1", "middle2", "middle3")
TIMBRE_FILTERS, RHYTHM_FILTERS, MIDDLE_FILTERS, VGG_FILTERS = 204, 51, 64, 128
TIMBRE_BANDS = {"timbre38": 38, "timbre67": 67}  # by layer: how many mel bands a filter spans
RHYTHM_FRAMES = {"rhythm128": 128, "rhythm64": 64, "rhythm32": 32}  # how many frames
MTT_POOLS = ((4, 1), (2, 2), (2, 2), (2, 2), (4, 4))
MTT_STRIDES = ((2, 2), (2, 2), (2, 2), (2, 2), (4, 4))
MSD_POOLS = ((4, 1), (1, 4), (2, 2), (2, 2), (4, 4))  # as in the saved graph; strides are equal

# Where the numbers of a layer are in the checkpoint: TensorFlow 1 counted layers as they were made.
MUSICNN_LAYERS = {
    "input_norm": "batch_normalization",
    "timbre38_conv": "conv2d",
    "timbre38_norm": "batch_normalization_1",
    "timbre67_conv": "conv2d_1",
    "timbre67_norm": "batch_normalization_2",
    "rhythm128_conv": "conv2d_2",
    "rhythm128_norm": "batch_normalization_3",
    "rhythm64_conv": "conv2d_3",
    "rhythm64_norm": "batch_normalization_4",
    "rhythm32_conv": "conv2d_4",
    "rhythm32_norm": "batch_normalization_5",
    "middle1_conv": "conv2d_5",
    "middle1_norm": "batch_normalization_6",
    "middle2_conv": "conv2d_6",
    "middle2_norm": "batch_normalization_7",
    "middle3_conv": "conv2d_7",
    "middle3_norm": "batch_normalization_8",
    "pooled_norm": "batch_normalization_9",
    "dense": "dense",
    "penultimate": "batch_normalization_10",
    "taggram": "dense_1",
}
VGG_LAYERS = {
    "input_norm": "batch_normalization",
    **{f"block{i}_conv": f"{i}CNN" for i in range(1, 6)},
    **{f"block{i}_norm": f"batch_normalization_{i}" for i in range(1, 6)},
    "taggram": "dense",
}


@dataclass(frozen=True)
class Network:
    """What is known of a network before it is loaded.

    Attributes
    ----------
    original
        Its name in the package.
    embedding, size
        Name and length of its second output, the numbers from which it derives the tags.
    layers
        Name in the checkpoint of each layer that has weights.
    pools, strides
        Of the five blocks of a vgg: (frames, bands).
    """

    original: str
    tags: tuple[str, ...]
    embedding: str
    size: int
    layers: dict[str, str]
    pools: tuple[tuple[int, int], ...] = ()
    strides: tuple[tuple[int, int], ...] = ()


NETWORKS = {
    "msd_musicnn": Network("MSD_musicnn", MSD_TAGS, "penultimate", 200, MUSICNN_LAYERS),
    "mtt_musicnn": Network("MTT_musicnn", MTT_TAGS, "penultimate", 200, MUSICNN_LAYERS),
    "msd_vgg": Network("MSD_vgg", MSD_TAGS, "pool5", 256, VGG_LAYERS, MSD_POOLS, MSD_POOLS),
    "mtt_vgg": Network("MTT_vgg", MTT_TAGS, "pool5", 256, VGG_LAYERS, MTT_POOLS, MTT_STRIDES),
}


# Few, since the output of a layer for 4 exceeds 32 MB, the most that glibc keeps for the
# next call: more would be fetched from the system, and cleared, each time, a fifth of the time.
PATCHES_AT_ONCE = 2


@lru_cache(maxsize=len(NETWORKS))
def load(name: str, folder: Path = FOLDER) -> keras.Model:
    """A trained network; loaded once and shared, so a copy is what may be trained further.

    It maps ``log10(1 + 10000 * mel)`` [shape=(n, 187, 96)], mel being power in mel bands, to a
    dictionary: ``taggram``, the probability of each tag [shape=(n, 50)], and the network's
    embedding, ``penultimate`` [shape=(n, 200)] or ``pool5`` [shape=(n, 256)].

    Raises
    ------
    ArtifactsError
        If its file is missing or is not the one that was imported.
    """
    path = folder / f"{name}.keras"
    if not path.is_file():
        raise ArtifactsError(f"{path} is missing. {IMPORT_CURE}")
    if file_hash(path) != _stored_hashes(folder).get(path.name):
        raise ArtifactsError(f"{path} is not the file that was imported. {IMPORT_CURE}")
    import keras

    return keras.saving.load_model(path, compile=False, safe_mode=True)


def _stored_hashes(folder: Path) -> dict[str, str]:
    path = folder / "backbones.json"
    try:
        return json.loads(path.read_text())["files"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtifactsError(f"{path} is not readable ({error}). {IMPORT_CURE}") from error


def outputs(names: tuple[str, ...], patches: Array) -> Array:
    """Tags, then the embedding, of each network in turn.

    Parameters
    ----------
    patches : np.ndarray [shape=(n, 187, 96)]
        As `load` says.

    Returns
    -------
    np.ndarray [shape=(n, n_columns)]
    """
    parts = [
        np.asarray(_joined(names)(patches[i : i + PATCHES_AT_ONCE]))
        for i in range(0, len(patches), PATCHES_AT_ONCE)
    ]
    return np.concatenate(parts)


@lru_cache(maxsize=3)
def _joined(names: tuple[str, ...]) -> Callable[[Array], tf.Tensor]:
    """Networks as one graph, which is twice as fast as calling them one by one."""
    import tensorflow as tf

    networks = [(load(name), NETWORKS[name].embedding) for name in names]

    def joint(mel: tf.Tensor) -> tf.Tensor:
        outputs = [(network(mel, training=False), name) for network, name in networks]
        return tf.concat([part for out, name in outputs for part in (out["taggram"], out[name])], 1)

    return tf.function(joint, input_signature=[tf.TensorSpec((None, PATCH_FRAMES, MEL_BANDS))])


def tags(name: str, patches: Array) -> Array:
    """Probability of each of a network's tags in each patch [shape=(n, 50)]."""
    return outputs((name,), patches)[:, : len(NETWORKS[name].tags)]


def build(name: str) -> keras.Model:
    """A network with the layers of the one that `load` gives, not trained."""
    import keras

    network = NETWORKS[name]
    mel = keras.Input((PATCH_FRAMES, MEL_BANDS), name="mel")
    image = keras.layers.Reshape((PATCH_FRAMES, MEL_BANDS, 1), name="image")(mel)  # (n, 187, 96, 1)
    image = keras.layers.BatchNormalization(name="input_norm")(image)
    embedding = _vgg(image, network) if network.pools else _musicnn(image)
    kept = keras.layers.Dropout(0.5, name="dropout")(embedding)
    tags = keras.layers.Dense(len(network.tags), activation="sigmoid", name="taggram")(kept)
    return keras.Model(mel, {"taggram": tags, network.embedding: embedding}, name=name)


def _musicnn(image: Any) -> Any:
    """Filters for timbre and rhythm, three layers over time, and a summary of all of them."""
    from keras import layers

    front = layers.Concatenate(name="front")([*_timbre(image), *_rhythm(image)])  # (n, 187, 561)
    middles: list[Any] = []
    for name in MIDDLES:
        x = _block(middles[-1] if middles else front, name, layers.Conv1D, MIDDLE_FILTERS, 7)
        middles.append(layers.Add(name=name)([x, middles[-1]]) if middles else x)
    frames = layers.Concatenate(name="frames")([front, *middles])  # (n, 187, 753)
    pools = (layers.GlobalMaxPooling1D(name="max"), layers.GlobalAveragePooling1D(name="mean"))
    columns = [layers.Reshape((-1, 1), name=f"{p.name}_column")(p(frames)) for p in pools]
    x = layers.Flatten(name="pooled")(layers.Concatenate(name="both")(columns))  # (n, 1506)
    x = layers.BatchNormalization(name="pooled_norm")(x)
    x = layers.Dropout(0.5, name="pooled_dropout")(x)
    x = layers.Dense(NETWORKS["msd_musicnn"].size, activation="relu", name="dense")(x)
    return layers.BatchNormalization(name="penultimate")(x)


def _timbre(image: Any) -> list[Any]:
    """The maximum over frequency of filters that span many bands [shape=(n, 187, 204)]."""
    from keras import layers

    padded = layers.ZeroPadding2D(((3, 3), (0, 0)), name="padded")(image)
    timbres = []
    for name, bands in TIMBRE_BANDS.items():
        x = _block(padded, name, layers.Conv2D, TIMBRE_FILTERS, (7, bands), "valid")
        timbres.append(_strongest(x, name, (1, MEL_BANDS - bands + 1)))
    return timbres


def _rhythm(image: Any) -> list[Any]:
    """The maximum over frequency of filters that span many frames [shape=(n, 187, 51)]."""
    from keras import layers

    # TensorFlow reads several neighbours at once only along bands, and only without "same" padding.
    # With frames in their place such a filter is five to ten times as fast on a CPU.
    turned = layers.Permute((2, 1, 3), name="turned")(image)  # (n, 96, 187, 1)
    rhythms = []
    for name, frames in RHYTHM_FRAMES.items():
        around = ((0, 0), ((frames - 1) // 2, frames // 2))  # what "same" adds
        padded = layers.ZeroPadding2D(around, name=f"{name}_padded")(turned)
        x = _block(padded, name, layers.Conv2D, RHYTHM_FILTERS, (1, frames), "valid")
        rhythms.append(_strongest(x, name, (MEL_BANDS, 1)))
    return rhythms


def _strongest(x: Any, name: str, bands: tuple[int, int]) -> Any:
    """The maximum over all positions in frequency."""
    from keras import layers

    x = layers.MaxPooling2D(bands, name=f"{name}_max")(x)
    return layers.Reshape((PATCH_FRAMES, x.shape[3]), name=name)(x)


def _vgg(image: Any, network: Network) -> Any:
    """Five blocks of small filters and pooling."""
    from keras import layers

    x = image
    for i, (pool, strides) in enumerate(zip(network.pools, network.strides, strict=True), 1):
        x = _block(x, f"block{i}", layers.Conv2D, VGG_FILTERS, 3)
        x = layers.MaxPooling2D(pool, strides, name=f"block{i}_pool")(x)
    return layers.Flatten(name=network.embedding)(x)  # (n, 256)


def _block(
    x: Any, name: str, convolution: type[Any], filters: int, size: Any, padding: str = "same"
) -> Any:
    """Convolution, ReLU, batch norm: in that order, unlike most."""
    from keras import layers

    x = convolution(filters, size, padding=padding, activation="relu", name=f"{name}_conv")(x)
    return layers.BatchNormalization(name=f"{name}_norm")(x)
