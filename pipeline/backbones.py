"""Four pretrained music taggers: the networks of the package musicnn, rebuilt in Keras 3.

The package itself does not run on today's TensorFlow. `import_musicnn` takes the trained numbers
out of its wheel; `load` gives a network. What the networks name are the 50 most frequent tags of
the Million Song Dataset (MSD) and of MagnaTagATune (MTT).

Two faults of the package are not repeated: its code builds MSD_vgg with the pooling of MTT_vgg, and
its mel spectrogram overflows in half precision.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from pipeline.artifacts import file_hash
from pipeline.errors import ArtifactsError, PipelineError

if TYPE_CHECKING:
    import keras

    from pipeline.build import Watch

FOLDER = Path(__file__).parents[1] / "artifacts" / "backbones"
REQUIREMENT = "musicnn==0.1.0"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
LICENCE = "musicnn-0.1.0.dist-info/LICENSE.md"
SOURCE = "https://pypi.org/project/musicnn/0.1.0/"
CURE = "Import the networks again: python -m pipeline import-musicnn"

FRAMES, BANDS = 187, 96  # of a patch: 3 s
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
TAG_LISTS = {"MSD_LABELS": MSD_TAGS, "MTT_LABELS": MTT_TAGS}  # by their name in the package

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
        raise ArtifactsError(f"{path} is missing. {CURE}")
    if file_hash(path) != _stored_hashes(folder).get(path.name):
        raise ArtifactsError(f"{path} is not the file that was imported. {CURE}")
    import keras

    return keras.saving.load_model(path, compile=False, safe_mode=True)


def _stored_hashes(folder: Path) -> dict[str, str]:
    path = folder / "backbones.json"
    try:
        return json.loads(path.read_text())["files"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtifactsError(f"{path} is not readable ({error}). {CURE}") from error


def import_musicnn(
    folder: Path = FOLDER, watch: Watch[str] | None = None, wheel: Path | None = None
) -> list[Path]:
    """Take the four networks out of the package's wheel and write them as Keras files.

    Parameters
    ----------
    watch
        ``watch(steps, description, total)`` shows progress.
    wheel
        The package's wheel; without it pip downloads one.

    Returns
    -------
    list of Path
        What was written. ``backbones.json`` comes last, so it describes complete files.

    Raises
    ------
    PipelineError
        If the wheel cannot be had or is not the expected one.
    """
    with TemporaryDirectory() as temporary:
        unpacked = _unpack(wheel or _download(Path(temporary)), Path(temporary))
        _check_tags(unpacked / "musicnn" / "configuration.py")
        folder.mkdir(parents=True, exist_ok=True)
        steps = watch(NETWORKS, "Import networks", len(NETWORKS)) if watch else NETWORKS
        written = [_convert(name, unpacked / "musicnn", folder) for name in steps]
        licence = (unpacked / LICENCE).read_text().strip()
    facts = {
        "source": SOURCE,
        "requirement": REQUIREMENT,
        "wheel": WHEEL_SHA256,
        "files": {path.name: file_hash(path) for path in written},
    }
    return [
        *written,
        _write(folder / "LICENSE", f"{_heading(written)}\n\n{licence}\n"),
        _write(folder / "backbones.json", json.dumps(facts, indent=1) + "\n"),
    ]


def _download(folder: Path) -> Path:
    """Have pip download the wheel, without installing it or what it asks for."""
    if find_spec("pip") is None:
        raise PipelineError(
            f"{sys.executable} has no pip, which downloads {REQUIREMENT}. Install it: "
            f"{sys.executable} -m ensurepip; or name a wheel: --wheel FILE"
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", REQUIREMENT, "-d", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    found = list(folder.glob("*.whl"))
    if run.returncode or not found:
        last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PipelineError(
            f"pip could not download {REQUIREMENT}: {last}. Check the network, or name a wheel that"
            " is already here: --wheel FILE"
        )
    return found[0]


def _unpack(wheel: Path, folder: Path) -> Path:
    """Unzip the wheel, after its hash was checked."""
    if not wheel.is_file():
        raise PipelineError(f"{wheel} is not a file. Name the wheel of {REQUIREMENT}.")
    found = file_hash(wheel)
    if found != WHEEL_SHA256:
        raise PipelineError(
            f"{wheel} is not the wheel of {REQUIREMENT}: its SHA-256 is {found}, not "
            f"{WHEEL_SHA256}. Download it from {SOURCE}"
        )
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "wheel")
    return folder / "wheel"


def _check_tags(configuration: Path) -> None:
    """Compare the package's lists of tags with ours, without running its code."""
    found = {
        ast.unparse(node.targets[0]): node.value
        for node in ast.parse(configuration.read_text()).body
        if isinstance(node, ast.Assign)
    }
    for name, tags in TAG_LISTS.items():
        if name not in found or tuple(ast.literal_eval(found[name])) != tags:
            raise PipelineError(
                f"{name} in the package is not the list in pipeline/backbones.py. Use the wheel of "
                f"{REQUIREMENT}."
            )


