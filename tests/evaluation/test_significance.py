"""The test of pairs of models against closed forms, SciPy and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest, permutation_test
from support.committed import SHAPES, tables_of

from pipeline.evaluation import significance
from pipeline.evaluation.significance import FLIPS, paired_test

SIMULATIONS = 2000  # the standard error of a rate of 5 % is then 0.5 points
MOST = 0.065  # three standard errors above 5 %


def counted(difference: list[int]) -> np.ndarray:
    """One pair of models: differences of some artists [shape=(n_artists, 1)]."""
    return np.array(difference, dtype=float)[:, None]


def by_monte_carlo(p: float) -> object:
    """A probability as `FLIPS` draws find it: within four standard errors."""
    return pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / FLIPS) + 1 / FLIPS)


@pytest.mark.parametrize("seed", range(5))
def test_p_is_that_of_all_ways_to_flip_the_signs(seed: int) -> None:
    """As `scipy.stats.permutation_test` has it, which tries all signs of ten artists."""
    ahead = np.random.default_rng(seed).integers(-3, 5, 10).astype(float)
    exact = permutation_test(
        (ahead,),
        lambda d, axis: np.abs(d.sum(axis=axis)),
        permutation_type="samples",
        vectorized=True,
        alternative="greater",
        n_resamples=np.inf,
    )
    test = paired_test(ahead[:, None], np.full(10, 6))
    assert test.p[0] == by_monte_carlo(exact.pvalue)


@pytest.mark.parametrize(("only_a", "only_b"), [(1, 7), (12, 3), (30, 41)])
def test_p_of_artists_with_one_track_is_mcnemars(only_a: int, only_b: int) -> None:
    """Where tracks are independent, the exact McNemar test is the right one, and this one."""
    ahead = counted([1] * only_a + [-1] * only_b + [0] * 20)
    exact = binomtest(only_a, only_a + only_b).pvalue
    assert paired_test(ahead, np.ones(len(ahead))).p[0] == by_monte_carlo(exact)


def test_artists_count_as_one_each() -> None:
    """Six artists of nine tracks, all for one model: p is 2 in 64, not 2 in 2^54."""
    test = paired_test(counted([9] * 6), np.full(6, 9))
    assert test.p[0] == by_monte_carlo(2 / 64)


def test_a_single_pair_needs_no_correction() -> None:
    """The corrected p of the only pair is its p."""
    test = paired_test(counted([2, 1, -1, 3, 0, 1, 1, -2]), np.full(8, 4))
    assert test.p_adjusted == test.p


def test_copies_of_a_pair_cost_nothing_and_unrelated_pairs_their_number() -> None:
    """The corrected p of three like pairs is p; of three independent pairs 1 - (1 - p)³."""
    rng = np.random.default_rng(3)
    one = np.where(np.arange(60) < 38, 1.0, -1.0)
    alike = paired_test(np.stack([one, one, -one], axis=1), np.ones(60))
    np.testing.assert_array_equal(alike.p_adjusted, alike.p)
    apart = np.zeros((180, 3))  # each pair differs on artists of its own
    for pair in range(3):
        apart[60 * pair : 60 * (pair + 1), pair] = rng.permutation(one)
    p = binomtest(38, 60).pvalue
    test = paired_test(apart, np.ones(180))
    assert test.p_adjusted.tolist() == [by_monte_carlo(1 - (1 - p) ** 3)] * 3


def test_equal_models_do_not_differ() -> None:
    """No artist differs: p is 1, before and after correction."""
    test = paired_test(np.zeros((30, 2)), np.full(30, 4))
    assert test.p.tolist() == test.p_adjusted.tolist() == [1, 1]
    assert not test.significant.any()
    assert (test.low <= 0).all()
    assert (test.high >= 0).all()


def drawn_differences(seed: int, artists: int, pairs: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Models that differ more or less, on artists of uneven sizes."""
    rng = np.random.default_rng(seed)
    tracks = rng.integers(1, 12, artists)
    skill = rng.uniform(0, 0.4, pairs)
    ahead = rng.binomial(tracks[:, None], 0.3 + skill, (artists, pairs))
    return (ahead - rng.binomial(tracks[:, None], 0.3, (artists, pairs))).astype(float), tracks


@pytest.mark.parametrize("artists", [5, 7, 12, 30, 100])
def test_intervals_agree_with_the_verdict(artists: int) -> None:
    """An interval excludes 0, p_adjusted is at most 5 %, and a pair significant: all or none."""
    verdicts = []
    for seed in range(20):
        test = paired_test(*drawn_differences(seed, artists))
        np.testing.assert_array_equal(test.significant, test.p_adjusted <= 0.05)
        if np.isfinite(test.low).all():
            np.testing.assert_array_equal(test.significant, (test.low > 0) | (test.high < 0))
        verdicts += test.significant.tolist()
        assert (test.p <= test.p_adjusted).all()
    assert set(verdicts) == ({True, False} if artists > 5 else {False})


