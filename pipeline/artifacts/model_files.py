"""Model files. The suffix names the library that reads them; none of the formats can run code.

A network has two: one that Keras loads, and an export, which is what serves.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from zipfile import ZIP_BZIP2

from pipeline import exported
from pipeline.errors import ArtifactsError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models import Classifier
    from pipeline.models.common.keras_classifier import KerasClassifier

SERVED = {".keras": ".onnx"}  # suffixes of files that have an export, and of that

# Types beyond skops' own list that a .skops file of ours may hold, each reviewed: they hold arrays
# and run nothing when made; a `Booster` is read from XGBoost's own format. A damaged `Tree` or
# `Booster` could crash the process, so files are loaded only after `pipeline.artifacts` compared
# their hash with the manifest's.
TRUSTED = [
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.tree._tree.Tree",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
]


def save(classifier: Classifier, path: Path) -> None:
    """Write a trained classifier in the format that the path's suffix names, networks in both."""
    match path.suffix:
        case ".skops":
            from skops.io import dump

            # It makes a forest six times smaller. LZMA gains 5 % more there, in six times the time.
            dump(classifier, path, compression=ZIP_BZIP2)
        case ".keras":
            classifier.network.save(path)  # type: ignore[attr-defined]
            export(path)
        case _:
            raise _unknown(path)


def packed(classifier: Classifier) -> bytes:
    """A .skops file of a classifier of scikit-learn, made in memory.

    Raises
    ------
    ArtifactsError
        If it holds a type that is not on the reviewed list.
    """
    from skops.io import dumps, get_untrusted_types

    data: bytes = dumps(classifier, compression=ZIP_BZIP2)
    if strange := set(get_untrusted_types(data=data)) - set(TRUSTED):
        raise ArtifactsError(f"The model holds {', '.join(sorted(strange))}, not a trusted type.")
    return data


def served(file: str) -> str:
    """The file that serves a model: a network's export, or the model's only file."""
    path = PurePosixPath(file)
    return str(path.with_suffix(SERVED.get(path.suffix, path.suffix)))


def export(path: Path) -> Path:
    """Write a network's export beside its file, without pretrained networks in front of it."""
    return exported.write(_load_keras(path).head().outputs(), path.with_name(served(path.name)))


def load(path: Path) -> Classifier:
    """Read a trained classifier.

    Raises
    ------
    ArtifactsError
        If the suffix is unknown or a .skops file holds a type that is not on the reviewed list.
    """
    match path.suffix:
        case ".skops":
            return _load_skops(path)
        case ".keras":
            return _load_keras(path)
        case ".onnx":
            from pipeline.models.common.exported_network import ExportedNetwork

            return ExportedNetwork(path)
        case _:
            raise _unknown(path)


def _load_keras(path: Path) -> KerasClassifier:
    import keras

    from pipeline.models.common.keras_classifier import KerasClassifier

    return KerasClassifier(keras.saving.load_model(path, compile=False, safe_mode=True))


def foreign_types(path: Path) -> set[str]:
    """Types in a .skops file that are not on the reviewed list; other formats hold none."""
    if path.suffix != ".skops":
        return set()
    from skops.io import get_untrusted_types

    return set(get_untrusted_types(file=path)) - set(TRUSTED)


def _load_skops(path: Path) -> Classifier:
    from skops.io import load

    if strange := foreign_types(path):
        raise ArtifactsError(
            f"{path} holds {', '.join(sorted(strange))}, which is not on the list of trusted types."
            " Build the artifacts again; if the type is a new model's, review it and add it to"
            " pipeline/artifacts/model_files.py."
        )
    return load(path, trusted=TRUSTED)


def _unknown(path: Path) -> ArtifactsError:
    return ArtifactsError(f"{path} is no model file: its suffix must be .skops, .keras or .onnx.")
