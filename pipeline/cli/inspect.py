"""Commands that list what there is and verify it."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from pipeline.artifacts import verify as verifying
from pipeline.artifacts.reader import available, open_benchmark
from pipeline.cli.output import (
    ALL,
    DEFAULT_ROOT,
    AsFormat,
    Format,
    Root,
    console,
    say,
    write_rows,
)
from pipeline.errors import ArtifactsError, PipelineError
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator

REGISTRIES = {
    "datasets": "DATASET",
    "features": "FEATURES",
    "models": "MODEL",
    "protocols": "PROTOCOL",
}
BOARD = (
    "protocol",
    "model",
    "n",
    "accuracy",
    "low",
    "high",
    "macro_f1",
    "best_genre",
    "worst_genre",
)


def list_(root: Root = DEFAULT_ROOT) -> None:
    """List datasets, feature sets, models, protocols and the benchmarks that have been built."""
    table = Table("kind", "name", "title", box=None)
    for folder, constant in REGISTRIES.items():
        for member in discover(f"pipeline.{folder}", constant).values():
            table.add_row(folder, member.name, member.title)
    for name in available(root):
        for row in _listed(name, root):
            table.add_row(*row)
    console.print(table)


def _listed(name: str, root: Path) -> Iterator[tuple[str, str, str]]:
    """A benchmark and its imports; of what is damaged, what is wrong."""
    try:
        opened = open_benchmark(name, root)
    except ArtifactsError as error:
        yield "artifacts", name, str(error)
        return
    yield "artifacts", name, opened.manifest.title
    titles = {model: opened.titles[model] for model in opened.unverified} | dict(opened.broken)
    for model, title in sorted(titles.items()):
        yield "predictions", f"{name}/{model}", title


def columns(
    name: Annotated[str, typer.Argument(help="Name of a feature set, e.g. timbre.")],
    form: AsFormat = Format.table,
) -> None:
    """Say what each number of a feature set is: meaning, unit, range (empty: open), family."""
    features = lookup("pipeline.features", "FEATURES", name)
    write_rows(
        (
            {k: None if v in (-inf, inf) else v for k, v in asdict(c).items()}
            for c in features.columns
        ),
        form,
    )


def verify(
    benchmarks: Annotated[
        list[str] | None, typer.Argument(help="Default: all that are built.")
    ] = None,
    seal: Annotated[
        bool, typer.Option("--seal", help="Write the hash of manifests of earlier versions.")
    ] = False,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Check hashes, schema, classes, versions and models; exit code 1 if anything is wrong."""
    names = benchmarks or available(root)
    if not names:
        raise ArtifactsError(
            f"Nothing is built in {root}. Build something: python -m pipeline build"
        )
    problems = 0
    for name in names:
        try:
            opened = open_benchmark(name, root)
            if seal and verifying.seal(opened):
                console.print(f"Sealed {opened.folder}", markup=False, soft_wrap=True)
            found = verifying.problems(opened)
        except ArtifactsError as error:
            if name not in available(root):
                raise
            found = [str(error)]
        console.print(f"{name}: {'all right' if not found else f'{len(found)} problems'}")
        for problem in found:
            console.print(f"  {problem}", markup=False, soft_wrap=True)
        problems += len(found)
    raise typer.Exit(1 if problems else 0)


def scores(
    benchmark: Annotated[str, typer.Argument(help="Name of a benchmark.")] = "gtzan",
    protocol: Annotated[str, typer.Option("--protocol", "-p", help="Default: all.")] = ALL,
    form: AsFormat = Format.table,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Print the leaderboard: accuracy with its 95 % interval over artists, and macro-F1."""
    from pipeline.evaluation.leaderboard import leaderboard

    opened = open_benchmark(benchmark, root)
    for sentence in opened.broken.values():
        say(sentence)
    names = list(opened.manifest.protocols) if protocol == ALL else [protocol]
    rows: list[dict[Any, Any]] = []
    for name in names:
        board = leaderboard(opened, name)
        rows += [{"protocol": name, **row} for row in board.to_dict("records")]
    if form is Format.table:
        marked = () if all(row["verified"] for row in rows) else ("verified",)
        rows = [{name: row[name] for name in (*BOARD, *marked)} for row in rows]
    write_rows(rows, form)


def report(
    benchmark: Annotated[str, typer.Argument(help="Name of its folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    root: Root = DEFAULT_ROOT,
) -> None:
    """Moved to the dashboard: python -m dashboard report."""
    raise PipelineError(
        f"The report is written by the dashboard: python -m dashboard report {benchmark}"
        f" --output {output}"
    )
