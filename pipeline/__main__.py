"""Command line: ``python -m pipeline``. The only place that prints."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from enum import StrEnum
from itertools import chain
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline import artifacts as store
from pipeline.errors import ArtifactsError, AudioError, PipelineError
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

app = typer.Typer(
    help="Build, check and ask music-genre models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()
errors = Console(stderr=True)

REGISTRIES = {
    "datasets": "DATASET",
    "features": "FEATURES",
    "models": "MODEL",
    "protocols": "PROTOCOL",
}
ALL = "all"
INTERRUPTED = 130  # exit code, as shells have it
FMA = "fma518"  # the feature set of FMA's features.csv
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


class Format(StrEnum):
    """How results are written to standard output."""

    table = "table"
    json = "json"
    csv = "csv"


class Per(StrEnum):
    """What a row of features is of."""

    window = "window"
    track = "track"


class FileFormat(StrEnum):
    """How features are written."""

    csv = "csv"
    parquet = "parquet"
    json = "json"


Root = Annotated[Path, typer.Option("--artifacts", help="Folder of all artifacts.")]
AsFormat = Annotated[Format, typer.Option("--format", "-f", help="json: one object a line.")]


@app.command("list")
def list_(root: Root = store.ROOT) -> None:
    """List datasets, feature sets, models, protocols and the benchmarks that have been built."""
    table = Table("kind", "name", "title", box=None)
    for folder, constant in REGISTRIES.items():
        for member in discover(f"pipeline.{folder}", constant).values():
            table.add_row(folder, member.name, member.title)
    for name in store.available(root):
        table.add_row("artifacts", name, store.open_benchmark(name, root).manifest.title)
    console.print(table)


@app.command()
def build(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset, e.g. gtzan.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the dataset.")] = None,
    root: Root = store.ROOT,
    cache: Annotated[Path, typer.Option(help="Features and finished models are kept here.")] = Path(
        ".cache"
    ),
) -> None:
    """Extract features, train and score all models; can be interrupted and resumed."""
    from pipeline.build import build as run

    folder = run(lookup("pipeline.datasets", "DATASET", dataset), data, root, cache, _watch)
    left_out = store.Artifacts(folder).manifest.left_out
    for track, reason in left_out.items():
        errors.print(f"left out {track}: {reason}", markup=False, soft_wrap=True)
    console.print(f"Built {folder}", markup=False, soft_wrap=True)


@app.command("import-musicnn")
def import_musicnn(
    wheel: Annotated[
        Path | None, typer.Option(help="Wheel of musicnn 0.1.0; default: pip downloads it.")
    ] = None,
) -> None:
    """Take the four pretrained networks out of the package musicnn."""
    from pipeline import backbones

    for path in backbones.import_musicnn(watch=_watch, wheel=wheel):
        console.print(str(path), markup=False, soft_wrap=True)


@app.command()
def columns(
    name: Annotated[str, typer.Argument(help="Name of a feature set, e.g. timbre.")],
    form: AsFormat = Format.table,
) -> None:
    """Say what each number of a feature set is: meaning, unit, range (empty: open), family."""
    features = lookup("pipeline.features", "FEATURES", name)
    _write(
        (
            {k: None if v in (-inf, inf) else v for k, v in asdict(c).items()}
            for c in features.columns
        ),
        form,
    )


@app.command()
def verify(
    benchmarks: Annotated[
        list[str] | None, typer.Argument(help="Default: all that are built.")
    ] = None,
    root: Root = store.ROOT,
) -> None:
    """Check hashes, schema, classes, versions and models; exit code 1 if anything is wrong."""
    names = benchmarks or store.available(root)
    if not names:
        raise ArtifactsError(
            f"Nothing is built in {root}. Build something: python -m pipeline build"
        )
    problems = 0
    for name in names:
        try:
            found = store.open_benchmark(name, root).problems()
        except ArtifactsError as error:
            if name not in store.available(root):
                raise
            found = [str(error)]
        console.print(f"{name}: {'all right' if not found else f'{len(found)} problems'}")
        for problem in found:
            console.print(f"  {problem}", markup=False, soft_wrap=True)
        problems += len(found)
    raise typer.Exit(1 if problems else 0)


@app.command()
def scores(
    benchmark: Annotated[str, typer.Argument(help="Name of a benchmark.")] = "gtzan",
    protocol: Annotated[str, typer.Option("--protocol", "-p", help="Default: all.")] = ALL,
    form: AsFormat = Format.table,
    root: Root = store.ROOT,
) -> None:
    """Print the leaderboard: accuracy with its 95 % interval over artists, and macro-F1."""
    from pipeline.evaluate import leaderboard

    opened = store.open_benchmark(benchmark, root)
    names = list(opened.manifest.protocols) if protocol == ALL else [protocol]
    rows: list[dict[Any, Any]] = []
    for name in names:
        board = leaderboard(opened, name)
        rows += [{"protocol": name, **row} for row in board.to_dict("records")]
    if form is Format.table:
        rows = [{name: row[name] for name in BOARD} for row in rows]
    _write(rows, form)


@app.command()
def report(
    benchmark: Annotated[str, typer.Argument(help="Name of its folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    root: Root = store.ROOT,
) -> None:
    """Write a comparison as one HTML file that opens offline."""
    # The one place where the pipeline's command line reaches for the dashboard's drawings.
    from dashboard.report import report as compose

    try:
        output.write_text(compose(store.open_benchmark(benchmark, root)), encoding="utf-8")
    except OSError as error:
        raise PipelineError(f"{output} cannot be written: {error.strerror}.") from error
    console.print(f"Wrote {output}", highlight=False, soft_wrap=True)


@app.command()
def classify(
    paths: Annotated[list[Path], typer.Argument(help="Recordings, and folders that hold some.")],
    benchmark: Annotated[str, typer.Option("--benchmark", "-b")] = "gtzan",
    model: Annotated[str, typer.Option("--model", "-m", help="Name of a model, or all.")] = ALL,
    form: AsFormat = Format.table,
    tag_copies: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="A folder for copies with the genre in their tags."),
    ] = None,
    tag_originals: Annotated[
        bool, typer.Option("--tag-originals", help="Write the genre into the files themselves.")
    ] = False,
    root: Root = store.ROOT,
) -> None:
    """Say which genre each file is; exit code 1 if one could not be read, or not be tagged."""
    from pipeline import tables

    opened = store.open_benchmark(benchmark, root)
    models = list(opened.models) if model == ALL else [model]
    opened.windows(models)  # or an error before anything is read
    files = tables.recordings(paths)
    targets = _targets(paths, model, tag_copies, tag_originals)
    answered = (_answered(path, opened, models, targets) for path in files)
    watched = _watch(answered, "Classify", len(files)) if len(files) > 1 else answered
    code = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal code
        try:
            for row in chain.from_iterable(watched):
                code |= "error" in row
                yield row
        except KeyboardInterrupt:
            code = INTERRUPTED

    # A column a genre is more than fits a screen.
    wide = ("probabilities",) if form is Format.table else ()
    _write(rows(), form, nested=("windows", "raw", *wide))
    if code == INTERRUPTED:
        errors.print("Interrupted; the files before are answered.")
    raise typer.Exit(code)


def _targets(
    paths: list[Path], model: str, folder: Path | None, originals: bool
) -> dict[Path, Path | None]:
    """Where the genre of each recording is written, if anywhere; None: into itself."""
    from pipeline import tables, tagging

    if folder is None and not originals:
        return {}
    if folder and originals:
        raise PipelineError("--tag-copies and --tag-originals exclude each other. Choose one.")
    if model == ALL:
        raise PipelineError("Only one model's genre can be a tag. Name the model: --model NAME.")
    return {**tagging.copies(paths, folder)} if folder else dict.fromkeys(tables.recordings(paths))


def _answered(
    path: Path, opened: store.Artifacts, models: list[str], targets: dict[Path, Path | None]
) -> list[dict[str, Any]]:
    from pipeline import tables, tagging

    rows = list(_verdicts(path, opened, models))
    if path in targets and "genre" in rows[0]:
        try:
            tagged = tagging.write(path, rows[0]["genre"], targets[path])
            rows[0]["tagged"] = tables.spelt(tagged)
        except PipelineError as error:
            rows[0]["error"] = str(error)
    return rows


def _verdicts(path: Path, opened: store.Artifacts, models: list[str]) -> Iterator[dict[str, Any]]:
    from pipeline.predict import listen, verdict
    from pipeline.tables import spelt

    try:
        heard = listen(path, models, opened)
    except AudioError as error:
        yield {"path": spelt(path), "error": str(error)}
        return
    for name in models:
        said = verdict(heard, name, opened)
        second, share = said.second
        yield {
            "path": spelt(path),
            "model": name,
            "genre": said.genre,
            "confidence": said.confidence,
            "second": second,
            "second_confidence": share,
            "probabilities": said.probabilities.to_dict(),
            "raw": said.raw.to_dict(),
            "windows": [
                {"start": window.pop("start"), "end": window.pop("end"), "probabilities": window}
                for window in said.windows.to_dict(orient="records")
            ],
            "condition": [finding.kind for finding in heard.findings],
            "seconds": heard.seconds,
        }


@app.command()
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
    cache: Annotated[Path, typer.Option(help="Features are kept here.")] = Path(".cache"),
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes; -1: one a core.")] = -1,
    fma_header: Annotated[
        bool, typer.Option("--fma-header", help="Columns as in FMA's features.csv.")
    ] = False,
) -> None:
    """Write features as a table; exit code 1 if a file could not be read. Can be resumed."""
    from pipeline import tables

    _check_features(names, per, form, output, jobs, fma_header)
    found = tables.recordings(paths)
    sets = tables.chosen(names, whole=per is Per.track)
    frames = tables.frames(found, sets, cache, jobs, whole=per is Per.track)
    failed: list[Path] = []
    readable = _readable(_watch(frames, "Compute features", len(found)), failed)
    try:
        tables.write(
            map(tables.as_fma, readable) if fma_header else readable, form, output or sys.stdout
        )
    except KeyboardInterrupt:
        errors.print("Interrupted; the same command goes on where it stopped.")
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(1 if failed else 0)


def _check_features(
    names: list[str], per: Per, form: FileFormat, output: Path | None, jobs: int, fma_header: bool
) -> None:
    """Refuse options that do not go together before anything is computed."""
    if form is FileFormat.parquet and output is None:
        raise PipelineError("--format parquet needs a file: add --output FILE.")
    if output is not None and output.is_dir():
        raise PipelineError(f"{output} is a folder. Give --output the name of a file.")
    if jobs == 0:
        raise PipelineError("--jobs 0 would compute nothing. Give a number of processes, or -1.")
    if fma_header and (set(names), per, form) != ({FMA}, Per.track, FileFormat.csv):
        raise PipelineError(
            f"--fma-header is the form of one table: --set {FMA} --per track --format csv."
        )


def _readable(results: Iterable[tuple[Path, Any]], failed: list[Path]) -> Iterator[Any]:
    """Pass tables on; say why there is none of a file, and note it."""
    for path, table in results:
        if isinstance(table, str):
            errors.print(f"{path}: {table}", markup=False, highlight=False, soft_wrap=True)
            failed.append(path)
        else:
            yield table


def _write(rows: Iterable[dict[str, Any]], form: Format, nested: tuple[str, ...] = ()) -> None:
    """Write rows as they come (json) or together; `nested` columns are for json only."""
    if form is Format.json:
        for row in rows:
            print(json.dumps(_plain(row), ensure_ascii=False), flush=True)
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


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Without NaN, which JSON does not know."""
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
            return f"{value:.3f}"
        case _:
            return str(value)


def _watch(steps: Iterable[Any], description: str, total: int) -> Iterator[Any]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Redirected, rows for standard output would go to standard error with the bar.
    with Progress(*columns, console=errors, redirect_stdout=False) as progress:
        yield from progress.track(steps, total=total, description=description)


def main() -> None:
    """Run a command; an expected failure is one sentence on standard error and exit code 2."""
    try:
        app()
    except PipelineError as error:
        errors.print(str(error), markup=False, style="red", soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
