"""Stored models, asked about the recordings of another collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.evaluation.asked import Answers
from pipeline.inference import kept
from pipeline.inference.neighbours import twins
from pipeline.progress import Progress, silent, tracked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.predict import Analysis


def ask(
    files: Mapping[str, Path],
    models: Sequence[str],
    artifacts: Artifacts,
    cache: Path,
    jobs: int = -1,
    progress: Progress = silent,
) -> Answers:
    """What models of a benchmark say about recordings.

    Parameters
    ----------
    files
        By track id.
    cache, jobs
        As `pipeline.inference.kept` takes them: what is known already is not asked again.

    Raises
    ------
    ArtifactsError
        If a model does not exist or cannot classify recordings.
    """
    asked = kept.question(models, artifacts, cache)
    found = kept.analyses(files.values(), asked, artifacts, jobs)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in models}
    same, left_out = {}, {}
    followed = tracked(found, "Ask models", len(files), progress)
    for track_id, analysis in zip(files, followed, strict=True):
        if isinstance(analysis, str):
            left_out[track_id] = analysis
            continue
        for name in models:
            rows[name].append({"track_id": track_id} | _answer(analysis, name, artifacts))
        if twin := _same_sound(analysis, models, artifacts):
            same[track_id] = twin
    columns = ["track_id", "window", "windows", "fold", *artifacts.classes]
    tables = {name: pd.DataFrame(some, columns=columns) for name, some in rows.items()}
    return Answers(artifacts.classes, tables, same, left_out)


def _answer(analysis: Analysis, model: str, artifacts: Artifacts) -> dict[str, Any]:
    windows = analysis.predictions[model][artifacts.classes]
    mean = {str(genre): share for genre, share in windows.mean().items()}
    return {"window": -1, "windows": len(windows), "fold": 0, **mean}


def _same_sound(analysis: Analysis, models: Sequence[str], artifacts: Artifacts) -> str:
    """The track of the benchmark that sounds the same, if one does; empty if none."""
    found = (twins(artifacts, name, analysis.embeddings[name][None])[0] for name in models)
    return next(filter(None, found), "")
