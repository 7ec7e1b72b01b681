"""Commands for models that were trained elsewhere: what to predict, and predictions themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.artifacts import imported
from pipeline.artifacts.reader import open_benchmark
from pipeline.cli.output import DEFAULT_ROOT, Root, console, say
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.artifacts.imported import Imported
    from pipeline.artifacts.reader import Artifacts

Benchmark = Annotated[str, typer.Argument(help="Name of a benchmark, e.g. gtzan.")]
Protocol = Annotated[
    str | None, typer.Option("--protocol", "-p", help="Default: the strictest one.")
]


def export_split(
    benchmark: Benchmark,
    protocol: Protocol = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV or Parquet, by its ending; default: CSV, here."),
    ] = None,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Write the tracks of a protocol with genre, artist, title and fold, for a model elsewhere."""
    from pipeline.artifacts.splits import how_to_train, split
    from pipeline.extraction.export import write

    if output is not None and output.suffix not in (".csv", ".parquet"):
        raise PipelineError(f"--output {output} must end in .csv or .parquet.")
    opened = open_benchmark(benchmark, root, imports=False)
    protocol = protocol or opened.headline
    form = output.suffix.removeprefix(".") if output else "csv"
    write([split(opened, protocol)], form, output or sys.stdout)
    say(how_to_train(opened, protocol))


def import_predictions(
    benchmark: Benchmark,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet: track_id, a probability for each genre (or the genre, in a column"
            " predicted), and the fold."
        ),
    ],
    name: Annotated[str, typer.Option(help="Name of the model.")],
    protocol: Protocol = None,
    title: Annotated[
        str | None, typer.Option(help="What pages call it; default: its name.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what was imported under the same protocol.")
    ] = False,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Compare a model of yours by its predictions; pages mark it as not verified here."""
    from pipeline.artifacts.prediction_files import checked
    from pipeline.artifacts.prediction_tables import table_of

    opened = open_benchmark(benchmark, root, imports=False)
    protocol = protocol or opened.headline
    before = _before(opened, benchmark, name, protocol, replace)
    called = title or (before.title if before else name)
    new = checked(table_of(file), opened, protocol, called)
    folder = imported.keep(benchmark, name, imported.merged(before, new) if before else new)
    for sentence in _limits(new):
        say(sentence)
    console.print(f"Imported {len(new.predictions):,} predictions into {folder}", soft_wrap=True)


def remove_predictions(
    benchmark: Benchmark, name: Annotated[str, typer.Argument(help="Name of the model.")]
) -> None:
    """Delete predictions that were imported."""
    imported.remove(benchmark, name)
    console.print(f"Removed the predictions of {name}.", markup=False, soft_wrap=True)


def _before(
    opened: Artifacts, benchmark: str, name: str, protocol: str, replace: bool
) -> Imported | None:
    """What was imported under the name; an error if it would be lost, or cannot have the name."""
    if not imported.NAME.fullmatch(name):
        raise PipelineError(
            f"--name {name!r} cannot be a name. Use up to 60 letters, digits, points, - and _."
        )
    if name in opened.models:
        raise PipelineError(f"{benchmark} has a model called {name!r}. Choose another --name.")
    if name not in imported.names(benchmark):
        return None
    before = imported.read(benchmark, name, opened.classes, opened.tracks)
    if protocol in before.card.n_predictions and not replace:
        raise PipelineError(
            f"{name!r} has predictions under {protocol} already. Add --replace, or choose another"
            " --name."
        )
    return before


def _limits(new: Imported) -> list[str]:
    """What the file lacks, and what follows."""
    sentences = []
    if new.folds_unknown:
        sentences.append(
            "The file has no folds: they count as unknown, and the model has no part in tests of"
            " significance."
        )
    if new.genres_only:
        sentences.append(
            "The file has genres without probabilities: log loss, Brier score, calibration and top"
            " 2 and 3 are missing."
        )
    return sentences
