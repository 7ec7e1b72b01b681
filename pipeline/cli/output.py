"""What commands share: how rows are written, and how progress is shown."""

from __future__ import annotations

import csv
import json
import sys
import time
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from pipeline.artifacts.reader import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import TaskID

    from pipeline.progress import Progress

console = Console()
errors = Console(stderr=True)

ALL = "all"  # in place of a name
INTERRUPTED = 130  # exit code, as shells have it
SILENCE_SECONDS = 4.0  # at most, between two lines about progress


class Format(StrEnum):
    """How results are written to standard output."""

    table = "table"
    json = "json"
    csv = "csv"


Root = Annotated[Path, typer.Option("--artifacts", help="Folder of all artifacts.")]
Cache = Annotated[Path, typer.Option(help="Features and finished models are kept here.")]
AsFormat = Annotated[Format, typer.Option("--format", "-f", help="json: one object a line.")]
DEFAULT_ROOT, DEFAULT_CACHE = ROOT, Path(".cache")


def write_rows(rows: Iterable[dict[str, Any]], form: Format, nested: tuple[str, ...] = ()) -> None:
    """Write rows as they come (json) or together; `nested` columns are for json only."""
    if form is Format.json:
        for row in rows:
            print(json.dumps(_without_nan(row), ensure_ascii=False), flush=True)
        return
    flat = [_flat({k: v for k, v in row.items() if k not in nested}) for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    if form is Format.csv:
        writer = csv.DictWriter(sys.stdout, columns)
        writer.writeheader()
        writer.writerows(flat)
        return
    table = Table(*columns, box=None)
    for row in flat:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(table, markup=False)


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


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.3f}" if value == value else "–"
        case _:
            return str(value)


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
    )
    # Redirected, rows for standard output would go to standard error with the bar.
    with Bars(*columns, console=errors, redirect_stdout=False) as bars:
        known: dict[str, TaskID] = {}

        def progress(task: str, done: float, total: float | None) -> None:
            if task not in known:
                known[task] = bars.add_task(task)
            bars.update(known[task], completed=round(done), total=total and round(total))

        yield progress


@contextmanager
def _lines() -> Iterator[Progress]:
    start, ended = time.monotonic(), Event()
    state: list[str] = []

    def progress(task: str, done: float, total: float | None) -> None:
        of = f" of {total:g}" if total is not None else ""
        first = not state or not state[0].startswith(f"{task}: ")
        state[:] = [f"{task}: {done:g}{of}"]
        if first or done == total:
            say()

    def say() -> None:
        seconds = time.monotonic() - start
        errors.print(f"{state[0]}, {seconds:.0f} s", markup=False, highlight=False, soft_wrap=True)

    def repeat() -> None:
        while not ended.wait(SILENCE_SECONDS):
            if state:
                say()

    thread = Thread(target=repeat, name="progress", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        ended.set()
        thread.join()
