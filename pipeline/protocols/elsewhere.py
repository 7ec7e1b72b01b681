"""Other people's collections: artists, studios and labels that no model learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.protocols import Protocol

if TYPE_CHECKING:
    import pandas as pd


def folds(tracks: pd.DataFrame) -> pd.Series | None:
    """None: it divides no tracks, but tests on those of a second collection."""
    return None


PROTOCOL = Protocol(
    name="elsewhere",
    title="Other collections",
    description=(
        "Models that were trained on all tracks of this benchmark are asked about recordings of"
        " other collections. Nothing was chosen by these answers, confidence included. A label that"
        " stands for several of the genres here is answered right by any of them; tracks whose"
        " label is none of them count on the page Open set only."
    ),
    folds=folds,
    strictness=4,
    shared="neither artists nor the way of collecting, recording and labelling",
    unseen="collections",
    role="elsewhere",
)
