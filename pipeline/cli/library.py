"""The commands for libraries: what is there, which genres belong into its tags, and back."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.artifacts.reader import open_benchmark
from pipeline.cli.library_rows import (
    acted,
    applied_row,
    counted,
    counts_words,
    followed,
    model_words,
    proposed_row,
    restored_row,
    scan_words,
    scanned_row,
    was_tried,
)
from pipeline.cli.output import (
    DEFAULT_CACHE,
    DEFAULT_ROOT,
    AsFormat,
    Cache,
    Cluster,
    Format,
    Jobs,
    Root,
    prepare,
    resumable,
    say,
    write_rows,
)
from pipeline.errors import PipelineError
from pipeline.inference.excerpt import LEAST_SECONDS
from pipeline.library import store as stores
from pipeline.library.proposals import ABOVE, GROUPS, Rules, proposals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.artifacts.reader import Artifacts
    from pipeline.library.models import Model
    from pipeline.library.store import Store

app = typer.Typer(
    help="Keep the genres of a whole library: scan it, see what would change, write it, undo it.",
    no_args_is_help=True,
)
DEFAULT_LIBRARY = stores.default_place()
Place = Annotated[Path, typer.Option("--library", dir_okay=False, help="File of what is known.")]
Folders = Annotated[
    list[Path] | None, typer.Argument(help="Folders and files; default: all that were scanned.")
]
Name = Annotated[
    str | None, typer.Option("--model", "-m", help="A model; default: that of the last scan.")
]
AtLeast = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Write from this confidence; default: sure and leaning ones."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Replace genres that are there.")]
Top = Annotated[int, typer.Option(min=1, help="Write at most so many genres.")]
Above = Annotated[
    float, typer.Option(min=0, max=1, help="Least probability of each further genre.")
]
Names = Annotated[
    Path | None, typer.Option("--map", help='TOML: what genres are called, e.g. hiphop = "Rap".')
]
Consensus = Annotated[
    str | None, typer.Option(help="album or artist: one genre for all files of each.")
]
SCANNED = ["path", "genre", "verdict", "confidence", "state", "before", "error"]
PROPOSED = ["path", "old", "new", "verdict", "confidence", "action", "model", "version"]


@app.command()
def scan(
    folders: Annotated[list[Path], typer.Argument(help="Folders of music, and files.")],
    benchmark: Annotated[str, typer.Option("--benchmark", "-b")] = "gtzan",
    name: Annotated[
        str | None, typer.Option("--model", "-m", help="Who is asked; default: the best model.")
    ] = None,
    excerpt: Annotated[
        float | None,
        typer.Option(min=LEAST_SECONDS, help="Seconds of each, from all over it; default: all."),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Ask about files again that could not be read.")
    ] = False,
    form: AsFormat = Format.table,
    jobs: Jobs = -1,
    cluster: Cluster = None,
    library: Place = DEFAULT_LIBRARY,
    cache: Cache = DEFAULT_CACHE,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Find what is new, changed, moved or gone, and ask a model about it; can be resumed.

    Exit code 1 if a file could not be read.
    """
    from pipeline.extraction.cluster import on
    from pipeline.inference import kept
    from pipeline.inference.deciding import taggers
    from pipeline.library import hearing, listing, models

    folders = [folder.absolute() for folder in folders]
    artifacts = open_benchmark(benchmark, root)
    prepare(jobs)
    asked = kept.question([name or _best(artifacts)], artifacts, cache, taggers(artifacts), excerpt)
    shared = [artifacts.folder, *folders]
    with resumable(), on(cluster, cache, shared), _changing(library, new=True) as store:
        found = listing.look(folders, store)
        if retry:
            hearing.forget_errors(folders, store)
        model = models.of_question(asked, artifacts, excerpt, store)
        total = hearing.unheard(folders, model, store)
        say(f"{model_words(model)}: {found.files:,} files, {total:,} of them to be heard")
        heard = hearing.hear(folders, hearing.Listener(asked, artifacts, model, jobs), store)
        count: Counter[str] = Counter()
        rows = map(scanned_row, counted(followed(heard, "Scan", total), count))
        write_rows(rows, form, columns=SCANNED)
    say(scan_words(found, count))
    say(f"Kept in {library}")
    raise typer.Exit(1 if count["error"] or found.refused else 0)


