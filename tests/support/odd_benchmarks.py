"""Small benchmarks of odd shapes, written without training, as visitors might have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.artifacts.manifest import Manifest, ModelCard, ProtocolCard, publish
from pipeline.artifacts.reader import Artifacts
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.benchmark.summary import summarise
from pipeline.datasets import Rows
from pipeline.registry import lookup

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = "echonest"  # of the known sets the one with fewest columns
PROTOCOLS = {
    "artist": ProtocolCard("By artist", "Somehow.", "track", 2, 3, "general", "genre", "artists"),
    "track": ProtocolCard("By track", "Somehow.", "track", 2, 1, "general", "artist", "tracks"),
    "window": ProtocolCard("By window", "Somehow.", "window", 2, 0, "leak", "track", "windows"),
}
SCRIPT = "<script>alert(1)</script>"
MARKUP = "*very* _long_ [name](x) <b>of $a$ `genre`</b> " + "and so on " * 12


@dataclass(frozen=True)
class Shape:
    """What is odd about a benchmark.

    Attributes
    ----------
    models
        Titles.
    unexplained
        How many of the models, from the first, have no importances.
    untested
        A genre without test tracks by artist.
    summary
        Whether there is a folder of `pipeline.benchmark.summary`.
    live
        Whether the models claim to classify recordings, and were tested on distorted ones.
    """

    genres: tuple[str, ...] = ("blues", "jazz", "rock")
    models: tuple[str, ...] = ("First", "Second", "Third")
    tracks: int = 4
    protocols: tuple[str, ...] = ("artist", "window")
    unexplained: int = 0
    untested: str = ""
    summary: bool = True
    live: bool = False
    title: str = "Odd"
    citation: str = "Nobody, nowhere."


SHAPES = {
    "two_genres": Shape(genres=("no", "yes"), live=True),
    "thirty_genres": Shape(genres=tuple(f"genre {n:02}" for n in range(30)), tracks=2),
    "markup_in_names": Shape(
        genres=(f"a {MARKUP}", f"b {MARKUP}", "c $ d $"),
        models=(f"A {MARKUP}", f"B {MARKUP}", "*C*"),
        live=True,
    ),
    "unexplained_model": Shape(unexplained=1),
    "unexplained_models": Shape(unexplained=3),
    "untested_genre": Shape(untested="jazz"),
    "one_model": Shape(models=("Alone",), live=True),
    "one_protocol": Shape(protocols=("artist",)),
    "no_summary": Shape(summary=False),
}


def benchmark(name: str, shape: Shape, root: Path) -> Artifacts:
    """Write a benchmark with random predictions below a folder."""
    staged = root / f".{name}"
    staged.mkdir(parents=True)
    rng = np.random.default_rng(0)
    tracks = _tracks(shape)
    tracks.to_parquet(staged / "tracks.parquet", index=False)
    cards = {}
    for number, title in enumerate(shape.models):
        folder = staged / "models" / f"m{number}"
        folder.mkdir(parents=True)
        predictions = _predictions(shape, tracks, rng)
        predictions.to_parquet(folder / "predictions.parquet", index=False)
        explained = number >= shape.unexplained
        _importance(shape, explained, rng).to_parquet(folder / "importance.parquet", index=False)
        if shape.live:
            _robustness(shape, tracks, rng).to_parquet(folder / "robustness.parquet", index=False)
        cards[f"m{number}"] = _card(title, predictions["protocol"].value_counts().to_dict(), shape)
    if shape.summary:
        X = rng.normal(size=(len(tracks), len(columns()))).astype(np.float32)
        rows = Rows(X, np.arange(len(tracks)))
        with threadpool_limits(
            1
        ):  # threads that wait for each other take minutes on a busy machine
            summarise(FEATURES, rows, tracks, columns(), shape.live, staged / "summary")
    return Artifacts(publish(staged, _manifest(name, shape, cards), root))


def columns() -> list[str]:
    """Of the feature set."""
    return [c.name for c in lookup("pipeline.features", "FEATURES", FEATURES).columns]


def _tracks(shape: Shape) -> pd.DataFrame:
    rows = [
        {
            "track_id": f"{i:02}.{n}",
            "genre": genre,
            "artist": f"artist {n // 2} of {genre}",
            "title": f"title {n} $",
            "split": "",
            "fault": "repeated" if i == n == 0 else "",
            "fold_artist": -1 if genre == shape.untested else n // 2,
        }
        for i, genre in enumerate(shape.genres)
        for n in range(shape.tracks)
    ]
    tracks = pd.DataFrame(rows)
    return tracks.assign(seconds=30.0, windows=10) if shape.live else tracks


def _probabilities(shape: Shape, n: int, rng: np.random.Generator) -> pd.DataFrame:
    values = rng.dirichlet(np.ones(len(shape.genres)), n).astype(np.float32)
    return pd.DataFrame(values, columns=list(shape.genres))


def _predictions(shape: Shape, tracks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    tested = tracks[tracks["fold_artist"] >= 0]
    whole = tested[["track_id"]].assign(window=-1, fold=tested["fold_artist"])
    facts = {
        "artist": whole,
        "track": whole,
        "window": tracks[["track_id"]].assign(window=3, fold=0),
    }
    parts = [facts[name].assign(protocol=name) for name in shape.protocols]
    table = pd.concat(parts, ignore_index=True).assign(windows=1)
    return table.join(_probabilities(shape, len(table), rng))


def _importance(shape: Shape, explained: bool, rng: np.random.Generator) -> pd.DataFrame:
    kinds, genres = ("permutation", "permutation by family"), (None, *shape.genres)
    rows = [
        {"kind": kind, "feature": feature, "genre": genre, "value": rng.normal(), "std": 0.1}
        for kind in kinds
        for feature in columns()
        for genre in genres
    ]
    table = pd.DataFrame(rows)
    return table if explained else table.head(0)


def _robustness(shape: Shape, tracks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        {"distortion": name, "track_id": track}
        for name in DISTORTIONS
        for track in tracks["track_id"]
    ]
    return pd.DataFrame(rows).join(_probabilities(shape, len(rows), rng))


def _card(title: str, n_predictions: dict[str, int], shape: Shape) -> ModelCard:
    return ModelCard(
        title=title,
        library="scikit-learn",
        format="skops",
        baseline=False,
        embeds=False,
        features=FEATURES,
        trained_on=FEATURES,
        file="models/m0/model.skops" if shape.live else "",
        params={},
        facts={},
        temperatures=[1.0, 1.0, 1.0],
        n_predictions=n_predictions,
        fit_seconds=1.0,
        clip_seconds=0.1 if shape.live else 0.0,
        peak_bytes=10**6,
        file_bytes=10**6 if shape.live else 0,
    )


def _manifest(name: str, shape: Shape, cards: dict[str, ModelCard]) -> Manifest:
    known = lookup("pipeline.features", "FEATURES", FEATURES)
    facts = {
        "title": known.title,
        "version": known.version,
        "columns": columns(),
        "window_seconds": 3.0 if shape.live else None,
    }
    return Manifest(
        benchmark=name,
        title=shape.title,
        licence="None.",
        citation=shape.citation,
        notes=[],
        classes=list(shape.genres),
        sample_rate=22_050,
        live=shape.live,
        features={FEATURES: facts},
        protocols={protocol: PROTOCOLS[protocol] for protocol in shape.protocols},
        models=cards,
        left_out={},
        versions={},
        commit="",
        created="2020-01-01T00:00:00+00:00",
        published=[
            {"name": "Somebody", "protocol": "artist", "accuracy": 0.5, "source": "somewhere"}
        ],
    )
