"""Fitting with fakes whose behaviour is known: what they are shown, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.fake_models import N_CLASSES, Says, fake, known_examples, sure

from pipeline.benchmark import train
from pipeline.models import Examples
from pipeline.protocols import TRAIN

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def examples() -> Examples:
    """Examples whose class, artist and track are known."""
    return known_examples()


def test_track_is_the_plain_mean_of_its_windows() -> None:
    """Windows weigh the same, tracks come in ascending order, whatever the order of the windows."""
    track = np.array([7, 2, 7, 7])
    windows = np.array([[1, 0], [0.5, 0.5], [0, 1], [0.5, 0.5]], dtype=np.float32)
    tracks, probabilities = train.by_track(track, windows)
    assert tracks.tolist() == [2, 7]
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.5, 0.5]])
    _, unequal = train.by_track(np.zeros(3, int), np.array([[1, 0], [1, 0], [0.4, 0.6]]))
    np.testing.assert_allclose(unequal, [[0.8, 0.2]])


@pytest.mark.parametrize("ways", [("by_heart", "modest"), ("modest", "by_heart")])
def test_tune_judges_on_artists_that_were_not_heard(
    examples: Examples, ways: tuple[str, ...]
) -> None:
    """Knowing artists by heart loses to a modest answer that also holds for new artists."""

    def fit(shown: Examples, way: str) -> Says:
        known = dict(zip(shown.artist.tolist(), shown.y.tolist(), strict=True))

        def by_heart(X: np.ndarray) -> np.ndarray:
            y = np.array([known.get(int(artist), -1) for artist in X[:, 1]])
            return np.where(y[:, None] < 0, 1 / N_CLASSES, sure(y, 0.99))

        return Says(by_heart if way == "by_heart" else lambda X: sure(X[:, 0], 0.6))

    assert train.tune(fake(fit, way=ways), examples, N_CLASSES) == {"way": "modest"}


def test_tune_prefers_honest_probabilities(examples: Examples) -> None:
    """Of answers wrong about one track in four, those that say 75 % have the lowest log loss."""

    def fit(shown: Examples, p: float) -> Says:
        return Says(lambda X: sure((X[:, 0] + (X[:, 2] % 4 == 0)) % N_CLASSES, p))

    model = fake(fit, p=(0.4, 0.75, 0.999))
    assert train.tune(model, examples, N_CLASSES) == {"p": 0.75}


def gap_of(by_heart: float, modest: float) -> Callable[..., Any]:
    """Two ways to fit: knowing tracks by heart with one loss for others, or a rule with another.

    Both tell new tracks' genres from column 0, as sure as the two numbers say. Whoever knows tracks
    by heart is told new ones wrongly in one case of three.
    """

    def fit(shown: Examples, way: str) -> Says:
        known = np.unique(shown.track)

        def recall(X: np.ndarray) -> np.ndarray:
            wrong = ~np.isin(X[:, 2], known) & (X[:, 2] % 3 == 0)
            return sure((X[:, 0] + wrong) % N_CLASSES, by_heart)

        def rule(X: np.ndarray) -> np.ndarray:
            return sure((X[:, 0] + (X[:, 2] % 3 == 0)) % N_CLASSES, modest)

        return Says(recall if way == "by_heart" else rule)

    return fit


@pytest.mark.parametrize(
    ("max_gap", "expected"), [(None, "by_heart"), (0.5, "by_heart"), (0.05, "modest")]
)
def test_tune_passes_over_what_knows_its_tracks_by_heart(
    examples: Examples, max_gap: float | None, expected: str
) -> None:
    """The candidate with the lower loss is refused if it does far better on what it learnt from."""
    model = fake(gap_of(by_heart=0.65, modest=0.4), way=("by_heart", "modest"))
    chosen = train.tune(replace(model, max_gap=max_gap), examples, N_CLASSES)
    assert chosen == {"way": expected}


@pytest.mark.parametrize("p", [(0.65, 0.4), (0.4, 0.65)])
def test_tune_takes_the_lowest_loss_where_all_know_their_tracks_by_heart(
    examples: Examples, p: tuple[float, float]
) -> None:
    """A limit that no candidate keeps is no reason to take the worse one."""

    def fit(shown: Examples, p: float) -> Says:
        return gap_of(by_heart=p, modest=p)(shown, "by_heart")

    model = replace(fake(fit, p=p), max_gap=0.05)
    assert train.tune(model, examples, N_CLASSES) == {"p": 0.65}


def test_tune_does_not_train_where_there_is_nothing_to_choose(examples: Examples) -> None:
    """One value a parameter, or no parameter, costs no fit."""

    def fit(shown: Examples, **params: Any) -> Says:
        raise AssertionError("fitted")

    assert train.tune(fake(fit, C=(3,)), examples, N_CLASSES) == {"C": 3}
    assert train.tune(fake(fit), examples, N_CLASSES) == {}


def test_fit_learns_from_everything_with_the_chosen_parameters(examples: Examples) -> None:
    """What was chosen on parts is fitted to all tracks, last."""
    shown = []

    def fit(part: Examples, p: float) -> Says:
        shown.append((p, set(part.track)))
        return Says(lambda X: sure(X[:, 0], p))

    _, params = train.fit(fake(fit, p=(0.5, 0.9)), examples, N_CLASSES)
    assert params == {"p": 0.9}
    assert shown[-1] == (0.9, set(range(36)))


def test_out_of_fold_never_shows_what_it_asks(examples: Examples) -> None:
    """Neither choosing parameters nor learning sees a track, or an artist, that is asked about."""
    shown: list[Examples] = []

    def fit(part: Examples, p: float) -> Says:
        shown.append(part)
        return Says(lambda X: sure(X[:, 0], p))

    fold = examples.artist % 4 - 1  # TRAIN, 0, 1, 2
    done = 0
    for answer in train.out_of_fold(fake(fit, p=(0.5, 0.9)), examples, fold, N_CLASSES):
        parts, done = shown[done:], len(shown)
        asked = examples.track[fold == answer.number]
        assert len(parts) == 2 * train.TUNING_FOLDS + 1
        for part in parts:
            assert not set(part.track) & set(asked)
            assert not set(part.artist) & set(examples.artist[fold == answer.number])
        assert set(parts[-1].track) == set(examples.track) - set(asked)
        np.testing.assert_array_equal(answer.tracks, np.unique(asked))
        np.testing.assert_allclose(answer.probabilities.sum(axis=1), 1, atol=1e-6)


def test_out_of_fold_asks_each_track_once_and_none_that_is_only_learnt(examples: Examples) -> None:
    """The folds' tracks together are those with a fold number, and the answers are their own."""
    model = fake(lambda part: Says(lambda X: sure(X[:, 0], 0.9)))
    fold = examples.artist % 4 - 1
    answers = list(train.out_of_fold(model, examples, fold, N_CLASSES))
    assert [answer.number for answer in answers] == [0, 1, 2]
    tracks = np.concatenate([answer.tracks for answer in answers])
    assert sorted(tracks) == sorted(set(examples.track[fold != TRAIN]))
    said = np.concatenate([answer.probabilities for answer in answers]).argmax(axis=1)
    np.testing.assert_array_equal(said, tracks // 2 % N_CLASSES)


def test_windows_are_answered_one_by_one(examples: Examples) -> None:
    """Under a protocol of windows each keeps its own answer, in its own place."""
    seen = Examples(
        np.arange(len(examples.y), dtype=np.float32)[:, None],
        examples.y,
        examples.track,
        examples.artist,
    )
    model = fake(lambda part: Says(lambda X: sure(X[:, 0] % N_CLASSES, 0.9)))
    fold = np.where(np.arange(len(seen.y)) % 5 == 0, 0, TRAIN)
    (answer,) = train.out_of_fold(model, seen, fold, N_CLASSES, "window")
    asked = np.flatnonzero(fold == 0)
    np.testing.assert_array_equal(answer.tracks, seen.track[asked])
    np.testing.assert_array_equal(answer.probabilities.argmax(axis=1), asked % N_CLASSES)


def test_genre_missing_from_the_training_part_gets_probability_0(examples: Examples) -> None:
    """Fitted to genres 0 and 2 of three, the answers stay in columns 0 and 2."""

    def fit(part: Examples) -> Says:
        assert set(part.y) == {0, 1}
        return Says(lambda X: np.tile([0.3, 0.7], (len(X), 1)))

    classifier, _ = train.fit(fake(fit), examples[examples.y != 1], N_CLASSES)
    answer = classifier.predict_proba(examples.X)
    np.testing.assert_allclose(answer, np.tile([0.3, 0, 0.7], (len(answer), 1)), rtol=1e-6)
