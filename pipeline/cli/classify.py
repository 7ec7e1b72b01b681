"""The command that classifies recordings."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.artifacts.reader import open_benchmark
from pipeline.cli.output import (
    ALL,
    DEFAULT_ROOT,
    INTERRUPTED,
    AsFormat,
    Format,
    Root,
    errors,
    shown_progress,
    write_rows,
)
from pipeline.errors import AudioError, PipelineError
from pipeline.extraction.recordings import path_text, recordings
from pipeline.progress import silent, tracked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.artifacts.reader import Artifacts

    Rows = list[dict[str, Any]]
    Targets = dict[Path, Path | None]


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
    root: Root = DEFAULT_ROOT,
) -> None:
    """Say which genre each file is; exit code 1 if one could not be read, or not be tagged."""
    artifacts = open_benchmark(benchmark, root)
    models = list(artifacts.models) if model == ALL else [model]
    artifacts.windows(models)  # or an error before anything is read
    files = recordings(paths)
    targets = _targets(paths, model, tag_copies, tag_originals)
    results = (_classified(path, artifacts, models, targets) for path in files)
    code = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal code
        try:
            for row in chain.from_iterable(_tracked(results, len(files))):
                code |= "error" in row
                yield row
        except KeyboardInterrupt:
            code = INTERRUPTED

    # A column a genre is more than fits a screen.
    wide = ("probabilities",) if form is Format.table else ()
    write_rows(rows(), form, nested=("windows", "raw", *wide))
    if code == INTERRUPTED:
        errors.print("Interrupted; the files before are classified.")
    raise typer.Exit(code)


def _tracked(results: Iterable[Rows], total: int) -> Iterator[Rows]:
    """Results, with progress shown if there are several."""
    with shown_progress() if total > 1 else nullcontext(silent) as progress:
        yield from tracked(results, "Classify", total, progress)


def _targets(paths: list[Path], model: str, folder: Path | None, originals: bool) -> Targets:
    """Where the genre of each recording is written, if anywhere; None: into itself."""
    from pipeline.inference import tagging

    if folder is None and not originals:
        return {}
    if folder and originals:
        raise PipelineError("--tag-copies and --tag-originals exclude each other. Choose one.")
    if model == ALL:
        raise PipelineError("Only one model's genre can be a tag. Name the model: --model NAME.")
    return {**tagging.copies(paths, folder)} if folder else dict.fromkeys(recordings(paths))


def _classified(path: Path, artifacts: Artifacts, models: list[str], targets: Targets) -> Rows:
    """A row a model, or one that says why there is none; the first model's genre is the tag."""
    from pipeline.inference import tagging

    rows = list(_verdicts(path, artifacts, models))
    if path in targets and "genre" in rows[0]:
        try:
            tagged = tagging.write(path, rows[0]["genre"], targets[path])
            rows[0]["tagged"] = path_text(tagged)
        except PipelineError as error:
            rows[0]["error"] = str(error)
    return rows


def _verdicts(path: Path, artifacts: Artifacts, models: list[str]) -> Iterator[dict[str, Any]]:
    from pipeline.inference.predict import analyse, verdict

    try:
        analysis = analyse(path, models, artifacts)
    except AudioError as error:
        yield {"path": path_text(path), "error": str(error)}
        return
    for name in models:
        given = verdict(analysis, name, artifacts)
        second, share = given.second
        yield {
            "path": path_text(path),
            "model": name,
            "genre": given.genre,
            "confidence": given.confidence,
            "second": second,
            "second_confidence": share,
            "probabilities": given.probabilities.to_dict(),
            "raw": given.raw.to_dict(),
            "windows": [
                {"start": window.pop("start"), "end": window.pop("end"), "probabilities": window}
                for window in given.windows.to_dict(orient="records")
            ],
            "condition": [finding.kind for finding in analysis.findings],
            "seconds": analysis.seconds,
        }
