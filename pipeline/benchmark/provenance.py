"""What a result came from: data, code, versions and commit."""

from __future__ import annotations

import platform
import subprocess
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.code_hash import code_hash
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from pipeline.benchmark.experiment import Experiment

PACKAGES = (
    "numpy",
    "scipy",
    "librosa",
    "av",
    "soxr",
    "scikit-learn",
    "skops",
    "xgboost",
    "tensorflow",
    "keras",
)


def experiment_key(experiment: Experiment) -> str:
    """Hash that changes whenever the result would: data, folds, parameters, versions or code."""
    model, examples = experiment.model, experiment.examples
    names = lookup("pipeline.features", "FEATURES", model.features).names
    facts = (
        (model.name, model.plugin, model.grid, model.max_gap, experiment.live, names),
        (experiment.classes, experiment.units, experiment.track_ids, list(experiment.distorted)),
        (experiment.elsewhere_ids, experiment.elsewhere_protocol),
        (experiment.headline, experiment.robustness_protocol, versions()),
        code_hash("pipeline.benchmark.experiment", model.fit.__module__),
    )
    arrays: list[npt.NDArray[Any]] = [
        *(examples.X, examples.y, examples.track, examples.artist, experiment.inputs.X),
        *experiment.folds.values(),
        *(windows.X for windows in experiment.distorted.values()),
        *([experiment.elsewhere.X, experiment.elsewhere.track] if experiment.elsewhere else ()),
    ]
    return key_of(facts, arrays)


def key_of(facts: object, arrays: Iterable[npt.NDArray[Any]]) -> str:
    """Hash of facts and arrays."""
    digest = sha256(repr(facts).encode())
    for array in arrays:
        digest.update(array.tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of everything that numbers depend on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    """Version of a package, also where its CPU-only wheel goes by another name."""
    try:
        return version(package)
    except PackageNotFoundError:
        return version(f"{package}-cpu")


def commit() -> str:
    """The commit that the code stands at, + if it was changed since; empty outside a checkout."""
    found = _git("rev-parse", "HEAD")
    return found + "+" if found and _git("status", "--porcelain", "--", ".") else found


def _git(*words: str) -> str:
    package = Path(__file__).parents[1]
    run = subprocess.run(["git", *words], cwd=package, capture_output=True, text=True, check=False)  # noqa: S603, S607 - fixed words
    return run.stdout.strip()
