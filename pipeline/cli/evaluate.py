"""The command that tests models on another collection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from pipeline.artifacts.reader import available, open_benchmark
from pipeline.cli.output import (
    DEFAULT_CACHE,
    DEFAULT_ROOT,
    AsFormat,
    Cache,
    Format,
    Jobs,
    Plugins,
    Root,
    chosen_models,
    prepare,
    resumable,
    say,
    shown_progress,
    write_rows,
)
from pipeline.datasets import Table, Track, form_of, listing
from pipeline.datasets.common.second import Second, known_artists, second
from pipeline.errors import DatasetError
from pipeline.registry import discover, member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.evaluation.asked import Answers
    from pipeline.models import Model
    from pipeline.progress import Progress

NESTED = ("genres", "against", "left_out")
# Not in a table, which fits a screen.
WIDE = ("train", "test", "recall", "macro_f1_low", "macro_f1_high", "top2", "top3", "log_loss")
FEW = 4  # models whose recall fits a screen


@dataclass(frozen=True)
class Learnt:
    """The collection that models learn from, and how to ask them.

    Attributes
    ----------
    artists
        `known_artists`
    ask
        ``ask(tracks, progress)``: what the models say about recordings.
    """

    classes: list[str]
    artists: set[str]
    ask: Callable[[Sequence[Track], Progress], Answers]


def evaluate(
    train: Annotated[
        str, typer.Option(help="A benchmark that is built, a dataset, or a folder: learnt from.")
    ],
    test: Annotated[str, typer.Option(help="A dataset or a folder: asked about.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the dataset of --test.")] = None,
    train_data: Annotated[
        Path | None, typer.Option(help="The same of --train, whose models are then trained anew.")
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A model, or all. May be repeated."),
    ] = None,
    plugin: Plugins = None,
    form: AsFormat = Format.table,
    jobs: Jobs = -1,
    cache: Cache = DEFAULT_CACHE,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Test models that learnt from one collection on another one. Can be resumed.

    Tracks of genres that the first collection lacks, by its artists, or with its sounds, do not
    count.
    """
    prepare(jobs)
    if train in available(root) and not plugin and train_data is None:
        learnt = _stored(train, names, cache, root, jobs)
    else:
        models = _models(names, plugin or ())
        learnt = _to_train(_tracks(train, train_data, "--train-data"), models, cache, jobs)
    others = second(_tracks(test, data, "--data"), test, learnt.classes, learnt.artists)
    with resumable():
        with shown_progress() as progress:
            answers = learnt.ask(others.known, progress)
        _show(answers, others, (train, test), form)


def _stored(benchmark: str, names: list[str] | None, cache: Path, root: Path, jobs: int) -> Learnt:
    from pipeline.inference.asking import ask

    artifacts = open_benchmark(benchmark, root)
    models = chosen_models(names, artifacts.answering, artifacts.model)
    artifacts.windows(models)  # or an error that says that they know no recordings
    own = artifacts.tracks
    artists = known_artists(zip(own["track_id"], own["artist"], strict=True))

    def asked(tracks: Sequence[Track], progress: Progress) -> Answers:
        files = {track.track_id: track.path for track in tracks}
        return ask(files, models, artifacts, cache, jobs, progress)

    return Learnt(artifacts.classes, artists, asked)


def _models(names: list[str] | None, plugins: Sequence[Path]) -> list[Model]:
    """Models to train: those that are named; without names, the plugins' alone, or all."""
    from pipeline.benchmark.plugins import load_plugins

    own = {model.name: model for model in load_plugins(plugins)}
    known = {**discover("pipeline.models", "MODEL"), **own}
    find = partial(member, known, "MODEL")
    return [known[name] for name in chosen_models(names, list(own or known), find)]


def _to_train(own: list[Track], models: list[Model], cache: Path, jobs: int) -> Learnt:
    from pipeline.benchmark.across import train_and_ask

    def asked(tracks: Sequence[Track], progress: Progress) -> Answers:
        return train_and_ask(models, own, tracks, cache, jobs, progress)

    artists = known_artists((track.track_id, track.artist) for track in own)
    return Learnt(sorted({track.genre for track in own}), artists, asked)


