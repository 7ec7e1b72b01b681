"""Music of none of the genres: thresholds from own tracks, scores, areas and what becomes of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.evaluation.open_set import (
    FAMILIES,
    NETWORK,
    QUANTILE,
    auroc,
    by_label,
    families,
    kinds,
    outside,
    thresholds,
)

TAGS = [f"{NETWORK}.{tag}" for family in FAMILIES.values() for tag in family]


def tags(n: int, seed: int = 0) -> pd.DataFrame:
    """Probabilities of all tags of so many tracks."""
    drawn = np.random.default_rng(seed).uniform(0, 0.3, (n, len(TAGS)))
    return pd.DataFrame(drawn, columns=TAGS).assign(track_id=[f"t{i}" for i in range(n)])


def opened(classes: list[str], n: int = 500) -> Any:
    """Artifacts whose own tracks are the first 400."""
    table = tags(n)
    return SimpleNamespace(tags=table, tracks=table[["track_id"]].head(400), classes=classes)


def test_one_own_track_in_a_hundred_is_beyond_a_threshold() -> None:
    """Of each family that the benchmark lacks; other collections do not move it."""
    artifacts = opened(["folk", "rock"])
    limits = thresholds(artifacts)
    assert limits is not None
    assert list(limits.index) == [name for name in FAMILIES if name != "folk"]
    own = families(artifacts.tags.head(400))
    for name, limit in limits.items():
        assert (own[name] > limit).mean() == pytest.approx(1 - QUANTILE, abs=1 / 400)
    louder = artifacts.tags.copy()
    louder.loc[400:, TAGS] = 1.0
    pd.testing.assert_series_equal(
        limits, thresholds(SimpleNamespace(**(vars(artifacts) | {"tags": louder})))
    )


def test_without_tags_there_are_no_thresholds() -> None:
    """Nor with those of another network."""
    artifacts = opened(["rock"])
    for none in (None, artifacts.tags.rename(columns=lambda name: f"x{name}")):
        assert thresholds(SimpleNamespace(**(vars(artifacts) | {"tags": none}))) is None


def test_the_family_with_the_largest_share_is_named() -> None:
    """1 is the threshold."""
    limits = pd.Series({"electronic": 0.2, "soul": 0.4})
    row = dict.fromkeys(TAGS, 0.0) | {f"{NETWORK}.House": 0.3, f"{NETWORK}.soul": 0.5}
    found = outside(pd.DataFrame([row, row | {f"{NETWORK}.House": 0.1}]), limits)
    assert found["family"].tolist() == ["electronic", "soul"]
    assert found["score"].tolist() == pytest.approx([1.5, 1.25])


def test_the_area_is_that_of_scikit_learn() -> None:
    """Its interval holds it, and is wider if artists have several tracks."""
    rng = np.random.default_rng(1)
    none = pd.Series(rng.random(200) < 0.4)
    score = pd.Series(np.round(rng.normal(size=200) + none, 1))  # with ties
    table = pd.DataFrame({"score": score, "none": none, "artist": np.arange(200)})
    alone = auroc(table[["score"]], table["none"], table["artist"])
    [[area, low, high]] = alone[["auroc", "low", "high"]].to_numpy()
    assert area == pytest.approx(roc_auc_score(none, score))
    assert low < area < high
    copies = pd.concat([table] * 5, ignore_index=True)
    artists = auroc(copies[["score"]], copies["none"], copies["artist"])
    pd.testing.assert_frame_equal(artists, alone)


def test_what_becomes_of_each_label() -> None:
    """Tags refuse first; else the record of answers as sure decides."""
    found = pd.DataFrame(
        {
            "label": ["rock", "rock", "house", "house"],
            "none": [False, False, True, True],
            "predicted": ["rock"] * 4,
            "confidence": [0.9, 0.3, 0.9, 0.9],
            "windows": [7] * 4,
            "tags": [0.2, 0.3, 1.2, 0.9],
            "family": ["folk", "folk", "electronic", "electronic"],
        }
    )
    known = pd.DataFrame(
        {
            "predicted": "rock",
            "genre": ["rock"] * 20 + ["jazz"] * 20,
            "right": [True] * 20 + [False] * 20,
            "confidence": [0.9] * 20 + [0.3] * 20,
            "windows": 7,
            "elsewhere": False,
        }
    )
    kind = kinds(found, known)
    assert kind.tolist() == ["sure", "unknown", "none_of_these", "sure"]
    table = by_label(found, kind).set_index("label")
    assert table.loc["house", ["n", "sure", "none_of_these"]].tolist() == [2, 0.5, 0.5]
    assert table.loc["rock", ["n", "sure", "unknown"]].tolist() == [2, 0.5, 0.5]
