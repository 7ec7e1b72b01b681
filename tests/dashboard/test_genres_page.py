"""The page Genres: scores, mistakes and doubtful labels of one genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_recall_fscore_support
from support.pages import open_page, table_with, texts
from support.stored_predictions import accuracies, stored

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def test_genres_names_the_best_model(recorded: Artifacts) -> None:
    """For each genre the model with the greatest F1, with its recall and precision."""
    protocol = recorded.headline
    models = list(accuracies(recorded, protocol, baselines=False))
    for genre in recorded.classes[:3]:
        page = open_page("genres", recorded, protocol, genres__genre=genre)
        found = {}
        for model in models:
            table = stored(recorded, model, protocol)
            p, r, f1, n = precision_recall_fscore_support(
                table["genre"], table["predicted"], labels=[genre], zero_division=0
            )
            found[model] = (f1[0], r[0], p[0], n[0])
        best = max(found.values())[0]
        sentences = [
            f"**{recorded.models[model].title}** recognises {genre} best: it finds {r:.0%} of the"
            f" {n} test tracks, and {p:.0%} of its {genre} predictions are right."
            for model, (f1, r, p, n) in found.items()
            if f1 == pytest.approx(best)
        ]
        assert any(sentence in texts(page) for sentence in sentences)


def test_genres_counts_mistakes_over_all_models(gtzan: Artifacts) -> None:
    """What a genre is mistaken for, and what for it, summed over models but the baselines."""
    genre = gtzan.classes[-1]
    page = open_page("genres", gtzan, genres__genre=genre)
    models = accuracies(gtzan, gtzan.headline, baselines=False)
    every = pd.concat([stored(gtzan, model, gtzan.headline) for model in models])
    wrong = every[~every["right"]]
    tables = [t.value for t in page.dataframe if "predictions" in t.value.columns]
    expected = (
        wrong[wrong["genre"] == genre]["predicted"].value_counts(),
        wrong[wrong["predicted"] == genre]["genre"].value_counts(),
    )
    of = ((every["genre"] == genre).sum(), (every["predicted"] == genre).sum())
    for table, counts, all_ in zip(tables, expected, of, strict=True):
        shown = table.set_index("genre")
        assert shown["predictions"].to_dict() == counts.to_dict()
        np.testing.assert_allclose(shown["share"], shown["predictions"] / all_, atol=6e-4)


def test_genres_lists_unanimous_mistakes(gtzan: Artifacts) -> None:
    """Doubtful labels: tracks of the genre for which all models predict the same other one."""
    models = accuracies(gtzan, gtzan.headline, baselines=False)
    tables = {model: stored(gtzan, model, gtzan.headline) for model in models}
    predicted = pd.DataFrame({model: table["predicted"] for model, table in tables.items()})
    genre = next(iter(tables.values()))["genre"]
    same = predicted.nunique(axis=1).eq(1) & (predicted.iloc[:, 0] != genre)
    chosen = genre[same].value_counts().index[0]
    page = open_page("genres", gtzan, genres__genre=chosen)
    listed = table_with(page, "track_id", "predicted", "confidence")
    expected = same.index[same & (genre == chosen)].get_level_values("track_id")
    assert set(listed["track_id"]) == set(expected)


def test_genres_of_a_genre_without_test_tracks(three: Artifacts) -> None:
    """It is said, and the page goes on."""
    page = open_page("genres", three, genres__genre="jazz")
    assert "There is no jazz track to test" in texts(page)
