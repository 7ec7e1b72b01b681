"""The pretrained networks in Keras 3: their layers, and their trained numbers.

Two faults of the package musicnn are not repeated: its code builds MSD_vgg with the pooling of
MTT_vgg, and its mel spectrogram overflows in half precision.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.backbones.networks import FOLDER, MEL_BANDS, NETWORKS, PATCH_FRAMES, checked_file

if TYPE_CHECKING:
    from pathlib import Path

    import keras

MIDDLES = ("middle1", "middle2", "middle3")
TIMBRE_FILTERS, RHYTHM_FILTERS, MIDDLE_FILTERS, VGG_FILTERS = 204, 51, 64, 128
TIMBRE_BANDS = {"timbre38": 38, "timbre67": 67}  # by layer: how many mel bands a filter spans
RHYTHM_FRAMES = {"rhythm128": 128, "rhythm64": 64, "rhythm32": 32}  # how many frames
# Of the five blocks of a vgg: size and strides of its pooling, in (frames, bands).
POOLS = {
    "msd_vgg": [((4, 1), (4, 1)), ((1, 4), (1, 4)), *[((2, 2), (2, 2))] * 2, ((4, 4), (4, 4))],
    "mtt_vgg": [((4, 1), (2, 2)), *[((2, 2), (2, 2))] * 3, ((4, 4), (4, 4))],
}


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
    path = checked_file(f"{name}.keras", folder)
    import keras

    return keras.saving.load_model(path, compile=False, safe_mode=True)


def build(name: str) -> keras.Model:
    """A network with the layers of the one that `load` gives, not trained."""
    import keras

    network = NETWORKS[name]
    mel = keras.Input((PATCH_FRAMES, MEL_BANDS), name="mel")
    image = keras.layers.Reshape((PATCH_FRAMES, MEL_BANDS, 1), name="image")(mel)  # (n, 187, 96, 1)
    image = keras.layers.BatchNormalization(name="input_norm")(image)
    embedding = _vgg(image, name) if name in POOLS else _musicnn(image)
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


def _vgg(image: Any, name: str) -> Any:
    """Five blocks of small filters and pooling."""
    from keras import layers

    x = image
    for i, (pool, strides) in enumerate(POOLS[name], 1):
        x = _block(x, f"block{i}", layers.Conv2D, VGG_FILTERS, 3)
        x = layers.MaxPooling2D(pool, strides, name=f"block{i}_pool")(x)
    return layers.Flatten(name=NETWORKS[name].embedding)(x)  # (n, 256)


def _block(
    x: Any, name: str, convolution: type[Any], filters: int, size: Any, padding: str = "same"
) -> Any:
    """Convolution, ReLU, batch norm: in that order, unlike most."""
    from keras import layers

    x = convolution(filters, size, padding=padding, activation="relu", name=f"{name}_conv")(x)
    return layers.BatchNormalization(name=f"{name}_norm")(x)
