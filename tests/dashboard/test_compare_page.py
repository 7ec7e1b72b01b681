"""The page Compare counts as scikit-learn does, and tests by artists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_fscore_support
from support.damage import put_table
from support.odd_benchmarks import Shape, benchmark
from support.pages import open_page, table_with, texts
from support.stored_predictions import accuracies, corrected_p, stored

from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from pathlib import Path


def test_compare_shows_the_chosen_score_of_the_chosen_models(gtzan: Artifacts) -> None:
    """The address chooses models and score; the table holds what scikit-learn computes."""
    title = gtzan.models["svc"].title
    page = open_page("compare", gtzan, compare__models=title, compare__score="Precision")
    table = table_with(page, "genre", "model", "precision")
    predictions = stored(gtzan, "svc", gtzan.headline)
    precision, recall, f1, support = precision_recall_fscore_support(
        predictions["genre"], predictions["predicted"], labels=gtzan.classes, zero_division=0
    )
    assert list(table["genre"]) == gtzan.classes
    assert set(table["model"]) == {title}
    for name, values in {"precision": precision, "recall": recall, "f1": f1}.items():
        np.testing.assert_allclose(table[name], values, atol=6e-4)
    np.testing.assert_array_equal(table["support"], support)
    assert "Of the tracks predicted as this genre" in texts(page)


def test_compare_without_models_says_what_to_do(plain: Artifacts) -> None:
    """An empty choice gets a hint, not an empty chart."""
    page = open_page("compare", plain)
    page.pills(key="compare.models").set_value([]).run()
    assert not page.exception
    assert "Choose one model" in texts(page)


def test_compare_counts_disagreements(recorded: Artifacts) -> None:
    """The number of tracks, which model is right on them, and the tracks themselves."""
    protocol = recorded.headline
    models = list(accuracies(recorded, protocol))[:2]
    titles = [recorded.models[model].title for model in models]
    page = open_page("compare", recorded, protocol, compare__models=titles)
    a, b = (stored(recorded, model, protocol) for model in models)
    b = b.loc[a.index]
    differ = a["predicted"] != b["predicted"]
    right = [int(table["right"][differ].sum()) for table in (a, b)]
    neither = int((~a["right"] & ~b["right"] & differ).sum())
    assert f"They disagree on {differ.sum():,} of {len(a):,}." in texts(page)
    assert f"{titles[0]} {right[0]:,}, {titles[1]} {right[1]:,}" in texts(page)
    assert f"all are wrong on {neither:,}." in texts(page)
    if differ.any():
        listed = table_with(page, "track_id", *(f"predicted by {model}" for model in models))
        assert set(listed["track_id"]) == set(a.index[differ].get_level_values("track_id"))


def test_compare_says_that_artists_are_too_few(tmp_path: Path) -> None:
    """Where one artist has all tracks, no interval is drawn, and the page says why."""
    odd = benchmark("lone", Shape(), tmp_path)
    put_table(odd.folder, "tracks.parquet", odd.tracks.assign(artist="one"))
    page = open_page("compare", Artifacts(odd.folder))
    assert "too few artists for intervals of differences" in texts(page)
    assert table_with(page, "only_a", "low", "high")[["low", "high"]].isna().all(axis=None)


def test_compare_tests_each_two_models(gtzan: Artifacts) -> None:
    """Counts are those of the stored predictions, the verdict that of signs drawn anew."""
    protocol = gtzan.headline
    models = list(accuracies(gtzan, protocol))
    chosen = [models[0], models[3]]
    titles = [gtzan.models[model].title for model in chosen]
    page = open_page("compare", gtzan, protocol, compare__models=titles)
    right = {model: stored(gtzan, model, protocol)["right"] for model in models}
    corrected = corrected_p(gtzan, right)
    right = pd.DataFrame(right).dropna().astype(bool)  # on the tracks that all have
    row = table_with(page, "only_a", "only_b", "p_adjusted").iloc[0]
    a, b = (right[model] for model in chosen)
    assert [row["model_a"], row["model_b"]] == titles
    assert (row["only_a"], row["only_b"]) == ((a & ~b).sum(), (b & ~a).sum())
    assert row["difference"] == pytest.approx(100 * (a.mean() - b.mean()))
    assert row["low"] < row["difference"] < row["high"]
    assert row["p"] <= row["p_adjusted"]
    assert row["p_adjusted"] == pytest.approx(corrected[tuple(chosen)], abs=0.02)
    points = 100 * (a.mean() - b.mean())
    ahead = f"**{titles[0]}** is better than {titles[1]} by {points:.1f} points"
    level = f"{titles[0]} is not significantly different from {titles[1]}"
    significant = corrected[tuple(chosen)] < 0.05
    assert ((ahead in texts(page)), (level in texts(page))) == (significant, not significant)
    assert (row["low"] > 0) == significant


def test_compare_offers_a_card_of_each_model(plain: Artifacts) -> None:
    """A button for each of the models that are compared, by its title."""
    page = open_page("compare", plain, compare__models=["First", "Second"])
    labels = {button.proto.label for button in page.get("download_button")}
    cards = {label for label in labels if label.startswith("Model card")}
    assert cards == {"Model card: First", "Model card: Second"}
