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

from pipeline.backbones.networks import FOLDER, MSD_TAGS, MTT_TAGS, NETWORKS, Network, build
from pipeline.errors import PipelineError
from pipeline.files import file_hash
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    import keras

    from pipeline.progress import Progress

REQUIREMENT = "musicnn==0.1.0"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
LICENCE = "musicnn-0.1.0.dist-info/LICENSE.md"
SOURCE = "https://pypi.org/project/musicnn/0.1.0/"
TAG_LISTS = {"MSD_LABELS": MSD_TAGS, "MTT_LABELS": MTT_TAGS}  # by their name in the package


def import_musicnn(
    folder: Path = FOLDER, progress: Progress = silent, wheel: Path | None = None
) -> list[Path]:
    """Take the four networks out of the package's wheel and write them as Keras files.

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
        f"of {REQUIREMENT}\n({SOURCE}), in this format by pipeline/backbones.\n"
        "They come under musicnn's licence (ISC), which follows."
    )


def _write(path: Path, text: str) -> Path:
    passing = path.with_name(f".{path.name}")
    passing.write_text(text, encoding="utf-8")
    return passing.replace(path)
