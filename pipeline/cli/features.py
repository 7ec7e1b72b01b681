"""The command that writes features as a table."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import (
    DEFAULT_CACHE,
    Cache,
    Cluster,
    Jobs,
    prepare,
    resumable,
    say,
    shown_progress,
)
from pipeline.errors import PipelineError
from pipeline.extraction.cluster import on
from pipeline.extraction.recordings import recordings
from pipeline.progress import tracked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FMA = "fma518"  # the feature set of FMA's features.csv


class Per(StrEnum):
    """What a row of features is of."""

    window = "window"
    track = "track"


class FileFormat(StrEnum):
    """How features are written."""

    csv = "csv"
    parquet = "parquet"
    json = "json"


def features(
    paths: Annotated[list[Path], typer.Argument(help="Recordings, and folders that hold some.")],
    names: Annotated[
        list[str], typer.Option("--set", "-s", help="A feature set; several stand side by side.")
    ],
    per: Annotated[Per, typer.Option(help="What a row is of: 3 s, or all of it.")] = Per.window,
    form: Annotated[
        FileFormat, typer.Option("--format", "-f", help="json: one object a line.")
    ] = FileFormat.csv,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: standard output.")
    ] = None,
    cache: Cache = DEFAULT_CACHE,
    jobs: Jobs = -1,
    cluster: Cluster = None,
    fma_header: Annotated[
        bool, typer.Option("--fma-header", help="Columns as in FMA's features.csv; implies --raw.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="As loud as it is; default: brought to one loudness.")
    ] = False,
) -> None:
    """Write features as a table; exit code 1 if a file could not be read. Can be resumed."""
    from pipeline.extraction import export

    _check_features(names, per, form, output, fma_header)
    prepare(jobs)
    paths = [path.absolute() for path in paths] if cluster else paths
    files = recordings(paths)
    sets = export.chosen(names, whole=per is Per.track)
    frames = export.frames(files, sets, cache, jobs, per is Per.track, raw or fma_header)
    failed: list[Path] = []
    with resumable(), on(cluster, cache, paths), shown_progress() as progress:
        followed = tracked(frames, "Compute features", len(files), progress)
        tables = _readable(followed, failed)
        shaped = map(export.as_fma, tables) if fma_header else tables
        export.write(shaped, form, output or sys.stdout)
    raise typer.Exit(1 if failed else 0)


def _check_features(
    names: list[str], per: Per, form: FileFormat, output: Path | None, fma_header: bool
) -> None:
    """Refuse options that do not go together before anything is computed."""
    if form is FileFormat.parquet and output is None:
        raise PipelineError("--format parquet needs a file: add --output FILE.")
    if output is not None and output.is_dir():
        raise PipelineError(f"{output} is a folder. Give --output the name of a file.")
    if fma_header and (set(names), per, form) != ({FMA}, Per.track, FileFormat.csv):
        raise PipelineError(
            f"--fma-header is the form of one table: --set {FMA} --per track --format csv."
        )


def _readable(results: Iterable[tuple[Path, Any]], failed: list[Path]) -> Iterator[Any]:
    """Pass tables on; say why there is none of a file, and note it."""
    for path, table in results:
        if isinstance(table, str):
            say(f"{path}: {table}")
            failed.append(path)
        else:
            yield table
