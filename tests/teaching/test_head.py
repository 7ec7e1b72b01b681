"""The head that is taught, and its test by artist."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation.scores import accuracy
from pipeline.models import Examples
from pipeline.teaching import head

GENRES = ("folk", "techno")


def blobs(n: int, seed: int = 0) -> tuple[np.ndarray, list[str], list[str]]:
    """Tracks of two genres, two an artist, of which five numbers tell the genre."""
    rng = np.random.default_rng(seed)
    genre = [GENRES[i // 2 % 2] for i in range(n)]
    X = rng.normal(size=(n, 20)).astype(np.float32)
    X[:, :5] += np.where(np.array(genre) == "techno", 5, -5)[:, None]
    return X, genre, [f"artist {i // 2}" for i in range(n)]


def test_head_learns_what_can_be_told_apart() -> None:
    """Tracks that it did not see get their genre, with columns named by genre."""
    X, genres, _ = blobs(40)
    new, truth, _ = blobs(40, seed=1)
    learnt = head.fit_head(X, genres)
    assert tuple(learnt.classes_) == GENRES
    assert [GENRES[k] for k in learnt.predict_proba(new).argmax(axis=1)] == truth


def test_tests_are_by_artist() -> None:
    """No artist stands on both sides, and each track is tested once."""
    X, genres, artists = blobs(40)
    found = head.tested_by_artist(X, genres, artists)
    assert found.index.tolist() == list(range(40))
    assert (found.groupby("artist")["fold"].nunique() == 1).all()
    assert found["genre"].tolist() == genres
    assert accuracy(found).value == 1


def test_an_artists_sound_is_no_advantage() -> None:
    """Where only artists can be told apart, answers by artist are no better than chance.

    Each artist has a number of its own. Tracks at random would be recognised by it.
    """
    rng = np.random.default_rng(0)
    artist = np.repeat(np.arange(60), 4)
    genres = [GENRES[i % 2] for i in artist]
    X = (np.eye(60)[artist] * 9 + rng.normal(0, 0.1, (240, 60))).astype(np.float32)
    by_artist = head.tested_by_artist(X, genres, [str(i) for i in artist])
    at_random = head.tested_by_artist(X, genres, [str(i) for i in range(240)])
    assert accuracy(at_random).value > 0.95
    assert accuracy(by_artist).value < 0.6


def test_a_genre_of_few_tracks_is_not_yet_known() -> None:
    """Seven tracks are left out, and eight are not; nor is it an answer before."""
    X, genres, artists = blobs(40)
    few = ["shoegaze"] * 7 + genres[7:]
    found = head.tested_by_artist(X, few, artists)
    assert "shoegaze" not in found.columns
    assert found.index.tolist() == list(range(7, 40))
    alone = [f"artist {i}" for i in range(40)]
    assert "shoegaze" in head.tested_by_artist(X, ["shoegaze"] * 8 + genres[8:], alone).columns


def test_a_genre_of_few_artists_is_learnt_and_not_tested() -> None:
    """Eight tracks by one artist cannot be tested by artist, yet may be answered."""
    X, genres, artists = blobs(48)
    genres, artists = ["polka"] * 8 + genres[8:], ["Frankie"] * 8 + artists[8:]
    X[:8] += 20
    found = head.tested_by_artist(X, genres, artists)
    assert found.index.tolist() == list(range(8, 48))
    assert found["polka"].between(0, 1).all()
    assert found["polka"].max() > 0


@pytest.mark.parametrize("n", [0, 6])
def test_too_little_gives_no_answers(n: int) -> None:
    """Nothing is tested, and nothing fails."""
    assert head.tested_by_artist(*blobs(n)).empty


def test_means_of_tracks_are_learnt_and_windows_answered() -> None:
    """The model of the benchmark learns the same from windows as from their means."""
    X, genres, _ = blobs(40)
    y = np.array([GENRES.index(genre) for genre in genres])
    track = np.repeat(np.arange(40), 3)
    spread = np.tile([-1, 0, 1], 40)[:, None].astype(np.float32)
    windows = Examples(X[track] + spread, y[track], track, track)
    learnt, plain = head.fit(windows), head.fit_head(X, genres)
    np.testing.assert_allclose(learnt.predict_proba(X), plain.predict_proba(X), atol=1e-4)
    assert learnt.predict_proba(windows.X).shape == (120, 2)
