"""How a protocol divides tracks, as a table for people with models of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.artifacts.models import member
from pipeline.errors import PredictionsError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.artifacts.reader import Artifacts


def split(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """Tracks that a protocol uses.

    Returns
    -------
    pd.DataFrame
        ``track_id, genre, artist, title, fold``; fold -1: only trained on.

    Raises
    ------
    ArtifactsError
        If there is no such protocol.
    PredictionsError
        If it divides windows, or tests on another collection.
    """
    _check_divides(artifacts, protocol)
    tracks = artifacts.tracks.rename(columns={f"fold_{protocol}": "fold"})
    used = tracks.dropna(subset="fold")[["track_id", "genre", "artist", "title", "fold"]]
    return used.astype({"fold": int}).reset_index(drop=True)


def how_to_train(artifacts: Artifacts, protocol: str) -> str:
    """What to do with a `split`, in words."""
    table = split(artifacts, protocol)
    tested = table[table["fold"] >= 0]
    n, folds = len(tested), tested["fold"].nunique()
    trained = " (those of fold -1 are for training only)" if (table["fold"] < 0).any() else ""
    task = (
        f"For each of the {folds} folds, train on the tracks of all other folds, and predict those"
        f" of the fold{trained}: {n:,} predictions."
        if folds > 1
        else f"Train on the tracks of fold -1, and predict those of fold 0: {n:,} predictions."
    )
    return f"{task} Choose nothing by the fold that is predicted."


def has_split(artifacts: Artifacts, protocol: str) -> bool:
    """Whether a protocol divides tracks; not if it divides windows or tests elsewhere."""
    member(artifacts.manifest.protocols, protocol, "protocol", artifacts.manifest.benchmark)
    return f"fold_{protocol}" in artifacts.tracks


def _check_divides(artifacts: Artifacts, protocol: str) -> None:
    if not has_split(artifacts, protocol):
        names = artifacts.manifest.protocols
        possible = ", ".join(name for name in names if has_split(artifacts, name))
        raise PredictionsError(
            f"The protocol {protocol} does not divide the tracks of {artifacts.manifest.benchmark},"
            f" so predictions by others cannot be tested under it. Choose one of: {possible}."
        )
