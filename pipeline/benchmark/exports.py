"""Networks exported for serving, of artifacts that were built without exports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.artifacts import model_files
from pipeline.artifacts.manifest import write_manifest
from pipeline.benchmark.cost import Job, measure
from pipeline.files import file_hash
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.manifest import ModelCard
    from pipeline.artifacts.reader import Artifacts


def export_networks(artifacts: Artifacts, progress: Progress = silent) -> list[Path]:
    """Export the networks of a benchmark, and measure again what serving its models costs.

    Returns
    -------
    list of Path
        What was written, the manifest last.

    Raises
    ------
    ArtifactsError
        If a network's file is not the one that the manifest describes.
    """
    folder, manifest = artifacts.folder, artifacts.manifest
    cards = {name: card for name, card in artifacts.models.items() if card.file}
    files = [card.file for card in cards.values()]
    networks = [file for file in files if model_files.served(file) != file]
    written = []
    for file in tracked(networks, "Export networks", len(networks), progress):
        artifacts.check_file(file)
        written.append(model_files.export(folder / file))
    costs = measure([_job(card, artifacts) for card in cards.values()])
    measured = tracked(costs, "Measure cost", len(cards), progress)
    models = {
        name: replace(card, clip_seconds=cost.seconds, peak_bytes=cost.peak_bytes)
        for (name, card), cost in zip(cards.items(), measured, strict=True)
    }
    hashes = {path.relative_to(folder).as_posix(): file_hash(path) for path in written}
    every = dict(sorted((manifest.files | hashes).items()))
    changed = replace(manifest, models=manifest.models | models, files=every)
    return [*written, write_manifest(changed, folder)]


def _job(card: ModelCard, artifacts: Artifacts) -> Job:
    """Where the model is, what it takes, and how long its windows are."""
    seconds = artifacts.manifest.features[card.trained_on]["window_seconds"]
    return Job(artifacts.folder / model_files.served(card.file), card.trained_on, seconds)