def _convert(name: str, package: Path, folder: Path) -> Path:
    """Write one network; under a passing name first, so a killed run leaves no half file."""
    network = NETWORKS[name]
    model = build(name)
    _fill(model, network, package / network.original)
    path, passing = folder / f"{name}.keras", folder / f".{name}.keras"
    model.save(passing)
    return passing.replace(path)


def _fill(model: keras.Model, network: Network, checkpoint: Path) -> None:
    """Copy the trained numbers into the layers; each of the checkpoint must find its place."""
    import tensorflow as tf

    # The files are called ".index" and ".data-…": their prefix is the folder and a slash.
    reader = tf.compat.v1.train.NewCheckpointReader(f"{checkpoint}/")
    used = set()
    for layer, stored in network.layers.items():
        for weight in model.get_layer(layer).weights:
            value = reader.get_tensor(f"{stored}/{weight.name}")
            # Convolutions over time alone are stored as 2-D, with an axis of length 1 elsewhere.
            weight.assign(value.reshape(weight.shape))
            used.add(f"{stored}/{weight.name}")
    # The optimiser's memory is not part of the network.
    due = {n for n in reader.get_variable_to_shape_map() if "Adam" not in n and "_power" not in n}
    if used != due or len(used) != len(model.weights):
        raise PipelineError(
            f"{network.original} holds numbers without a place in the network: "
            f"{', '.join(sorted(used ^ due)) or 'too few'}. Use the wheel of {REQUIREMENT}."
        )


def _heading(written: list[Path]) -> str:
    names = ", ".join(path.name for path in written)
    return (
        f"The weights in {names}\nwere trained by the authors of musicnn and taken from the wheel "
        f"of {REQUIREMENT}\n({SOURCE}), in this format by pipeline/backbones.py.\n"
        "They come under musicnn's licence (ISC), which follows."
    )


def _write(path: Path, text: str) -> Path:
    passing = path.with_name(f".{path.name}")
    passing.write_text(text, encoding="utf-8")
    return passing.replace(path)


def build(name: str) -> keras.Model:
    """A network with the layers of the one that `load` gives, not trained."""
    import keras

    network = NETWORKS[name]
    mel = keras.Input((FRAMES, BANDS), name="mel")
    image = keras.layers.Reshape((FRAMES, BANDS, 1), name="image")(mel)  # (n, 187, 96, 1)
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
    """The strongest answer over frequency of filters that span many bands [shape=(n, 187, 204)]."""
    from keras import layers

    padded = layers.ZeroPadding2D(((3, 3), (0, 0)), name="padded")(image)
    timbres = []
    for name, bands in TIMBRE_BANDS.items():
        x = _block(padded, name, layers.Conv2D, TIMBRE_FILTERS, (7, bands), "valid")
        timbres.append(_strongest(x, name, (1, BANDS - bands + 1)))
    return timbres


def _rhythm(image: Any) -> list[Any]:
    """The strongest answer over frequency of filters that span many frames [shape=(n, 187, 51)]."""
    from keras import layers

    # TensorFlow reads several neighbours at once only along bands, and only without "same" padding.
    # With frames in their place such a filter is five to ten times as fast on a CPU.
    turned = layers.Permute((2, 1, 3), name="turned")(image)  # (n, 96, 187, 1)
    rhythms = []
    for name, frames in RHYTHM_FRAMES.items():
        around = ((0, 0), ((frames - 1) // 2, frames // 2))  # what "same" adds
        padded = layers.ZeroPadding2D(around, name=f"{name}_padded")(turned)
        x = _block(padded, name, layers.Conv2D, RHYTHM_FILTERS, (1, frames), "valid")
        rhythms.append(_strongest(x, name, (BANDS, 1)))
    return rhythms


def _strongest(x: Any, name: str, bands: tuple[int, int]) -> Any:
    """The maximum over all positions in frequency."""
    from keras import layers

    x = layers.MaxPooling2D(bands, name=f"{name}_max")(x)
    return layers.Reshape((FRAMES, x.shape[3]), name=name)(x)


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
