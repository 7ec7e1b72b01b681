"""Commands that make artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.artifacts.reader import Artifacts, available, open_benchmark
from pipeline.cli.output import (
    DEFAULT_CACHE,
    DEFAULT_ROOT,
    Cache,
    Cluster,
    Plugins,
    Root,
    console,
    errors,
    shown_progress,
)
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Model


def build(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset, e.g. gtzan.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the dataset.")] = None,
    elsewhere: Annotated[
        Path | None,
        typer.Option(help="Folder of a second collection to be asked about: genres or tracks.csv."),
    ] = None,
    plugin: Plugins = None,
    root: Root = DEFAULT_ROOT,
    cache: Cache = DEFAULT_CACHE,
    cluster: Cluster = None,
) -> None:
    """Extract features, train and score all models; can be interrupted and resumed."""
    from pipeline.benchmark import build as benchmark
    from pipeline.benchmark.plugins import load_plugins
    from pipeline.extraction.cluster import on

    found = lookup("pipeline.datasets", "DATASET", dataset)
    plugins = load_plugins(plugin or ())
    for name in _vanishing(found.name, root, plugins):
        errors.print(f"{name} came from a --plugin. Without it, the new artifacts lack the model.")
    data, elsewhere = (path and path.absolute() for path in (data, elsewhere))
    music = [path for path in (data, elsewhere) if path]
    with on(cluster, cache, music), shown_progress() as progress:
        folder = benchmark.build(found, data, root, cache, progress, elsewhere, plugins=plugins)
    for track, reason in Artifacts(folder).manifest.left_out.items():
        errors.print(f"left out {track}: {reason}", markup=False, soft_wrap=True)
    console.print(f"Built {folder}", markup=False, soft_wrap=True)


def _vanishing(benchmark: str, root: Path, plugins: Sequence[Model]) -> list[str]:
    """Models of plugins that are in the artifacts, and would not be in new ones."""
    if benchmark not in available(root):
        return []
    given = {model.name for model in plugins}
    models = open_benchmark(benchmark, root, imports=False).models
    return [name for name, card in models.items() if card.plugin and name not in given]


def export(
    names: Annotated[
        list[str] | None, typer.Argument(help="Benchmarks; default: all that are built.")
    ] = None,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Export the networks of artifacts that were built before networks were exported."""
    from pipeline.benchmark.exports import export_networks

    for name in names or available(root):
        with shown_progress() as progress:
            written = export_networks(open_benchmark(name, root), progress)
        for path in written:
            console.print(str(path), markup=False, soft_wrap=True)


def import_musicnn(
    wheel: Annotated[
        Path | None, typer.Option(help="Wheel of musicnn 0.1.0; default: pip downloads it.")
    ] = None,
) -> None:
    """Take the four pretrained networks out of the package musicnn."""
    from pipeline.backbones.import_musicnn import import_musicnn as run

    with shown_progress() as progress:
        written = run(progress=progress, wheel=wheel)
    for path in written:
        console.print(str(path), markup=False, soft_wrap=True)
