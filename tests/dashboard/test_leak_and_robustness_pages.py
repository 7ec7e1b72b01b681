"""The pages Leak and Robustness: accuracies under other protocols and on distorted sound."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.odd_benchmarks import SHAPES, benchmark
from support.pages import open_page, table_with, texts
from support.stored_predictions import accuracies

from pipeline.benchmark.robustness import DISTORTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


def test_leak_is_the_difference_of_the_stored_accuracies(recorded: Artifacts) -> None:
    """Points between each protocol and the next stricter one, on average and at most.

    The published split tests other tracks, so no step leads to it.
    """
    page = open_page("leak", recorded)
    protocols = recorded.manifest.protocols
    steps = [n for n in ("window", "track", "artist") if n in protocols]
    assert {*steps, "fault_filtered"} == {*protocols, "fault_filtered"}
    models = list(accuracies(recorded, recorded.headline, baselines=False))[:6]
    found = {step: accuracies(recorded, step) for step in steps}
    assert f"{protocols['fault_filtered'].title} − " not in texts(page)
    for a, b in pairwise(steps):
        points = {m: 100 * (found[a][m] - found[b][m]) for m in models if m in found[a]}
        sentence = next(
            line
            for line in texts(page).splitlines()
            if line.startswith(f"{protocols[a].title} − {protocols[b].title}: ")
        )
        assert f"**{np.mean(list(points.values())):+.1f} points** on average" in sentence
        assert f"{max(points.values()):+.1f} points for " in sentence
        most = [m for m in points if points[m] == pytest.approx(max(points.values()))]
        assert any(sentence.endswith(f"for {recorded.models[m].title}.") for m in most)
    for facts in protocols.values():
        shared = f"**{facts.title}.** Shared by training and test data: {facts.shared}."
        assert shared in texts(page)


def test_leak_of_one_protocol_says_that_there_is_none(tmp_path: Path) -> None:
    """Nothing to compare is a sentence."""
    page = open_page("leak", benchmark("one", SHAPES["one_protocol"], tmp_path))
    assert "one protocol only" in texts(page)


def test_robustness_names_the_hardest_distortion(recorded: Artifacts) -> None:
    """The distortion that costs most accuracy on average over models but the baselines."""
    genre = recorded.tracks.set_index("track_id")["genre"]
    accuracy = {}
    for model in accuracies(recorded, recorded.headline, baselines=False):
        table = pd.read_parquet(recorded.folder / f"models/{model}/robustness.parquet")
        truth = table["track_id"].map(genre)
        right = table[recorded.classes].idxmax(axis=1) == truth
        accuracy[model] = right.groupby(table["distortion"]).mean()
    found = pd.DataFrame(accuracy)
    lost = (found.loc["none"] - found.drop("none")).mean(axis=1)
    assert lost.max() > lost.nlargest(2).iloc[1]  # or the sentence might name another
    page = open_page("robustness", recorded)
    title = DISTORTIONS[lost.idxmax()].title
    sentence = f"Hardest on average: **{title}** ({100 * lost.max():.1f} points lost)."
    assert sentence in texts(page)
    protocol = recorded.manifest.protocols[recorded.robustness_protocol].title
    n = table["track_id"].nunique()
    assert f"on the {n} test tracks of “{protocol}”" in texts(page)


def test_robustness_without_recordings_says_so(three: Artifacts) -> None:
    """Published features cannot be distorted; the costs are shown all the same."""
    page = open_page("robustness", three)
    assert "no recordings, so nothing could be distorted" in texts(page)
    assert len(table_with(page, "title", "fit_seconds")) == len(three.models)
