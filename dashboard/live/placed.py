"""Recordings of this visit on a map of a benchmark's tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.live import session
from pipeline.inference.neighbours import model_in_space_of
from pipeline.inference.placement import place

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from pipeline.artifacts.reader import Artifacts
    from pipeline.inference.placement import Place
    from pipeline.inference.predict import Analysis


@dataclass(frozen=True)
class Placed:
    """A recording of the visitor, and where it lies."""

    name: str
    place: Place


def placed(artifacts: Artifacts, features: str, positions: pd.DataFrame) -> list[Placed]:
    """The recordings of this visit whose features of a set were computed.

    Parameters
    ----------
    positions
        ``track_id, x, y`` of the tracks on the map of these features.
    """
    model = model_in_space_of(artifacts, features)
    if model is None:
        return []
    found = [
        (name, place(artifacts, model, analysis.features[features].mean(axis=0), positions))
        for name, analysis in _analysed(artifacts)
        if features in analysis.features
    ]
    return [Placed(name, at) for name, at in found if at is not None]


def maps(artifacts: Artifacts) -> dict[str, int]:
    """Feature sets on whose maps recordings of this visit have a place, and how many have."""
    sets = [name for name in artifacts.summarised("map") if model_in_space_of(artifacts, name)]
    known = [analysis.features for _, analysis in _analysed(artifacts)]
    counts = {name: sum(name in features for features in known) for name in sets}
    return {name: n for name, n in counts.items() if n}


def _analysed(artifacts: Artifacts) -> Iterator[tuple[str, Analysis]]:
    """Name of each recording that this benchmark's models were asked about, and what they found."""
    now = session.current()
    names = {key[0]: str(row["name"]) for key, row in now.history.items()}
    of = (artifacts.manifest.benchmark, artifacts.manifest.created)
    for (digest, *about), analysis in now.analyses.items():
        if tuple(about) == of:
            yield names.get(digest, "a recording"), analysis
