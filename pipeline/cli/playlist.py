"""The command that writes playlists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.artifacts.reader import open_benchmark
from pipeline.cli.output import DEFAULT_ROOT, Root, write_text
from pipeline.datasets import track_paths
from pipeline.errors import PipelineError
from pipeline.playlists import m3u, of_tracks

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts


def playlist(
    benchmark: Annotated[str, typer.Argument(help="Name of a benchmark.")],
    data: Annotated[
        Path, typer.Option(envvar="GENRESCOPE_AUDIO", help="The folder that it was built from.")
    ],
    near: Annotated[str | None, typer.Option(help="A track, and those that sound like it.")] = None,
    genre: Annotated[str | None, typer.Option(help="Tracks of this genre only.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="At most so many tracks.")] = 30,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="By whose ear; default: the best model.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: standard output.")
    ] = None,
    relative: Annotated[
        bool, typer.Option("--relative", help="Paths begin in the folder of the playlist.")
    ] = False,
    root: Root = DEFAULT_ROOT,
) -> None:
    """Write tracks near one, or of a genre, as an extended M3U playlist in UTF-8."""
    if near is None and genre is None:
        raise PipelineError("Which tracks? Name one (--near TRACK), a genre (--genre), or both.")
    artifacts = open_benchmark(benchmark, root)
    paths = track_paths(benchmark, data)
    if not paths:
        raise PipelineError(
            f"{data} holds no recordings of {benchmark}. Name the folder that it was built from:"
            " --data."
        )
    tracks = _chosen(artifacts, near, genre, model).head(n)
    base = (output.absolute().parent if output else Path.cwd()) if relative else None
    text = m3u(of_tracks(tracks, paths, base))
    write_text(text, output)


def _chosen(
    artifacts: Artifacts, near: str | None, genre: str | None, model: str | None
) -> pd.DataFrame:
    """The tracks, the nearest first."""
    tracks = artifacts.tracks
    if genre is not None and genre not in artifacts.classes:
        there = ", ".join(artifacts.classes)
        raise PipelineError(f"There is no genre {genre!r} in this benchmark. There are {there}.")
    if near is not None:
        tracks = tracks.set_index("track_id", drop=False).loc[_nearest(artifacts, near, model)]
    return tracks if genre is None else tracks[tracks["genre"] == genre]


def _nearest(artifacts: Artifacts, track_id: str, model: str | None) -> list[str]:
    """Ids of a track and of all others, the nearest first."""
    from pipeline.inference.neighbours import near_track

    if track_id not in set(artifacts.tracks["track_id"]):
        example = artifacts.tracks["track_id"].iloc[0]
        raise PipelineError(
            f"There is no track {track_id!r} in this benchmark. Its first one is {example!r}."
        )
    ear = model or _best(artifacts)
    others = near_track(artifacts, ear, track_id, len(artifacts.tracks))
    if others.empty:
        raise PipelineError(
            f"What {ear} hears in {track_id} is not stored. Choose another --model."
        )
    return [track_id, *others["track_id"]]


def _best(artifacts: Artifacts) -> str:
    """The best model whose embeddings of the tracks are stored."""
    from pipeline.evaluation.leaderboard import leaderboard

    ranked = leaderboard(artifacts, artifacts.headline)["model"]
    found = next((n for n in ranked if artifacts.embeddings(n) is not None), None)
    if found is None:
        raise PipelineError(
            f"No model of {artifacts.manifest.benchmark} has stored what it hears in single tracks,"
            " so none knows which are near. Name a genre: --genre."
        )
    return str(found)