def test_intervals_hold_what_the_test_does_not_reject() -> None:
    """At both ends of all intervals the statistic has the same value, which decides verdicts."""
    ahead, tracks = drawn_differences(1, 60)
    test = paired_test(ahead, tracks)

    def statistic(delta: np.ndarray) -> np.ndarray:
        rest = ahead - delta * tracks[:, None]
        return np.abs(rest.sum(axis=0)) / np.sqrt((rest**2).sum(axis=0))

    critical = statistic(test.low)
    np.testing.assert_allclose(critical, critical[0])
    np.testing.assert_allclose(statistic(test.high), critical)
    np.testing.assert_array_equal(statistic(np.zeros(6)) > critical, test.significant)
    difference = ahead.sum(axis=0) / tracks.sum()
    assert ((test.low < difference) & (difference < test.high)).all()


def test_intervals_hold_all_differences_at_once() -> None:
    """In about 95 of 100 simulated comparisons all six intervals hold the true differences."""
    hits = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        tracks, true = rng.integers(1, 8, 80), np.linspace(0, 0.25, 6)
        taste = rng.normal(0, 0.15, (80, 6))  # of artists for models
        chance = np.clip(0.5 + (true + taste) / 2, 0, 1)
        ahead = 2.0 * rng.binomial(tracks[:, None], chance) - tracks[:, None]
        test = paired_test(ahead, tracks)
        hits.append(((test.low <= true) & (true <= test.high)).all())
    assert np.mean(hits) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize("tracks", [[5], [5, 5, 5], [40, 1, 2, 1, 3]])
def test_too_few_artists_give_no_interval(tracks: list[int]) -> None:
    """One artist, three, or one who has nearly all tracks: no difference can be excluded."""
    test = paired_test(np.array(tracks, dtype=float)[:, None], np.array(tracks))
    assert np.isnan([test.low, test.high]).all()
    assert not test.significant.any()


def right_by_artist(name: str, protocol: str) -> tuple[np.ndarray, pd.Series]:
    """Whether each model of a committed benchmark is right on each track, and the artists."""
    _, tables = tables_of(name, protocol)
    indexed = {model: table.set_index(["track_id", "window"]) for model, table in tables.items()}
    right = pd.concat({m: table["right"] for m, table in indexed.items()}, axis=1, join="inner")
    artist = next(iter(indexed.values())).loc[right.index, "artist"]
    return right.to_numpy(dtype=float), artist.to_numpy()


@pytest.mark.parametrize(("name", "protocol"), SHAPES)
def test_five_percent_of_differences_by_chance_are_significant(
    name: str, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each artist's answers are dealt anew to the models, so that none is better.

    Of single pairs, and of families of all pairs with any verdict, at most 6.5 % are positive.
    """
    monkeypatch.setattr(significance, "FLIPS", 199)  # of which 5 % are a whole number, too
    right, artist = right_by_artist(name, protocol)
    groups = pd.DataFrame(right).groupby(artist)
    by_artist, tracks = groups.sum().to_numpy(), groups.size().to_numpy()
    a, b = np.triu_indices(by_artist.shape[1], 1)
    rng, single, family = np.random.default_rng(0), [], []
    for _ in range(SIMULATIONS):
        dealt = rng.permuted(by_artist, axis=1)
        test = paired_test(dealt[:, a] - dealt[:, b], tracks)
        single.append((test.p <= 0.05).mean())
        family.append(test.significant.any())
    assert 0.02 < np.mean(single) <= MOST
    assert np.mean(family) <= MOST


def swapped(
    right: np.ndarray, artist: np.ndarray, seed: int, rival: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the best model and a rival, swapped for whole artists at random, `SIMULATIONS` times.

    Returns
    -------
    tuple of np.ndarray
        Tracks that only one and only the other has right [shape=(SIMULATIONS,)], and the artists'
        differences [shape=(n_artists, SIMULATIONS)].
    """
    ranked = np.argsort(-right.mean(axis=0))
    a, b = right[:, ranked[[0, rival]]].T
    groups = pd.DataFrame({"a": a * (1 - b), "b": b * (1 - a)}).groupby(artist)
    only_a, only_b = groups.sum().to_numpy().T[..., None]  # (n_artists, 1)
    swap = np.random.default_rng(seed).integers(0, 2, (len(only_a), SIMULATIONS)) == 1
    first, second = np.where(swap, only_b, only_a), np.where(swap, only_a, only_b)
    return first.sum(axis=0), second.sum(axis=0), first - second


@pytest.mark.parametrize(("name", "protocol"), SHAPES)
def test_five_percent_of_swaps_of_two_models_are_significant(name: str, protocol: str) -> None:
    """The best two models of a benchmark, with whole artists exchanged at random."""
    right, artist = right_by_artist(name, protocol)
    *_, ahead = swapped(right, artist, 0)
    test = paired_test(ahead, np.unique(artist, return_counts=True)[1])
    assert 0.02 < (test.p <= 0.05).mean() <= MOST


def test_mcnemars_test_would_call_too_many_swaps_significant() -> None:
    """It takes tracks of an artist for independent: of models that differ it is far above 6.5 %."""
    right, artist = right_by_artist("gtzan", "artist")
    first, second, _ = swapped(right, artist, 0, rival=4)
    fewer, n = np.minimum(first, second), first + second
    mid_p = 2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5)  # Fagerland et al. 2013
    assert (mid_p <= 0.05).mean() > MOST + 4 * 0.005
