"""Scores of models that were asked about a collection of which no benchmark holds the answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.errors import DatasetError
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.scores import accuracy, interval, labelled, per_genre, scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OTHER_SCORES = ("top2", "top3", "log_loss")
OF_PAIR = ["difference", "low", "high", "p_adjusted", "significant"]


@dataclass(frozen=True)
class Answers:
    """What models said about the recordings of another collection.

    Attributes
    ----------
    classes
        Genres, in the order of every probability column.
    predictions
        By model, in the form of `pipeline.artifacts.reader.Artifacts.predictions`.
    same_sound
        Recordings that sound the same as one that models learnt from, and which that is.
    left_out
        Recordings that could not be read, and why.
    """

    classes: list[str]
    predictions: dict[str, pd.DataFrame]
    same_sound: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def on_same_tracks(answers: Answers, tracks: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """`labelled` predictions by model, the best first, on the same tracks for all.

    Tracks that sound the same as one that models learnt from are left out.

    Parameters
    ----------
    tracks
        As `labelled` takes them.

    Raises
    ------
    DatasetError
        If none is left.
    """
    common = set.intersection(*(set(t["track_id"]) for t in answers.predictions.values()))
    due = tracks[tracks["track_id"].isin(common - answers.same_sound.keys())]
    tables = {
        name: labelled(table, due, answers.classes) for name, table in answers.predictions.items()
    }
    if not min(map(len, tables.values())):
        raise DatasetError(
            f"No recording is left to test on: of {len(tracks)}, {len(answers.left_out)} could not"
            f" be read and {len(answers.same_sound)} sound like ones that the models learnt from."
        )
    return dict(sorted(tables.items(), key=lambda item: -item[1]["right"].mean()))


def results(tables: Mapping[str, pd.DataFrame], classes: Sequence[str]) -> list[dict[str, Any]]:
    """Everything about each model, in the order of `tables`.

    Returns
    -------
    list of dict
        ``model, n, artists, accuracy, low, high, macro_f1, macro_f1_low, macro_f1_high, top2, top3,
        log_loss``; ``recall``: by genre; ``genres``: by genre ``n, recall, low, high, precision,
        f1``; ``against``: by other model what `compare` says of the pair. Intervals are over
        artists; genres without tracks are missing.
    """
    pairs = compare(tables) if len(tables) > 1 else pd.DataFrame()
    return [
        _result(name, table, classes) | {"against": _against(pairs, name)}
        for name, table in tables.items()
    ]


def _result(name: str, table: pd.DataFrame, classes: Sequence[str]) -> dict[str, Any]:
    right, f1, every = accuracy(table), interval(table, classes, "macro_f1"), scores(table, classes)
    present = set(table["genre"])
    genres = {genre: _of_genre(genre, table, classes) for genre in classes if genre in present}
    return {
        "model": name,
        "n": len(table),
        "artists": int(table["artist"].nunique()),
        **dict(zip(("accuracy", "low", "high"), right, strict=True)),
        **dict(zip(("macro_f1", "macro_f1_low", "macro_f1_high"), f1, strict=True)),
        **{score: every[score] for score in OTHER_SCORES},
        "recall": {genre: found["recall"] for genre, found in genres.items()},
        "genres": genres,
    }


def _of_genre(genre: str, table: pd.DataFrame, classes: Sequence[str]) -> dict[str, Any]:
    own = table[table["genre"] == genre]
    found: Any = per_genre(table, classes).loc[genre]
    recall = dict(zip(("recall", "low", "high"), accuracy(own), strict=True))
    other = {score: float(found[score]) for score in ("precision", "f1")}
    return {"n": len(own), **recall, **other}


def _against(pairs: pd.DataFrame, name: str) -> dict[str, dict[str, Any]]:
    """What is known of the pairs whose first model this is."""
    own = pairs[pairs["model_a"] == name] if len(pairs) else pairs
    return {row["model_b"]: {key: row[key] for key in OF_PAIR} for row in own.to_dict("records")}
