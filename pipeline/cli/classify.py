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
    DEFAULT_CACHE,
    DEFAULT_ROOT,
    GOES_ON,
    INTERRUPTED,
    AsFormat,
    Cache,
    Format,
    Jobs,
    Root,
    chosen_models,
    errors,
    prepare,
    shown_progress,
    write_rows,
)
from pipeline.errors import PipelineError
from pipeline.extraction.recordings import path_text, recordings
from pipeline.files import file_hash
from pipeline.inference.excerpt import LEAST_SECONDS
from pipeline.progress import silent, tracked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.kept import Question
    from pipeline.inference.predict import Analysis

    Rows = list[dict[str, Any]]
    Targets = dict[Path, Path | None]


def classify(
    paths: Annotated[list[Path], typer.Argument(help="Recordings, and folders that hold some.")],
    benchmark: Annotated[str, typer.Option("--benchmark", "-b")] = "gtzan",
    names: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A model, or all. May be repeated."),
    ] = None,
    form: AsFormat = Format.table,
    excerpt: Annotated[
        float | None,
        typer.Option(min=LEAST_SECONDS, help="Seconds of each, from all over it; default: all."),
    ] = None,
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
    jobs: Jobs = -1,
    cache: Cache = DEFAULT_CACHE,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Say which genre each file is; exit code 1 if one could not be read, or not be tagged.

    Can be resumed.
    """
    from pipeline.inference import kept
    from pipeline.inference.deciding import taggers

    artifacts = open_benchmark(benchmark, root)
    models = chosen_models(names, artifacts.answering, artifacts.model)
    targets = _targets(paths, models, tag_copies, tag_originals)
    files = recordings(paths)
    prepare(jobs)
    asked = kept.question(models, artifacts, cache, taggers(artifacts), excerpt)
    found = kept.analyses(files, asked, artifacts, jobs if len(files) > 1 else 1)
    rows = partial(_rows, artifacts=artifacts, models=models, answers=_answers(artifacts))
    results = (
        _tagged(path, rows(path, analysis), targets, tag_all, asked)
        for path, analysis in zip(files, found, strict=True)
    )
    columns = _columns(artifacts, tagged=bool(targets))
    if form is Format.table:
        columns = _table_columns(len(models), tagged=bool(targets))
    raise typer.Exit(_written(_tracked(results, len(files)), form, columns))


def _written(results: Iterable[Rows], form: Format, columns: list[str]) -> int:
    """Write rows as they come, and give the exit code."""
    code = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal code
        for row in chain.from_iterable(results):
            code |= "error" in row
            yield row

    # A column a genre is more than fits a screen.
    wide = ("probabilities", "outside") if form is Format.table else ()
    shown = map(_marked, rows()) if form is Format.table else rows()
    try:
        write_rows(shown, form, ("windows", "raw", *wide), columns)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        errors.print(GOES_ON)
    return code


def _columns(artifacts: Artifacts, tagged: bool) -> list[str]:
    """All columns of csv, in their order."""
    verdict = ["path", "model", "genre", "verdict", "outside", "confidence"]
    second = ["second", "second_confidence"]
    last = ["condition", "seconds", *(["tagged"] if tagged else []), "error"]
    return [*verdict, *second, *artifacts.classes, *last]


def _table_columns(n_models: int, tagged: bool) -> list[str]:
    """Those of a table, the most important ones first: the last may not fit the terminal."""
    verdict = ["genre", "verdict", "confidence", "second", "second_confidence"]
    last = ["condition", "seconds", *(["tagged"] if tagged else [])]
    first, end = (["model"], []) if n_models > 1 else ([], ["model"])
    return ["path", *first, *verdict, *last, *end]


def _marked(row: dict[str, Any]) -> dict[str, Any]:
    """For a table: the genre with a question mark where it is no verdict."""
    from pipeline.evaluation.decision import ACCEPTED

    mark = "" if row.get("verdict") in (*ACCEPTED, None) else "?"
    return row | ({"genre": f"{row['genre']}{mark}"} if "genre" in row else {})


def _tracked(results: Iterable[Rows], total: int) -> Iterator[Rows]:
    """Results, with progress shown if there are several."""
    with shown_progress() if total > 1 else nullcontext(silent) as progress:
        yield from tracked(results, "Classify", total, progress)


def _targets(paths: list[Path], models: list[str], folder: Path | None, originals: bool) -> Targets:
    """Where the genre of each recording is written, if anywhere; None: into itself."""
    from pipeline.inference import tagging

    if folder is None and not originals:
        return {}
    if folder and originals:
        raise PipelineError("--tag-copies and --tag-originals exclude each other. Choose one.")
    if len(models) > 1:
        raise PipelineError("Only one model's genre can be a tag. Name the model: --model NAME.")
    return {**tagging.copies(paths, folder)} if folder else dict.fromkeys(recordings(paths))


def _tagged(path: Path, rows: Rows, targets: Targets, tag_all: bool, asked: Question) -> Rows:
    """The same rows, after the first model's genre was written, if it is wanted.

    Only a verdict that is sure or leaning is, unless all are.
    """
    from pipeline.evaluation.decision import ACCEPTED
    from pipeline.inference import kept, tagging

    worth = tag_all or rows[0].get("verdict") in ACCEPTED
    if path in targets and "genre" in rows[0] and worth:
        digest = file_hash(path)
        try:
            tagged = tagging.write(path, rows[0]["genre"], targets[path])
            rows[0]["tagged"] = path_text(tagged)
        except PipelineError as error:
            rows[0]["error"] = str(error)
        if targets[path] is None:
            kept.carry_over(asked, digest, path)
    return rows


def _answers(artifacts: Artifacts) -> Callable[[str], pd.DataFrame]:
    """Each model's answers in the tests, read once."""
    from pipeline.evaluation.decision import answers

    return cache(partial(answers, artifacts))


def _rows(
    path: Path,
    analysis: Analysis | str,
    artifacts: Artifacts,
    models: list[str],
    answers: Callable[[str], pd.DataFrame],
) -> Rows:
    """A row a model, or one that says why there is none."""
    from pipeline.inference.deciding import decided
    from pipeline.inference.predict import verdict

    if isinstance(analysis, str):
        return [{"path": path_text(path), "error": analysis}]
    rows = []
    for name in models:
        given = verdict(analysis, name, artifacts)
        second, share = given.second
        decision = decided(analysis, given, artifacts, answers(name))
        row = {
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
        rows.append(row)
    return rows
