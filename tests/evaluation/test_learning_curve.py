"""What more labels give, and what shipped models give without any."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.learning_curve import (
    curve,
    drawn,
    expected,
    extrapolated,
    shipped,
    sizes,
)

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

LABELLED = {5: 5.0, 10: 10.0, 20: 20.0, 40: 40.0}


def taught(rights: dict[int, float], n: int = 400, seed: int = 0) -> Artifacts:
    """Artifacts of so many tracks, two an artist, whose curve has about these accuracies."""
    rng = np.random.default_rng(seed)
    ids = [f"t{i}" for i in range(n)]
    tracks = pd.DataFrame({"track_id": ids, "genre": "rock", "artist": [i // 2 for i in range(n)]})
    rows = [
        pd.DataFrame(
            {
                "track_id": ids,
                "labels": labels,
                "labelled": LABELLED[labels],
                "predicted": np.where(rng.permutation(n) < round(right * n), "rock", "jazz"),
            }
        )
        for labels, right in rights.items()
    ]
    found: Any = SimpleNamespace(tracks=tracks, learning_curve=pd.concat(rows), shipped=None)
    return found


def test_sizes_double_until_all() -> None:
    """The last doubling before all is left out where it is nearly all."""
    assert sizes(80) == [5, 10, 20, 40, 80]
    assert sizes(50) == [5, 10, 20, 50]
    assert sizes(6) == [6]


def test_drawn_tracks_are_by_whole_artists() -> None:
    """So many of each genre, all of a small one; all artists but the last one are complete."""
    genre = np.repeat([0, 1, 2], [40, 40, 3])
    artist = np.concatenate([np.arange(80) // 4, [90, 91, 92]])
    chosen = drawn(genre, artist, 10, seed=1)
    assert np.bincount(genre[chosen]).tolist() == [10, 10, 3]
    for number in (0, 1):
        by_artist = np.bincount(artist[chosen & (genre == number)])
        assert sorted(by_artist[by_artist > 0]) == [2, 4, 4]
    np.testing.assert_array_equal(chosen, drawn(genre, artist, 10, seed=1))
    assert (chosen != drawn(genre, artist, 10, seed=2)).any()


def test_more_labels_keep_those_of_fewer_with_the_same_seed() -> None:
    """With all, all are chosen."""
    genre, artist = np.arange(60) % 2, np.arange(60) // 2
    few, more = (drawn(genre, artist, n, seed=0) for n in (5, 20))
    assert (more | ~few).all()
    assert drawn(genre, artist, 60, seed=0).all()


def test_a_power_law_is_continued_exactly() -> None:
    """Errors of 0.8 / √n fall to 0.8 / √(2n); accuracy that falls is not expected to fall on."""
    n = np.array([10, 20, 40])
    assert extrapolated(n, 1 - 0.8 / np.sqrt(n), 2) == pytest.approx(1 - 0.8 / np.sqrt(80))
    assert extrapolated(n, np.array([0.7, 0.6, 0.5]), 2) == pytest.approx(0.5)
    assert extrapolated(n[-1:], np.array([0.6]), 2) == pytest.approx(0.6)


def test_the_curve_is_accuracy_by_size() -> None:
    """With intervals that hold the figure, the fewest labels first."""
    found = curve(taught({5: 0.5, 10: 0.6, 20: 0.68}))
    assert found["labels"].tolist() == [5, 10, 20]
    assert found["labelled"].tolist() == [5, 10, 20]
    assert found["accuracy"].tolist() == pytest.approx([0.5, 0.6, 0.68])
    assert found["low"].lt(found["accuracy"]).all()
    assert found["high"].gt(found["accuracy"]).all()
    assert found["n"].eq(400).all()


def test_twice_the_labels_go_on_as_the_curve_did() -> None:
    """The error that fell by a tenth with each doubling falls by a tenth again."""
    then, gain = expected(taught({5: 0.2, 10: 0.5, 20: 0.55, 40: 0.595}))
    assert then.value == pytest.approx(1 - 0.405 * 0.9, abs=1e-3)
    assert gain.value == pytest.approx(0.0405, abs=1e-3)
    assert then.low < then.value < then.high
    assert gain.low < gain.value < gain.high


def test_the_interval_holds_what_comes() -> None:
    """Of 40 draws of a power law, nine of ten intervals or more hold the truth."""
    truth = 1 - 0.9 * 80**-0.25
    rights = {n: 1 - 0.9 * n**-0.25 for n in (10, 20, 40)}
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        noisy = {n: float(rng.binomial(300, right)) / 300 for n, right in rights.items()}
        then, _ = expected(taught(noisy, 300, seed))
        held += then.low <= truth <= then.high
    assert held >= 36


def test_shipped_models_stand_beside_what_was_taught() -> None:
    """On the tracks that they were asked about only, with the difference and its interval."""
    artifacts = taught({5: 0.5, 40: 0.8})
    asked = artifacts.tracks["track_id"].head(100)
    last = artifacts.learning_curve.query("labels == 40").set_index("track_id")["predicted"]
    answers = pd.DataFrame(
        {
            "track_id": asked,
            "benchmark": "gtzan",
            "model": "svc",
            "title": "SVC",
            "predicted": np.where(np.arange(100) < 60, "rock", "jazz"),
        }
    )
    found = shipped(SimpleNamespace(**vars(artifacts) | {"shipped": answers}))
    [row] = found.to_dict("records")
    expected_taught = (last.loc[asked] == "rock").mean()
    assert (row["n"], row["genres"], row["accuracy"]) == (100, 1, pytest.approx(0.6))
    assert row["taught"] == pytest.approx(expected_taught)
    assert row["gain"] == pytest.approx(expected_taught - 0.6)
    assert row["gain_low"] < row["gain"] < row["gain_high"]


def test_nothing_is_said_where_nothing_was_asked() -> None:
    """No shipped model knows two of the genres, for example."""
    assert shipped(taught({5: 0.5})).empty
