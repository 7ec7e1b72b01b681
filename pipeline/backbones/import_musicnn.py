"""Take the trained networks out of the wheel of the package musicnn."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZipFile

from pipeline.backbones.keras_networks import POOLS, build
from pipeline.backbones.networks import FOLDER, MSD_TAGS, MTT_TAGS, NETWORKS
from pipeline.errors import PipelineError
from pipeline.exported import write
from pipeline.files import atomic, file_hash
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from pipeline.progress import Progress

REQUIREMENT = "musicnn==0.1.0"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
LICENCE = "musicnn-0.1.0.dist-info/LICENSE.md"
SOURCE = "https://pypi.org/project/musicnn/0.1.0/"
TAG_LISTS = {"MSD_LABELS": MSD_TAGS, "MTT_LABELS": MTT_TAGS}  # by their name in the package

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
LAYERS = {name: VGG_LAYERS if name in POOLS else MUSICNN_LAYERS for name in NETWORKS}


def import_musicnn(
    folder: Path = FOLDER, progress: Progress = silent, wheel: Path | None = None
) -> list[Path]:
    """Take the four networks out of the package's wheel, write them, and export them for serving.

    Parameters
    ----------
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
        steps = tracked(NETWORKS, "Import networks", len(NETWORKS), progress)
        written = [_convert(name, unpacked / "musicnn", folder) for name in steps]
        licence = (unpacked / LICENCE).read_text().strip()
    _write(folder / "LICENSE", f"{_heading(written)}\n\n{licence}\n")
    return [*written, *export(written)]


def export(networks: Sequence[Path]) -> list[Path]:
    """Export imported networks for serving, beside their files, and note the hashes of all."""
    import keras

    from pipeline.backbones.folding import folded

    folder = networks[0].parent
    exported = [
        write(folded(keras.saving.load_model(path, compile=False)), path.with_suffix(".onnx"))
        for path in networks
    ]
    facts = {
        "source": SOURCE,
        "requirement": REQUIREMENT,
        "wheel": WHEEL_SHA256,
        "files": {path.name: file_hash(path) for path in [*networks, *exported]},
    }
    _write(folder / "backbones.json", json.dumps(facts, indent=1) + "\n")
    return exported


def _download(folder: Path) -> Path:
    """Have pip download the wheel, without installing it or its dependencies."""
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
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
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
                f"{name} in the package is not the list in pipeline/backbones/networks.py. Use the "
                f"wheel of {REQUIREMENT}."
            )


def _convert(name: str, package: Path, folder: Path) -> Path:
    """Write one network."""
    model = build(name)
    _fill(model, LAYERS[name], package / NETWORKS[name].original)
    path = folder / f"{name}.keras"
    with atomic(path) as passing:
        model.save(passing)
    return path


def _fill(model: keras.Model, layers: dict[str, str], checkpoint: Path) -> None:
    """Copy the trained numbers into the layers; each of the checkpoint must find its place."""
    import tensorflow as tf

    # The files are called ".index" and ".data-…": their prefix is the folder and a slash.
    reader = tf.compat.v1.train.NewCheckpointReader(f"{checkpoint}/")
    used = set()
    for layer, stored in layers.items():
        for weight in model.get_layer(layer).weights:
            value = reader.get_tensor(f"{stored}/{weight.name}")
            # Convolutions over time alone are stored as 2-D, with an axis of length 1 elsewhere.
            weight.assign(value.reshape(weight.shape))
            used.add(f"{stored}/{weight.name}")
    # The optimiser's memory is not part of the network.
    due = {n for n in reader.get_variable_to_shape_map() if "Adam" not in n and "_power" not in n}
    if used != due or len(used) != len(model.weights):
        raise PipelineError(
            f"{checkpoint.name} holds numbers without a place in the network: "
            f"{', '.join(sorted(used ^ due)) or 'too few'}. Use the wheel of {REQUIREMENT}."
        )


def _heading(written: list[Path]) -> str:
    names = ", ".join(path.name for path in written)
    return (
        f"The weights in {names}\nwere trained by the authors of musicnn and taken from the wheel "
        f"of {REQUIREMENT}\n({SOURCE}), in this format by pipeline/backbones.\n"
        "They come under musicnn's licence (ISC), which follows."
    )


def _write(path: Path, text: str) -> None:
    with atomic(path) as passing:
        passing.write_text(text, encoding="utf-8")