def _tracks(name: str, data: Path | None, option: str) -> list[Track]:
    """Recordings of a dataset, or of a folder in the form of one."""
    datasets = discover("pipeline.datasets", "DATASET")
    if name not in datasets and not Path(name).is_dir():
        raise DatasetError(
            f"{name!r} is neither a folder nor a dataset. Name a folder, or one of these with the"
            f" folder that it is in ({option} FOLDER): {', '.join(datasets)}."
        )
    folder = data if name in datasets else Path(name)
    found = datasets[name] if name in datasets else form_of(Path(name))
    try:
        listed = found.tracks(folder)
    except DatasetError as error:  # it speaks of the option that other commands have
        raise DatasetError(str(error).replace("--data", option)) from error
    if isinstance(listed, Table):
        raise DatasetError(f"{name} has no recordings, only features. Choose another collection.")
    return listing(listed).tracks


def _show(answers: Answers, others: Second, between: tuple[str, str], form: Format) -> None:
    """Write the scores to standard output, and what does not count to standard error."""
    from pipeline.evaluation.asked import on_same_tracks, results

    tables = on_same_tracks(answers, pd.DataFrame([track.described() for track in others.known]))
    for sentence in _left_out(answers, others, next(iter(tables.values())), between[0]):
        say(sentence)
    counts = {
        "same_artist": len(others.same_artist),
        "same_sound": len(answers.same_sound),
        "other_label": len(others.other_label),
        "unreadable": len(answers.left_out),
    }
    facts = dict(zip(("train", "test"), between, strict=True))
    rows = [facts | row | {"left_out": counts} for row in results(tables, answers.classes)]
    if form is Format.table:
        _show_tables(rows)
    else:
        write_rows(rows, form, NESTED)


def _show_tables(rows: list[dict[str, Any]]) -> None:
    """The leaderboard, the recall of each genre, and who is significantly behind."""
    write_rows(rows, Format.table, (*NESTED, *WIDE))
    few, first = rows[:FEW], rows[0]
    print("\nRecall")
    write_rows(
        (
            {"genre": genre, "n": found["n"]} | {r["model"]: r["recall"].get(genre) for r in few}
            for genre, found in first["genres"].items()
        ),
        Format.table,
    )
    if first["against"]:
        print(f"\n{_leader(first)}")


def _leader(row: dict[str, Any]) -> str:
    behind = [name for name, pair in row["against"].items() if pair["significant"]]
    alike = [name for name in row["against"] if name not in behind]
    parts = [
        f"{what}: {', '.join(names)}."
        for what, names in (
            ("Significantly behind it", behind),
            ("Not significantly different", alike),
        )
        if names
    ]
    return " ".join([f"{row['model']} leads.", *parts])


def _left_out(answers: Answers, others: Second, table: pd.DataFrame, train: str) -> Iterator[str]:
    """What does not count and why, a sentence each."""
    from pipeline.evaluation.scores import genres_by_one_artist

    if same := others.same_artist:
        artists = len({track.artist for track in same})
        yield f"Left out by artist: {len(same)} recordings by {artists} artists who are in {train}."
    for track, twin in answers.same_sound.items():
        yield f"Left out {track}: it sounds the same as {twin} of {train}."
    for track, reason in answers.left_out.items():
        yield f"Left out {track}: {reason}"
    if other := others.other_label:
        labels = ", ".join(sorted({track.genre for track in other}))
        yield f"Not asked: {len(other)} recordings with labels that {train} lacks: {labels}."
    if alone := genres_by_one_artist(table):
        yield (
            "Macro-F1 is not given (–), because a genre is tested on one artist only:"
            f" {', '.join(alone)}."
        )
    if unknown := int(table["artist"].eq(table["track_id"]).sum()):
        yield (
            f"The artist of {unknown} of the {len(table)} tested is not known. Each counts as an"
            f" artist of its own, and may be in {train}."
        )
