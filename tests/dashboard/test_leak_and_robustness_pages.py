"""The pages Leak and Robustness: accuracies under other protocols and on distorted sound."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from support.damage import put_table
from support.odd_benchmarks import SHAPES, Shape, benchmark
from support.pages import open_page, table_with, texts
from support.partial_benchmarks import changed
from support.stored_predictions import accuracies, stored

from pipeline.artifacts.reader import Artifacts
from pipeline.benchmark.robustness import DISTORTIONS
from pipeline.features import taggram

if TYPE_CHECKING:
    from pathlib import Path


def gain(artifacts: Artifacts, model: str, lenient: str, strict: str) -> pd.Series:
    """Of each track that both protocols test: the difference of its shares of correct windows."""
    shares = [
        stored(artifacts, model, name).groupby(level="track_id")["right"].mean()
        for name in (lenient, strict)
    ]
    return (shares[0] - shares[1]).dropna()


def test_leak_is_the_paired_difference_on_the_same_tracks(recorded: Artifacts) -> None:
    """Points between each protocol and the next stricter one, on average and at most.

    The published split tests other tracks, so no step leads to it.
    """
    page = open_page("leak", recorded)
    protocols = recorded.manifest.protocols
    names = [n for n in ("window", "track", "artist") if n in protocols]
    others = {"fault_filtered", "elsewhere"}
    assert {*names, *others} == {*protocols, *others}
    models = list(accuracies(recorded, recorded.headline, baselines=False))[:6]
    artist = recorded.tracks.set_index("track_id")["artist"]
    assert f"{protocols['fault_filtered'].title} − " not in texts(page)
    for a, b in pairwise(names):
        found = {m: gain(recorded, m, a, b) for m in models}
        common = pd.DataFrame({m: values for m, values in found.items() if len(values)}).dropna()
        gains = {m: common[m] for m in common}
        points = {m: 100 * values.mean() for m, values in gains.items() if len(values)}
        (sentence,) = (
            line
            for line in texts(page).splitlines()
            if line.startswith(f"{protocols[a].title} − {protocols[b].title}: ")
        )
        assert f"**{np.mean(list(points.values())):+.1f} points** on average" in sentence
        most = [m for m in points if points[m] == pytest.approx(max(points.values()))]
        best = (f"most for {recorded.models[m].title} ({points[m]:+.1f} points)." for m in most)
        assert any(words in sentence for words in best)
        tracks = next(iter(gains.values())).index
        n = f"Tracks tested under both: {len(tracks):,}, by {artist[tracks].nunique():,} artists."
        assert n in sentence
        low, high = map(float, re.search(r"95% interval (\S+) to (\S+)\)", sentence).groups())
        assert low <= np.mean(list(points.values())) <= high
        assert sentence.endswith("may be due to chance.") == (low <= 0 <= high)
        shared = f"**{protocols[a].title}.** Shared by training and test data: "
        assert shared + protocols[a].shared in texts(page)


def test_leak_of_one_protocol_says_that_there_is_none(tmp_path: Path) -> None:
    """Nothing to compare is a sentence."""
    page = open_page("leak", benchmark("one", SHAPES["one_protocol"], tmp_path))
    assert "one protocol only" in texts(page)


HEARD = ("taggram", "m0")  # features through a network, and the model that takes them


def listen(facts: dict[str, Any]) -> None:
    """Let the first model take the tags of a pretrained network."""
    features, model = HEARD
    columns = [column.name for column in taggram.FEATURES.columns]
    card = {"title": "Tags", "version": 1, "columns": columns, "window_seconds": 3.0}
    facts["features"][features] = card
    facts["models"][model]["trained_on"] = features


@pytest.fixture(scope="module")
def partly_heard(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """A benchmark with a model on tags, which may have heard every other track; of one unknown."""
    old = benchmark("old", Shape(tracks=8), tmp_path_factory.mktemp("old"))
    new = changed(old, tmp_path_factory.mktemp("heard"), listen)
    heard = pd.Series([n % 2 == 0 for n in range(len(old.tracks))], dtype=object)
    heard.iloc[0] = None
    put_table(new.folder, "tracks.parquet", old.tracks.assign(heard=heard))
    return Artifacts(new.folder)


def test_leak_compares_what_networks_may_have_heard(partly_heard: Artifacts) -> None:
    """Accuracies of both kinds of models on both kinds of tracks, from the stored predictions."""
    page = open_page("leak", partly_heard)
    heard = partly_heard.tracks.set_index("track_id")["heard"].dropna().astype(bool)
    assert f"{heard.sum()} of {len(heard)} tracks have the artist and the title" in texts(page)
    found = {}
    for model in partly_heard.models:
        right = stored(partly_heard, model, partly_heard.headline)["right"].droplevel("window")
        found[model] = right.groupby(heard.reindex(right.index)).mean()
    for title, models in (("that listen through them", ["m0"]), ("without them", ["m1", "m2"])):
        share = pd.DataFrame(found)[models].mean(axis=1)
        words = f"Models {title} are right on {share[True]:.0%} of such tracks and on"
        assert f"{words} {share[False]:.0%} of the others" in texts(page)
    table = table_with(page, "title", "networks", "heard", "others").set_index("title")
    assert table["networks"].to_dict() == {"First": True, "Second": False, "Third": False}
    expected = pd.DataFrame(found).T.reindex(columns=[True, False]).to_numpy()
    order = [partly_heard.titles[model] for model in found]
    np.testing.assert_allclose(table.loc[order, ["heard", "others"]], expected, atol=6e-4)


def test_leak_says_nothing_of_networks_where_nothing_is_known(plain: Artifacts) -> None:
    """Without the column there is no section."""
    assert "Million Song" not in texts(open_page("leak", plain))


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
    models = accuracies(recorded, recorded.headline, baselines=False)
    paths = [recorded.folder / f"models/{model}/robustness.parquet" for model in models]
    numbers = {pd.read_parquet(path)["track_id"].nunique() for path in paths}
    n = " or ".join(map(str, sorted(numbers, reverse=True)))
    assert f"on the {n} test tracks of “{protocol}”" in texts(page)


def test_robustness_without_recordings_says_so(three: Artifacts) -> None:
    """Published features cannot be distorted; the costs are shown all the same."""
    page = open_page("robustness", three)
    assert "were not tested on distorted sound" in texts(page)
    assert len(table_with(page, "title", "fit_seconds")) == len(three.models)
