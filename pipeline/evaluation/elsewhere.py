"""Accuracy on other collections, beside that on this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.evaluation.scores import accuracy, labelled_predictions, stands_for

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def second_protocol(artifacts: Artifacts) -> str | None:
    """The protocol that tests on a second collection, if there is one."""
    names = (name for name in artifacts.manifest.protocols if artifacts.is_elsewhere(name))
    return next(names, None)


def n_known(artifacts: Artifacts, protocol: str) -> int:
    """How many tracks of the second collection have a label that stands for a genre here."""
    accepted = artifacts.tested_tracks(protocol)["accepted"]
    return int(stands_for(accepted, artifacts.classes).any(axis=1).sum())


def by_label(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """Accuracy by collection and label.

    Returns
    -------
    pd.DataFrame
        ``collection, label, n, accuracy, low, high``; first all labels of each collection together,
        whose ``label`` is empty. Intervals are over artists.
    """
    table = labelled_predictions(artifacts, model, protocol)
    collection = artifacts.tested_tracks(protocol).set_index("track_id")["collection"]
    table = table.assign(collection=collection.loc[table["track_id"]].to_numpy())
    rows = [
        _row(part) | {"collection": name[0], "label": name[1] if len(name) > 1 else ""}
        for keys in (["collection"], ["collection", "label"])
        for name, part in table.groupby(keys)
    ]
    columns = ["collection", "label", "n", "accuracy", "low", "high"]
    return pd.DataFrame(rows)[columns].sort_values(
        ["collection", "label"], kind="stable", ignore_index=True
    )


def _row(part: pd.DataFrame) -> dict[str, float]:
    found = accuracy(part)
    return {"n": len(part), "accuracy": found.value, "low": found.low, "high": found.high}
