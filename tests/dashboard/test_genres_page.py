"""The page Genres: scores, mistakes and doubtful labels of one genre."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support
from support.damage import put_table
from support.pages import open_page, table_with, texts
from support.stored_predictions import accuracies, stored

from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation.calibration import calibrated
from pipeline.evaluation.label_errors import suspected_labels
from pipeline.evaluation.scores import labelled_predictions

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


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


def test_genres_counts_mistakes_of_one_model(gtzan: Artifacts) -> None:
    """What it mistakes a genre for, and what for it, with the share of the tracks that could be."""
    genre, model = gtzan.classes[-1], "svc"
    page = open_page("genres", gtzan, genres__genre=genre, genres__model=gtzan.models[model].title)
    every = stored(gtzan, model, gtzan.headline)
    wrong = every[~every["right"]]
    tables = [t.value for t in page.dataframe if list(t.value) == ["genre", "tracks", "share"]]
    expected = (
        wrong[wrong["genre"] == genre]["predicted"].value_counts(),
        wrong[wrong["predicted"] == genre]["genre"].value_counts(),
    )
    of = ((every["genre"] == genre).sum(), (every["predicted"] == genre).sum())
    for table, counts, all_ in zip(tables, expected, of, strict=True):
        shown = table.set_index("genre")
        assert shown["tracks"].to_dict() == counts.to_dict()
        np.testing.assert_allclose(shown["share"], shown["tracks"] / all_, atol=6e-4)
    first = tables[0]["genre"].iloc[0]
    assert f"{first}: {expected[0].max()} of {of[0]} test tracks of {genre}." in texts(page)


def suspects_of(artifacts: Artifacts) -> tuple[pd.DataFrame, int]:
    """Suspected labels under the headline, and by how many models: those with most tracks."""
    tables = {
        model: calibrated(
            labelled_predictions(artifacts, model, artifacts.headline), artifacts.classes
        )
        for model in accuracies(artifacts, artifacts.headline, baselines=False)
    }
    most = max(map(len, tables.values()))
    tables = {model: table for model, table in tables.items() if len(table) == most}
    return suspected_labels(tables, artifacts.classes), len(tables)


def test_genres_lists_suspected_labels(gtzan: Artifacts) -> None:
    """Of the genre and of others that sound like it, the most suspect first, with known faults."""
    suspects, n_models = suspects_of(gtzan)
    genre = suspects["genre"].value_counts().index[0]
    here = suspects[(suspects["genre"] == genre) | (suspects["instead"] == genre)]
    page = open_page("genres", gtzan, genres__genre=genre)
    assert f"{min(20, len(here))} most suspect of {len(here)}" in texts(page)
    listed = table_with(page, "track_id", "genre", "instead", "models")
    assert listed["track_id"].tolist() == here["track_id"].tolist()[:20]
    assert listed["instead"].tolist() == here["instead"].tolist()[:20]
    assert listed["models"].tolist() == [f"{n} of {n_models}" for n in here["models"][:20]]


def test_genres_compares_suspected_labels_with_known_faults(gtzan: Artifacts) -> None:
    """Precision and recall over all genres, and the precision of chance."""
    suspected = suspects_of(gtzan)[0]["track_id"]
    fault = gtzan.tracks.set_index("track_id")["fault"].astype(bool)
    both = fault[suspected].sum()
    words = (
        f"It shares {both} with this list: precision {both / len(suspected):.0%}, recall"
        f" {both / fault.sum():.0%}; a list drawn at random would have a precision of"
        f" {fault.mean():.0%}."
    )
    assert words in texts(open_page("genres", gtzan))


def test_genres_knows_of_no_audit_where_there_was_none(plain: Artifacts, tmp_path: Path) -> None:
    """Without a known fault, no sentence compares with any."""
    folder = shutil.copytree(plain.folder, tmp_path / "plain")
    put_table(folder, "tracks.parquet", plain.tracks.assign(fault=""))
    assert "An audit found" not in texts(open_page("genres", Artifacts(folder)))


def test_genres_of_a_genre_without_test_tracks(three: Artifacts) -> None:
    """It is said, and the page goes on."""
    page = open_page("genres", three, genres__genre="jazz")
    assert "There is no jazz track to test" in texts(page)
