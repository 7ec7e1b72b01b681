"""The command that teaches models a person's own music."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.artifacts import places
from pipeline.artifacts.reader import Artifacts
from pipeline.cli.output import (
    DEFAULT_CACHE,
    DEFAULT_ROOT,
    AsFormat,
    Cache,
    Cluster,
    Format,
    Root,
    resumable,
    say,
    shown_progress,
    write_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

DEFAULT_HOME = places.home()
SHIPPED = "shipped models, and what teaching gains"
WIDE = {SHIPPED: ("title", "genres", "low", "high")}  # not in a table, which fits a screen


def teach(
    data: Annotated[Path, typer.Argument(help="Folder of your music.")],
    name: Annotated[str, typer.Option(help="What the benchmark is called.")] = "mine",
    genre_from: Annotated[
        str, typer.Option(help="folders, tags, or a table (CSV) with the columns path and genre.")
    ] = "folders",
    models: Annotated[
        list[str] | None,
        typer.Option(help="A model to train; may be repeated. Default: linear_head."),
    ] = None,
    form: AsFormat = Format.table,
    home: Annotated[Path, typer.Option(help="Folder of your own benchmarks.")] = DEFAULT_HOME,
    root: Root = DEFAULT_ROOT,
    cache: Cache = DEFAULT_CACHE,
    cluster: Cluster = None,
) -> None:
    """Make a benchmark of your own music; can be interrupted and resumed."""
    from pipeline.extraction.cluster import on
    from pipeline.teaching.teach import teach as run

    data = data.absolute() if cluster else data
    with resumable(), on(cluster, cache, [data]), shown_progress() as progress:
        folder = run(data, name, home, root, cache, genre_from, models or (), progress)
    opened = Artifacts(folder)
    remarks, results = list(_remarks(opened)), [*_scores(opened), *_shipped(opened)]
    if form is not Format.table:
        write_rows([*remarks, *results], form)
        return
    for line in _lines(remarks):
        say(line)
    _show(results)
    at = "" if home == DEFAULT_HOME else f"GENRESCOPE_HOME={home} "
    said = (
        f"Built {folder}. Look at it: {at}make dashboard. Ask it: {at}python -m pipeline classify"
        f" FILE --benchmark {name}"
    )
    say(said)


def _remarks(opened: Artifacts) -> Iterator[dict[str, Any]]:
    """What was left out and why, and what is to be known of the rest."""
    from pipeline.evaluation.learning_curve import caution

    for path, reason in opened.manifest.left_out.items():
        yield {"kind": "left out", "path": path, "text": reason}
    for note in [*opened.manifest.notes, caution(opened)]:
        if note:
            yield {"kind": "note", "text": note}


def _lines(remarks: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each reason, with its first file; then the notes."""
    paths: dict[str, list[str]] = {}
    for row in remarks:
        paths.setdefault(row["text"], []).extend([row["path"]] if "path" in row else [])
    for text, some in paths.items():
        more = f" and {len(some) - 1} more" if len(some) > 1 else ""
        yield f"left out {some[0]}{more}: {text}" if some else text


def _show(results: list[dict[str, Any]]) -> None:
    """A table of each kind."""
    for kind, rows in groupby(results, itemgetter("kind")):
        print(f"\n{kind.capitalize()}")
        write_rows(rows, Format.table, ("kind", *WIDE.get(kind, ())))


def _scores(opened: Artifacts) -> Iterator[dict[str, Any]]:
    """Accuracy under the headline protocol, best first; with twice the labels."""
    from pipeline.evaluation.leaderboard import leaderboard
    from pipeline.evaluation.learning_curve import curve, expected

    protocol = opened.headline
    for row in leaderboard(opened, protocol).to_dict("records"):
        figures = {name: row[name] for name in ("n", "accuracy", "low", "high")}
        yield {"kind": "score", "model": row["model"], "protocol": protocol} | figures
    if opened.learning_curve is None:
        return
    yield from _named("learning curve", curve(opened))
    then, _ = expected(opened)
    figures = {"accuracy": then.value, "low": then.low, "high": then.high}
    yield {"kind": "with twice the labels"} | figures


def _shipped(opened: Artifacts) -> Iterator[dict[str, Any]]:
    """Accuracy of shipped models on tracks of genres that they know, and what teaching gains."""
    from pipeline.evaluation.learning_curve import shipped

    yield from _named(SHIPPED, shipped(opened))


def _named(kind: str, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in table.to_dict("records"):
        yield {"kind": kind} | {str(name): value for name, value in row.items()}
