"""What commands share: how rows are written, and how progress is shown."""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

from pipeline.artifacts.places import ROOT, cache
from pipeline.cli.tables import cell, table_lines
from pipeline.errors import PipelineError
from pipeline.extraction.workers import keep_to_one_thread
from pipeline.files import atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.progress import TaskID

    from pipeline.progress import Progress

console = Console()
errors = Console(stderr=True)

ALL = "all"  # in place of a name
INTERRUPTED = 130  # exit code, as shells have it
GOES_ON = "Interrupted; the same command goes on where it stopped."
SILENCE_SECONDS = 4.0  # at most, between two lines about progress


class Format(StrEnum):
    """How results are written to standard output."""

    table = "table"
    json = "json"
    csv = "csv"


Root = Annotated[Path, typer.Option("--artifacts", help="Folder of all artifacts.")]
Cache = Annotated[
    Path,
    typer.Option(help="Features, answers and finished models are kept here.", resolve_path=True),
]
Cluster = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler, or local: one here. See docs/cluster.md."),
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", help="Processes; -1: one a core.")]
Plugins = Annotated[
    list[Path] | None,
    typer.Option(help="A Python file with a MODEL of yours, which is run as it is. Repeatable."),
]
AsFormat = Annotated[Format, typer.Option("--format", "-f", help="json: one object a line.")]
DEFAULT_ROOT, DEFAULT_CACHE = ROOT, cache()


def chosen_models(
    names: Sequence[str] | None, every: Sequence[str], find: Callable[[str], object]
) -> list[str]:
    """Names of the models that are asked, each once.

    Parameters
    ----------
    names
        As they were given; None: all.
    find
        Raises an error that lists the names that exist, if one does not.
    """
    if names is None or list(names) == [ALL]:
        return list(every)
    if ALL in names:
        raise PipelineError("--model all means every model. Leave the other --model out.")
    for name in names:
        find(name)
        if names.count(name) > 1:
            raise PipelineError(f"--model {name} is given more than once. Name each model once.")
    return list(names)


@contextmanager
def resumable() -> Iterator[None]:
    """When it is interrupted, say that the command can go on, and leave with the exit code."""
    try:
        yield
    except KeyboardInterrupt:
        errors.print(GOES_ON)
        raise typer.Exit(INTERRUPTED) from None


def prepare(jobs: int) -> None:
    """Refuse 0 processes; keep this one to one thread, as several are, if it does all the work."""
    if jobs == 0:
        raise PipelineError("--jobs 0 would compute nothing. Give a number of processes, or -1.")
    if jobs == 1:
        keep_to_one_thread()


def say(text: str) -> None:
    """A line on standard error, as it is, however long."""
    errors.print(text, markup=False, highlight=False, soft_wrap=True)


def write_text(text: str, output: Path | None) -> None:
    """Write a text to a file, which is named then; None: to standard output."""
    if output is None:
        print(text, end="")
        return
    with atomic(output, "Choose another --output.") as path:
        path.write_text(text, encoding="utf-8")
    console.print(f"Wrote {output}", markup=False, soft_wrap=True)


def write_rows(
    rows: Iterable[dict[str, Any]],
    form: Format,
    nested: tuple[str, ...] = (),
    columns: Sequence[str] = (),
) -> None:
    """Write rows as they come; csv and a table together, if their columns are not known before.

    Parameters
    ----------
    nested
        Columns that are for json only.
    columns
        Of csv and of a table; none: those of all rows. A table of files begins with ``path``, which
        is told from the current folder where it lies below it.
    """
    if form is Format.json:
        for row in rows:
            print(json.dumps(_without_nan(row), ensure_ascii=False), flush=True)
        return
    flat = (_flat({k: v for k, v in row.items() if k not in nested}) for row in rows)
    if form is Format.csv:
        _write_csv(flat, columns)
    elif columns:
        shown = [name for name in columns if name not in nested]
        for line in table_lines(map(_near, flat), shown, console.width):
            print(line, flush=True)
    else:
        _write_table(flat)


def _near(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"path": row["path"].removeprefix(f"{Path.cwd()}{os.sep}")}


def _write_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    if not columns:
        rows, columns = _with_columns(rows)
    writer = csv.DictWriter(sys.stdout, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        sys.stdout.flush()


def _write_table(rows: Iterable[dict[str, Any]]) -> None:
    rows, columns = _with_columns(rows)
    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*(cell(row.get(column)) for column in columns))
    console.print(table, markup=False)


def _with_columns(rows: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """All rows, and the keys of all of them in the order in which they come."""
    every = list(rows)
    return every, list(dict.fromkeys(key for row in every for key in row))


def _without_nan(row: dict[str, Any]) -> dict[str, Any]:
    """JSON does not know NaN."""
    return {k: None if isinstance(v, float) and v != v else v for k, v in row.items()}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Probabilities as a column a genre, findings as words."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        match value:
            case dict():
                flat |= value
            case list():
                flat[key] = " ".join(value)
            case _:
                flat[key] = value
    return flat


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show progress on standard error: as bars on a terminal, else as a line every few seconds."""
    with _bars() if errors.is_terminal else _lines() as progress:
        yield progress


@contextmanager
def _bars() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # Rows on the same terminal stand above the bar. In a file they must not go to standard error.
    with Bars(*columns, console=errors, redirect_stdout=console.is_terminal) as bars:
        known: dict[str, TaskID] = {}

        def progress(task: str, done: float, total: float | None) -> None:
            if task not in known:
                known[task] = bars.add_task(task)
            bars.update(known[task], completed=round(done), total=total and round(total))

        yield progress


@dataclass
class _Step:
    """A task, when it began, how much was done then and is done now."""

    task: str
    before: float
    done: float
    total: float | None
    began: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        of = f" of {self.total:g}" if self.total is not None else ""
        return f"{self.task}: {self.done:g}{of}{self._left()}"

    def _left(self) -> str:
        """How long the rest takes at the speed so far, where that can be told."""
        new = self.done - self.before
        if self.total is None or new <= 0 or self.done >= self.total:
            return ""
        seconds = (time.monotonic() - self.began) * (self.total - self.done) / new
        return f", about {timedelta(seconds=round(seconds))} left"


@contextmanager
def _lines() -> Iterator[Progress]:
    start, ended = time.monotonic(), Event()
    steps: list[_Step] = []

    def progress(task: str, done: float, total: float | None) -> None:
        first = not steps or steps[0].task != task
        if first:
            steps[:] = [_Step(task, done, done, total)]
        steps[0].done = done
        if first or done == total:
            tell()

    def tell() -> None:
        seconds = time.monotonic() - start
        say(f"{steps[0]}, {seconds:.0f} s")

    def repeat() -> None:
        while not ended.wait(SILENCE_SECONDS):
            if steps:
                tell()

    thread = Thread(target=repeat, name="progress", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        ended.set()
        thread.join()
