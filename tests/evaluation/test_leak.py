"""Leaks are measured on the same tracks, and networks on what they may have heard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pipeline.artifacts.manifest import ProtocolCard
from pipeline.artifacts.reader import Artifacts
from pipeline.backbones.networks import NETWORKS
from pipeline.evaluation.intervals import Interval, difference_interval
from pipeline.evaluation.leak import (
    gains,
    heard_before,
    may_be_chance,
    steps,
    through_networks,
    within_genres,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.protocols import Role

COMMITTED = Path(__file__).parents[2] / "artifacts"


def card(strictness: int, role: Role = "general") -> ProtocolCard:
    return ProtocolCard("", "", "track", 5, strictness, role, "", "")


def test_steps_lead_from_lenient_to_strict() -> None:
    """Tests on other tracks than those of the collection's own folds are no steps."""
    protocols = {
        "artist": card(3),
        "split": card(2, "published"),
        "other": card(9, "elsewhere"),
        "window": card(0, "leak"),
        "track": card(1),
    }
    assert steps(protocols) == [("window", "track"), ("track", "artist")]
    assert steps({"artist": card(3), "split": card(2, "published")}) == []


def answers(track: Sequence[str], right: Sequence[int]) -> pd.DataFrame:
    """Tracks a0, a1, ... are by artist a."""
    table = pd.DataFrame({"track_id": track, "right": np.array(right, dtype=bool)})
    return table.assign(artist=table["track_id"].str[0], genre="rock")


STRICT = answers(["a0", "a1", "b0", "b1", "c0", "z0"], [0, 1, 0, 1, 1, 1])
# By window: a0 is right in two of three, b0 in both, c0 in none; y0 is not tested strictly.
LENIENT = answers(["a0", "a0", "a0", "b0", "b0", "c0", "y0"], [1, 1, 0, 1, 1, 0, 1])


def test_gains_are_paired_by_track_and_tracks_count_the_same() -> None:
    """However many windows a track has: (2/3 + 1 - 1) / 3, with an interval over artists."""
    found = gains({"m": LENIENT}, {"m": STRICT})
    assert found is not None
    assert (found.tracks, found.artists) == (3, 3)
    expected = difference_interval(
        np.array([[2 / 3, 1], [1, 1], [-1, 1]]), lambda sums: sums[..., 0] / sums[..., 1]
    )
    np.testing.assert_allclose(found.models.loc["m"], expected)
    np.testing.assert_allclose(found.mean, expected)
    assert found.mean.value == pytest.approx(2 / 9)


def test_gains_cluster_by_artist() -> None:
    """Ten tracks of each of two artists tell no more than one track of each would."""
    few = answers(["a0", "b0"], [1, 0])
    ids = [f"{artist}{n}" for artist in "ab" for n in range(10)]
    many, never = answers(ids, [1] * 10 + [0] * 10), answers(ids, [0] * 20)
    one, ten = gains({"m": few}, {"m": never}), gains({"m": many}, {"m": never})
    assert one is not None
    assert ten is not None
    np.testing.assert_allclose(one.mean, ten.mean)


def test_the_mean_gain_gives_each_model_the_same_weight() -> None:
    """On the tracks that all were tested on: c0 does not count, since one model lacks it."""
    other = answers(["a0", "b0"], [1, 0])
    found = gains({"m": LENIENT, "n": other}, {"m": STRICT, "n": STRICT})
    assert found is not None
    assert found.models["gain"].tolist() == pytest.approx([5 / 6, 1 / 2])
    assert found.mean.value == pytest.approx((5 / 6 + 1 / 2) / 2)
    assert found.mean.low <= found.mean.value <= found.mean.high


def test_gains_leave_out_models_that_were_not_tested_twice() -> None:
    """None if nothing is left: without a model, or without a track in both tests."""
    found = gains({"m": LENIENT, "n": LENIENT, "o": LENIENT.head(0)}, {"m": STRICT, "o": STRICT})
    assert found is not None
    assert found.models.index.tolist() == ["m"]
    assert gains({"m": LENIENT}, {"m": STRICT.tail(1)}) is None
    assert gains({"m": LENIENT.head(0)}, {"m": STRICT}) is None


