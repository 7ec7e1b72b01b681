"""The windows that models learn from: weights, splits and parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.fake_models import known_examples

from pipeline.models import Examples


@pytest.fixture
def examples() -> Examples:
    """Examples whose class, artist and track are known."""
    return known_examples()


def test_tracks_weigh_the_same_whatever_their_length() -> None:
    """Tracks of 1, 2 and 5 windows weigh 8/3 each, and windows weigh 1 on average."""
    track = np.array([4, 9, 9, 1, 1, 1, 1, 1])
    weight = Examples(np.zeros((8, 1), np.float32), track, track, track).weight
    sums = pd.Series(weight).groupby(track).sum()
    np.testing.assert_allclose(sums, 8 / 3)
    assert weight.mean() == pytest.approx(1)


def test_splits_keep_artists_together(examples: Examples) -> None:
    """No artist stands on both sides, and every window is asked about once."""
    splits = examples.splits(3)
    for learn, ask in splits:
        assert not set(examples.artist[learn]) & set(examples.artist[ask])
    asked = np.concatenate([ask for _, ask in splits])
    np.testing.assert_array_equal(np.sort(asked), np.arange(len(examples.y)))


@pytest.mark.parametrize("n", [10, 40, 89])
def test_a_part_of_the_examples_keeps_artists_whole(examples: Examples, n: int) -> None:
    """At most so many windows, more than nothing, with all windows of whoever is among them."""
    part = examples.at_most(n)
    assert 0 < len(part.y) <= n < len(examples.y)
    assert len(part.y) == np.isin(examples.artist, part.artist).sum()
    np.testing.assert_array_equal(part.X[:, 1], part.artist)
    np.testing.assert_array_equal(part.X, examples.at_most(n).X)


def test_a_part_of_one_artist_s_examples_is_spread_over_them() -> None:
    """Who has more windows than are wanted is represented all the same, from first to last."""
    n = np.arange(5000)
    examples = Examples(n[:, None].astype(np.float32), n % 2, n // 10, np.zeros_like(n))
    part = examples.at_most(1000)
    assert len(part.y) == 1000
    assert (np.diff(part.X[:, 0]) > 0).all()
    assert part.X[[0, -1], 0].tolist() == [0, 4999]


def test_few_examples_are_all_taken(examples: Examples) -> None:
    """Where there are no more than asked for, none is left out."""
    np.testing.assert_array_equal(examples.at_most(len(examples.y)).X, examples.X)
