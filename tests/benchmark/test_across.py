"""Models that learn from one collection and are asked about another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.small_builds import LOGISTIC, QUICK, SYNTHETIC, forbidden, small_tracks

from pipeline.benchmark import across, train
from pipeline.benchmark.elsewhere import asked_about, same_sounds, without
from pipeline.datasets.common.second import Second
from pipeline.errors import DatasetError
from pipeline.extraction import extract as extracting
from pipeline.extraction.extract import extract
from pipeline.progress import silent

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts
    from pipeline.datasets import Track


@pytest.fixture
def others(audio: Path) -> list[Track]:
    """Four recordings of which a build does not learn, and one of which it does."""
    listed = {track.track_id: track for track in SYNTHETIC.tracks(audio)}
    names = ["drone.00", "drone.03", "pulse.00", "pulse.04"]
    known = replace(small_tracks(audio)[0], track_id="again")
    return [*(listed[name] for name in names), known]


def test_answers_are_those_of_a_model_that_learnt_everything(
    audio: Path, cache: Path, others: list[Track], built: Artifacts
) -> None:
    """The same as the stored model of a benchmark of these tracks gives."""
    found = across.train_and_ask([LOGISTIC], small_tracks(audio), others, cache, jobs=1)
    table = extract(others, [LOGISTIC.features], cache, silent)
    rows = table.rows[LOGISTIC.features]
    expected = built.classifier(LOGISTIC.name).predict_proba(rows.X)
    _, means = train.by_track(rows.track, expected)
    answers = found.predictions[LOGISTIC.name]
    assert found.classes == built.classes
    assert answers["track_id"].tolist() == [track.track_id for track in others]
    np.testing.assert_allclose(answers[built.classes], means, atol=1e-6)
    assert answers["windows"].tolist() == np.bincount(rows.track).tolist()
    assert found.same_sound == {"again": small_tracks(audio)[0].track_id}


def test_answers_are_kept(
    audio: Path, cache: Path, others: list[Track], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same question trains and extracts nothing again; other parameters do."""
    own = small_tracks(audio)
    first = across.train_and_ask([QUICK], own, others, cache, jobs=1)
    monkeypatch.setattr(extracting, "windowed_features", forbidden)
    monkeypatch.setattr(train, "fit", forbidden)
    second = across.train_and_ask([QUICK], own, others, cache, jobs=1)
    assert second.predictions[QUICK.name].equals(first.predictions[QUICK.name])
    with pytest.raises(AssertionError, match="was done again"):
        across.train_and_ask([replace(QUICK, grid={"C": (7.0,)})], own, others, cache, jobs=1)


def test_too_little_to_learn_from_is_refused(
    audio: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the numbers, before anything is extracted."""
    monkeypatch.setattr(across, "extract", forbidden)
    two = [replace(track, artist="one") for track in small_tracks(audio)]
    with pytest.raises(DatasetError, match="2 genres and 1 artists to learn from"):
        across.train_and_ask([QUICK], two, two, cache)


def test_a_build_leaves_out_what_it_knows(audio: Path, cache: Path, others: list[Track]) -> None:
    """By artist and by sound, with the reason; what is left keeps its own windows."""
    own = extract(small_tracks(audio), [QUICK.features], cache, silent)
    asked = [replace(t, facts={"accepted": t.genre}) for t in others]
    second = Second(known=asked[1:], other_label=[], same_artist=asked[:1])
    table = asked_about(second, own, [QUICK.features], cache, silent)
    assert table.tracks["track_id"].tolist() == ["drone.03", "pulse.00", "pulse.04"]
    assert set(table.left_out) == {"drone.00", "again"}
    assert "its artist is in" in table.left_out["drone.00"]
    assert f"same as {small_tracks(audio)[0].track_id}," in table.left_out["again"]
    rows = table.rows[QUICK.features]
    alone = extract([asked[2]], [QUICK.features], cache, silent).rows[QUICK.features]
    np.testing.assert_array_equal(rows.X[rows.track == 1], alone.X)


def test_sounds_are_compared_whole(audio: Path, cache: Path) -> None:
    """A track equals itself under another name, and no other."""
    table = extract(small_tracks(audio), [QUICK.features], cache, silent)
    names = table.tracks["track_id"].tolist()
    assert same_sounds(table, table) == dict(zip(names, names, strict=True))
    assert same_sounds(without(table, {names[0]: "left out"}), table).keys() == {*names[1:]}