@app.command()
def propose(
    folders: Folders = None,
    name: Name = None,
    at_least: AtLeast = None,
    replace: Replace = False,
    top: Top = 1,
    above: Above = ABOVE,
    names: Names = None,
    consensus: Consensus = None,
    form: AsFormat = Format.table,
    library: Place = DEFAULT_LIBRARY,
) -> None:
    """Show the genre that each file has and would have; nothing is written."""
    with stores.opened(library) as store:
        model = _asked(store, name)
        rules = _rules(model, at_least, replace, top, above, names, consensus)
        count: Counter[str] = Counter()
        every = proposals(folders or [], model, rules, store)
        rows = (proposed_row(proposal, model) for proposal in acted(every, count))
        write_rows(rows, form, columns=[*PROPOSED, "error"])
    say(counts_words(count))


@app.command()
def apply(
    folders: Folders = None,
    name: Name = None,
    at_least: AtLeast = None,
    replace: Replace = False,
    top: Top = 1,
    above: Above = ABOVE,
    names: Names = None,
    consensus: Consensus = None,
    form: AsFormat = Format.table,
    library: Place = DEFAULT_LIBRARY,
) -> None:
    """Write what `propose` shows with the same options; can be resumed, and undone.

    Exit code 1 if a file could not be written.
    """
    from pipeline.library.changes import applied
    from pipeline.library.counts import number_of_files

    with resumable(), _changing(library) as store:
        model = _asked(store, name)
        rules = _rules(model, at_least, replace, top, above, names, consensus)
        count: Counter[str] = Counter()
        every = applied(proposals(folders or [], model, rules, store), model, store)
        tried = followed(every, "Apply", number_of_files(folders or [], store))
        rows = (
            applied_row(proposal, model, error)
            for proposal, error in tried
            if was_tried(proposal, error, count)
        )
        write_rows(rows, form, columns=[*PROPOSED, "error"])
    say(counts_words(count))
    raise typer.Exit(1 if count["failed"] else 0)


@app.command()
def undo(
    folders: Folders = None, form: AsFormat = Format.table, library: Place = DEFAULT_LIBRARY
) -> None:
    """Give files the bytes again that they had before `apply`; can be resumed.

    Exit code 1 if there is a file that somebody changed since, or that cannot be written.
    """
    from pipeline.library.changes import undone

    with resumable(), _changing(library) as store:
        count: Counter[str] = Counter()
        rows = (restored_row(restored, count) for restored in undone(folders or [], store))
        write_rows(rows, form, columns=["path", "old", "new", "error"])
    say(counts_words(count))
    raise typer.Exit(1 if count["failed"] else 0)


@app.command()
def status(
    folders: Folders = None, form: AsFormat = Format.table, library: Place = DEFAULT_LIBRARY
) -> None:
    """Count what is known: files, answers of each model, and genres that were written."""
    from pipeline.library.counts import counts

    with stores.opened(library) as store:
        write_rows(counts(folders or [], store), form)


@contextmanager
def _changing(place: Path, new: bool = False) -> Iterator[Store]:
    """A library that no other process changes meanwhile, and in which nothing is half done."""
    from pipeline.library.changes import settle

    with stores.opened(place, new) as store, stores.alone(store):
        settle(store)
        yield store


def _best(artifacts: Artifacts) -> str:
    """The best model that can classify recordings."""
    from pipeline.evaluation.leaderboard import leaderboard

    board = leaderboard(artifacts, artifacts.headline)["model"]
    found = [str(name) for name in board if name in artifacts.answering]
    if not found:
        raise artifacts.cannot_classify(None)
    return found[0]


def _asked(store: Store, name: str | None) -> Model:
    """The model whose answers count, which is said."""
    from pipeline.library.models import last_asked

    model = last_asked(store, name)
    say(model_words(model))
    return model


def _rules(
    model: Model,
    at_least: float | None,
    replace: bool,
    top: int,
    above: float,
    names: Path | None,
    consensus: str | None,
) -> Rules:
    from pipeline.library.genre_names import read_names

    if consensus not in (None, *GROUPS):
        raise PipelineError(
            f"--consensus {consensus} is not known. Choose one of {', '.join(GROUPS)}."
        )
    called = read_names(names, model.classes) if names else {}
    return Rules(at_least, replace, top, above, called, consensus)
