"""The page Calibration: confidence as it is measured on the stored predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.pages import open_page, table_with, texts
from support.stored_predictions import accuracies, stored

from pipeline.evaluation.calibration import calibrated
from pipeline.evaluation.scores import labelled_predictions

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def test_calibration_says_what_a_threshold_is_worth(recorded: Artifacts) -> None:
    """At the confidence in the address: the share of tracks, and the accuracy on these."""
    protocol = recorded.headline
    model = next(iter(accuracies(recorded, protocol, baselines=False)))
    title, threshold = recorded.models[model].title, 0.7
    page = open_page(
        "calibration",
        recorded,
        protocol,
        calibration__models=title,
        calibration__least=str(threshold),
        calibration__kind="Before calibration",
    )
    path = recorded.folder / f"models/{model}/predictions.parquet"
    table = pd.read_parquet(path).query("protocol == @protocol")
    confident = (table[recorded.classes].max(axis=1) >= threshold).to_numpy()
    right = stored(recorded, model, protocol)["right"].to_numpy()
    assert (
        f"**{title}** is at least 70% confident of {confident.mean():.0%} of its predictions, of"
        f" which {right[confident].mean():.0%} are right (of all: {right.mean():.0%})."
    ) in texts(page)


def test_calibration_shows_calibrated_probabilities_at_first(gtzan: Artifacts) -> None:
    """The table's mean confidence is that of calibrated probabilities; accuracy stays."""
    protocol = gtzan.headline
    model = next(iter(accuracies(gtzan, protocol, baselines=False)))
    page = open_page("calibration", gtzan, calibration__models=gtzan.models[model].title)
    row = table_with(page, "ece", "confidence", "accuracy").iloc[0]
    table = calibrated(labelled_predictions(gtzan, model, protocol), gtzan.classes)
    assert row["confidence"] == pytest.approx(table["confidence"].mean(), abs=6e-4)
    assert row["accuracy"] == pytest.approx(accuracies(gtzan, protocol)[model], abs=6e-4)
    bins = np.ceil(table["confidence"] * 10).clip(1)
    gap = (table["right"] - table["confidence"]).groupby(bins).sum().abs().sum() / len(table)
    assert row["ece"] == pytest.approx(gap, abs=1e-6)


def test_calibration_says_what_temperatures_are_fitted_on(gtzan: Artifacts) -> None:
    """Other folds, other artists where there is one fold, or what a visitor's music gets."""
    words = {"artist": "other folds", "fault_filtered": "other artists, in 5 groups"}
    elsewhere = next(p for p in gtzan.manifest.protocols if gtzan.is_elsewhere(p))
    for protocol, what in (words | {elsewhere: "the benchmark's own tracks"}).items():
        assert f"which is fitted on {what}" in texts(open_page("calibration", gtzan, protocol))


def test_calibration_where_a_model_is_never_confident(three: Artifacts) -> None:
    """No track at all is said in words, and no division by zero is done."""
    page = open_page("calibration", three, calibration__least="1.0")
    assert "is never 100% confident" in texts(page)
