"""The command that classifies recordings."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache, partial
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
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

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
    tag_all: Annotated[
        bool, typer.Option("--tag-all", help="Write genres of uncertain verdicts too.")
    ] = False,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Say which genre each file is; exit code 1 if one could not be read, or not be tagged."""
    artifacts = open_benchmark(benchmark, root)
    models = list(artifacts.models) if model == ALL else [model]
    artifacts.windows(models)  # or an error before anything is read
    files = recordings(paths)
    targets = _targets(paths, model, tag_copies, tag_originals)
    verdicts = partial(_verdicts, artifacts=artifacts, models=models, answers=_answers(artifacts))
    results = (_tagged(path, list(verdicts(path)), targets, tag_all) for path in files)
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
    wide = ("probabilities", "outside") if form is Format.table else ()
    found = map(_marked, rows()) if form is Format.table else rows()
    write_rows(found, form, nested=("windows", "raw", *wide))
    if code == INTERRUPTED:
        errors.print("Interrupted; the files before are classified.")
    raise typer.Exit(code)


def _marked(row: dict[str, Any]) -> dict[str, Any]:
    """For a table: the genre with a question mark where it is no verdict."""
    from pipeline.evaluation.decision import ACCEPTED

    mark = "" if row.get("verdict") in (*ACCEPTED, None) else "?"
    return row | ({"genre": f"{row['genre']}{mark}"} if "genre" in row else {})


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


def _tagged(path: Path, rows: Rows, targets: Targets, tag_all: bool) -> Rows:
    """The same rows, after the first model's genre was written, if it is wanted.

    Only a verdict that is sure or leaning is, unless all are.
    """
    from pipeline.evaluation.decision import ACCEPTED
    from pipeline.inference import tagging

    worth = tag_all or rows[0].get("verdict") in ACCEPTED
    if path in targets and "genre" in rows[0] and worth:
        try:
            tagged = tagging.write(path, rows[0]["genre"], targets[path])
            rows[0]["tagged"] = path_text(tagged)
        except PipelineError as error:
            rows[0]["error"] = str(error)
    return rows


def _answers(artifacts: Artifacts) -> Callable[[str], pd.DataFrame]:
    """Each model's answers in the tests, read once."""
    from pipeline.evaluation.decision import answers

    return cache(partial(answers, artifacts))


def _verdicts(
    path: Path, artifacts: Artifacts, models: list[str], answers: Callable[[str], pd.DataFrame]
) -> Iterator[dict[str, Any]]:
    """A row a model, or one that says why there is none."""
    from pipeline.inference.deciding import decided, taggers
    from pipeline.inference.predict import analyse, verdict

    try:
        analysis = analyse(path, models, artifacts, taggers=taggers(artifacts))
    except AudioError as error:
        yield {"path": path_text(path), "error": str(error)}
        return
    for name in models:
        given = verdict(analysis, name, artifacts)
        second, share = given.second
        decision = decided(analysis, given, artifacts, answers(name))
        yield {
            "path": path_text(path),
            "model": name,
            "genre": given.genre,
            "verdict": decision.kind,
            "outside": decision.outside,
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