@pytest.mark.parametrize("name", ["gtzan", "gtzan-published", "fma-nine"])
def test_models_through_networks_have_tags_among_their_features(name: str) -> None:
    """Their columns bear the names of a network's tags."""
    opened = Artifacts(COMMITTED / name)
    tags = {tag for network in NETWORKS.values() for tag in network.tags}

    def tagged(column: str) -> bool:
        return column.removesuffix("_mean") in tags or column.partition(".")[2] in tags

    expected = {
        model
        for model, facts in opened.models.items()
        if any(map(tagged, opened.manifest.features[facts.trained_on]["columns"]))
    }
    assert through_networks(opened) == expected
    assert bool(expected) == name.startswith("gtzan")


def heard_and_others(right: dict[tuple[str, bool], Sequence[int]]) -> tuple[pd.DataFrame, ...]:
    """Predictions by genre and whether heard, and the tracks; each is by an artist of its own."""
    rows = [
        {"genre": genre, "heard": heard, "right": bool(one)}
        for (genre, heard), ones in right.items()
        for one in ones
    ]
    table = pd.DataFrame(rows)
    table = table.assign(track_id=[f"t{n}" for n in table.index], artist=table.index.astype(str))
    return table.drop(columns="heard"), table[["track_id", "heard"]]


# Classical is easy and seldom heard. Within classical 1 - 3/4, within rock 2/3 - 1/2.
MIXED = {
    ("classical", True): [1],
    ("classical", False): [1, 1, 1, 0],
    ("rock", True): [1, 1, 0] * 2,
    ("rock", False): [1, 0],
}


def test_heard_tracks_are_compared_within_genres() -> None:
    """A genre weighs as much as it has tracks of the rarer kind: here 1 and 2."""
    table, tracks = heard_and_others(MIXED)
    rows = heard_before({"m": table}, tracks)
    assert len(rows) == len(table)
    found = within_genres(rows, ["m"])
    assert found.value == pytest.approx((1 * (1 - 3 / 4) + 2 * (2 / 3 - 1 / 2)) / 3)
    assert found.low < found.value < found.high
    assert may_be_chance(found)


def test_genres_alone_make_no_difference() -> None:
    """Where most heard tracks are of an easy genre, the raw difference misleads."""
    table, tracks = heard_and_others(
        {
            ("classical", True): [1] * 20,
            ("classical", False): [1] * 5,
            ("rock", True): [0] * 5,
            ("rock", False): [0] * 20,
        }
    )
    rows = heard_before({"m": table}, tracks)
    assert rows.groupby("heard")["right"].mean().tolist() == [0.2, 0.8]
    assert within_genres(rows, ["m"]).value == 0


def test_what_networks_gain_is_more_than_what_others_gain() -> None:
    """Each kind of model is averaged, then subtracted: songs may be easy without being known."""
    table, tracks = heard_and_others(MIXED)
    wrong, always = table.assign(right=False), table.assign(right=True)
    rows = heard_before({"m": table, "wrong": wrong, "always": always}, tracks)
    alone = within_genres(rows, ["m"]).value
    assert within_genres(rows, ["m", "always"]).value == pytest.approx(alone / 2)
    assert within_genres(rows, ["m"], ["wrong", "always"]).value == pytest.approx(alone)
    assert within_genres(rows, ["wrong"], ["always", "m"]).value == pytest.approx(-alone / 2)


def test_unknown_tracks_do_not_count() -> None:
    """A missing value is neither heard nor new; without any other, nothing can be compared."""
    table, tracks = heard_and_others(MIXED)
    some = tracks.assign(heard=tracks["heard"].astype(object).where(tracks.index > 0, None))
    assert len(heard_before({"m": table}, some)) == len(table) - 1
    assert heard_before({"m": table}, tracks.drop(columns="heard")).empty
    assert heard_before({"m": table}, tracks.assign(heard=True)).empty
    assert heard_before({"m": table}, tracks.assign(heard=pd.NA)).empty


@pytest.mark.parametrize(
    ("low", "high", "chance"),
    [(-0.1, 0.2, True), (0.0, 0.2, True), (0.1, 0.2, False), (-0.2, -0.1, False)],
)
def test_an_interval_with_zero_may_be_chance(low: float, high: float, chance: bool) -> None:
    """Either sign can be real; of one artist nothing is known."""
    assert may_be_chance(Interval(0.1, low, high)) is chance
    assert may_be_chance(Interval(0.1, np.nan, np.nan))
