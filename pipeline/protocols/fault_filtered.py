"""The split that was published for a dataset, with its known faults left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.protocols import TRAIN, Protocol

if TYPE_CHECKING:
    import pandas as pd


def folds(tracks: pd.DataFrame) -> pd.Series | None:
    """Train on train and valid, test on test; None without a published test part."""
    fold = tracks["split"].map({"train": TRAIN, "valid": TRAIN, "test": 0}).astype("Int64")
    return fold if (fold == 0).any() else None


PROTOCOL = Protocol(
    name="fault_filtered",
    title="Published split",
    description=(
        "Models are trained on the training and validation tracks of the split that was published"
        " for the dataset, and tested once on its test tracks. For GTZAN that is the"
        " fault-filtered split (Kereliuk, Sturm & Larsen 2015): it leaves out repeated and"
        " distorted tracks and keeps nearly all artists on one side, so scores are lower than on"
        " random splits and closer to the truth."
    ),
    folds=folds,
    strictness=2,
    shared="nothing but the genre, for nearly all artists",
    unseen="tracks",
    role="published",
)
