"""Whether artifacts are whole, and fit the code that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.artifacts import intact
from pipeline.artifacts.reader import Artifacts
from pipeline.errors import ArtifactsError, PipelineError
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from pipeline.features import FeatureSet

    Check = tuple[Callable[[Artifacts, str], object], str]

ROUNDING = 5e-4  # by which a sum of probabilities, stored with 12 bits, may miss 1


def problems(artifacts: Artifacts) -> list[str]:
    """What is wrong with files, feature sets, tables, models and imports; empty if nothing.

    What depends on a file that is not the right one is not looked at.
    """
    own = next(filter(None, (_failures(artifacts, checks) for checks in _checks(artifacts))), [])
    return [*own, *_unsealed(artifacts), *artifacts.broken.values()]


def seal(artifacts: Artifacts) -> bool:
    """Write down the hash of a manifest that has none; only where nothing else is wrong.

    Returns
    -------
    bool
        Whether it was written now.
    """
    unsealed = _unsealed(artifacts)
    if not unsealed or problems(artifacts) != unsealed:
        return False
    intact.seal(artifacts.folder)
    return True


def _unsealed(artifacts: Artifacts) -> list[str]:
    """A sentence if a changed manifest would not be noticed."""
    if intact.is_sealed(artifacts.folder):
        return []
    name = artifacts.folder.name
    return [
        f"{artifacts.folder} was built before manifests had a hash. If it is as you know it, write"
        f" the hash: python -m pipeline verify {name} --seal"
    ]


def changed_files(artifacts: Artifacts) -> list[str]:
    """Files that are missing or not as the manifest describes, a sentence each."""
    return _failures(artifacts, [(Artifacts.check_file, name) for name in artifacts.manifest.files])


def _checks(artifacts: Artifacts) -> Iterator[list[Check]]:
    yield [(Artifacts.check_file, name) for name in artifacts.manifest.files]
    yield [(Artifacts.check_features, name) for name in artifacts.manifest.features]
    with_file = [name for name, card in artifacts.models.items() if card.file]
    yield [
        *((_check_predictions, name) for name in artifacts.models),
        *((_check_classifier, name) for name in with_file),
    ]


def _failures(artifacts: Artifacts, checks: Iterable[Check]) -> list[str]:
    found = []
    for check, name in checks:
        try:
            check(artifacts, name)
        except PipelineError as error:
            found.append(str(error))
    return found


def _check_predictions(artifacts: Artifacts, model: str) -> None:
    for protocol in artifacts.manifest.protocols:
        table = artifacts.predictions(model, protocol)
        off = (table[artifacts.classes].sum(axis=1) - 1).abs().max() > ROUNDING
        negative = (table[artifacts.classes] < 0).any(axis=None)
        if off or negative or not _are_due(artifacts, table, model, protocol):
            raise ArtifactsError(
                f"{model}: the predictions under {protocol} are not one row of probabilities "
                f"for each track that is due. {artifacts.cure}"
            )


def _are_due(artifacts: Artifacts, table: pd.DataFrame, model: str, protocol: str) -> bool:
    """Whether the tracks of a protocol are there, each once, and no other."""
    tracks = artifacts.tested_tracks(protocol)
    fold, ids = tracks.get(f"fold_{protocol}"), tracks["track_id"]
    due = ids if fold is None else ids[fold >= 0]
    return (
        len(table) == artifacts.model(model).n_predictions.get(protocol, 0)
        and not table.duplicated(["track_id", "window"]).any()
        and bool(table["track_id"].isin(due).all())
    )


def _check_classifier(artifacts: Artifacts, model: str) -> None:
    import numpy as np

    card = artifacts.model(model)
    features: FeatureSet = lookup("pipeline.features", "FEATURES", card.features)
    one = np.zeros((1, *features.shape), dtype=np.float32)
    shape = artifacts.classifier(model).predict_proba(one).shape
    if shape != (1, len(artifacts.classes)):
        raise ArtifactsError(
            f"{card.file} gives an array of shape {shape} for one window. {artifacts.cure}"
        )
