"""Finished models and tables put together as the artifacts of a benchmark."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from pipeline.artifacts.manifest import (
    FeatureFacts,
    Manifest,
    ModelCard,
    ProtocolCard,
    PublishedResult,
    publish,
)
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.benchmark.experiment import NOTE
from pipeline.benchmark.provenance import commit, versions
from pipeline.benchmark.train import by_track
from pipeline.evaluation.temperature import temperatures
from pipeline.files import write_parquet
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.benchmark.plan import BenchmarkPlan
    from pipeline.datasets import Dataset, Table
    from pipeline.models import Model
    from pipeline.protocols import Protocol

SUMMARY, TABLES = "_summary", "_tables"  # beside the models, whose names begin with a letter


def publish_build(
    dataset: Dataset, plan: BenchmarkPlan, models: Sequence[Model], folder: Path, root: Path
) -> Path:
    """Publish what a build left in a folder; the previous artifacts are replaced at once.

    Returns
    -------
    Path
        ``root/<dataset>``
    """
    cards = {model.name: _model_card(model, plan, folder / model.name) for model in models}
    staged = _stage(plan, folder, cards, root / f".{dataset.name}.new")
    return publish(staged, _manifest(dataset, plan, cards), root)


def _model_card(model: Model, plan: BenchmarkPlan, folder: Path) -> ModelCard:
    note = json.loads((folder / NOTE).read_text())
    predictions = pd.read_parquet(folder / "predictions.parquet")
    counts = predictions["protocol"].value_counts()
    live = plan.live(model.input_features)
    return ModelCard(
        title=model.title,
        library=model.library,
        format=model.format,
        baseline=model.baseline,
        embeds=model.embed is not None,
        features=model.input_features,
        trained_on=model.features,
        file=f"models/{model.name}/{model.filename}" if live else "",
        params=note["params"],
        facts=note["facts"],
        temperatures=_temperatures(predictions, plan),
        n_predictions={str(protocol): int(n) for protocol, n in counts.items()},
        fit_seconds=note["fit_seconds"],
        clip_seconds=note["cost"]["seconds"],
        peak_bytes=note["cost"]["peak_bytes"],
        file_bytes=(folder / model.filename).stat().st_size,
        plugin=model.plugin,
    )


def _temperatures(predictions: pd.DataFrame, plan: BenchmarkPlan) -> list[float]:
    """What makes predictions under the headline protocol as confident as they are right."""
    table = predictions[predictions["protocol"] == plan.headline]
    genre = plan.tracks.set_index("track_id")["genre"].loc[table["track_id"]]
    true = pd.Categorical(genre, plan.classes).codes
    return temperatures(table[plan.classes].to_numpy(), true, table["windows"].to_numpy())


def _stage(plan: BenchmarkPlan, folder: Path, cards: dict[str, ModelCard], staged: Path) -> Path:
    """Collect everything but the manifest in one new folder."""
    shutil.rmtree(staged, ignore_errors=True)
    for name, card in cards.items():
        # A model whose features only their publisher computes can classify nothing.
        useless = () if card.file else ("model.*",)
        ignored = shutil.ignore_patterns(f"*{NOTE}", *useless)
        shutil.copytree(folder / name, staged / "models" / name, ignore=ignored)
    shutil.copytree(folder / SUMMARY, staged / "summary")
    shutil.copytree(folder / TABLES, staged, dirs_exist_ok=True)
    write_parquet(plan.tracks, staged / "tracks.parquet", ["track_id"])
    if plan.elsewhere:
        write_parquet(plan.elsewhere.tracks, staged / "elsewhere.parquet", ["track_id"])
    if tags := [t for t in (plan.table, plan.elsewhere) if t and _tagged(t)]:
        both = pd.concat([_tags(table) for table in tags])
        write_parquet(both, staged / "tags.parquet", ["track_id"])
    return staged


def _tagged(table: Table) -> str:
    """The feature set with most tags of pretrained networks; empty if none was computed here."""
    tags = {name: len(_tag_columns(name)) for name, rows in table.rows.items() if rows.levelled}
    best = max(tags, key=tags.__getitem__, default="")
    return best if tags.get(best) else ""


def _tag_columns(name: str) -> list[int]:
    columns = lookup("pipeline.features", "FEATURES", name).columns
    return [n for n, column in enumerate(columns) if column.family.endswith(" tags")]


def _tags(table: Table) -> pd.DataFrame:
    """Mean probability of each tag over the windows of each track."""
    name = _tagged(table)
    columns = lookup("pipeline.features", "FEATURES", name).names
    track, means = by_track(table.rows[name].track, table.rows[name].X)
    of = {columns[n]: means[:, n].astype(np.float16) for n in _tag_columns(name)}
    return pd.DataFrame({"track_id": table.tracks["track_id"].iloc[track].to_numpy()} | of)


def _manifest(dataset: Dataset, plan: BenchmarkPlan, cards: dict[str, ModelCard]) -> Manifest:
    return Manifest(
        benchmark=dataset.name,
        title=dataset.title,
        licence=dataset.licence,
        citation=dataset.citation,
        notes=[*dataset.notes, *plan.table.notes],
        classes=plan.classes,
        sample_rate=SAMPLE_RATE,
        live=all(plan.live(card.features) for card in cards.values()),
        features={name: _feature_set_facts(name, plan) for name in plan.examples},
        protocols={name: _protocol_card(p, plan) for name, p in plan.protocols.items()},
        models=cards,
        left_out=plan.left_out,
        versions=versions(),
        commit=commit(),
        published=[cast("PublishedResult", asdict(result)) for result in dataset.published],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _feature_set_facts(name: str, plan: BenchmarkPlan) -> FeatureFacts:
    features = lookup("pipeline.features", "FEATURES", name)
    return {
        "title": features.title,
        "version": features.version,
        "columns": features.names,
        "window_seconds": plan.table.rows[name].seconds,
    }


def _protocol_card(protocol: Protocol, plan: BenchmarkPlan) -> ProtocolCard:
    divided = (f[protocol.name] for f in plan.folds.values() if protocol.name in f)
    fold = next(divided, np.zeros(1))  # a second collection is tested at once
    return ProtocolCard(
        title=protocol.title,
        description=protocol.description,
        unit=protocol.unit,
        folds=len(np.unique(fold[fold >= 0])),
        strictness=protocol.strictness,
        role=protocol.role,
        shared=protocol.shared,
        unseen=protocol.unseen,
    )
