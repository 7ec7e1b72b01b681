"""The page Features: importances, distributions and relations of features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.odd_benchmarks import columns
from support.pages import figure, open_page, table_with, texts, values

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


def test_features_says_where_the_median_is_highest(plain: Artifacts) -> None:
    """The sentence agrees with the medians of the stored features."""
    feature = columns()[2]
    page = open_page("features", plain, features__part="Distribution", features__feature=feature)
    table = pd.read_parquet(next(plain.folder.glob("summary/*.tracks.parquet")))
    genre = table["track_id"].map(plain.tracks.set_index("track_id")["genre"])
    median = table[feature].groupby(genre).median()
    assert (
        f"Its median is highest in {median.idxmax()} ({median.max():.3g}) and lowest in"
        f" {median.idxmin()} ({median.min():.3g})."
    ) in texts(page)
    assert f"**{feature}**: " in texts(page)


def test_features_names_the_strongest_correlation(plain: Artifacts) -> None:
    """The greatest correlation off the diagonal, as pandas computes it."""
    page = open_page("features", plain, features__part="Correlation")
    table = pd.read_parquet(next(plain.folder.glob("summary/*.tracks.parquet")))
    matrix = table[columns()].corr()
    off = matrix.abs().where(~np.eye(len(matrix), dtype=bool)).stack()
    a, b = off.idxmax()
    expected = {f"**{x}** and **{y}**, {matrix.loc[a, b]:.2f}." for x, y in [(a, b), (b, a)]}
    assert any(sentence in texts(page) for sentence in expected)


def test_features_draws_two_features_of_every_track(plain: Artifacts) -> None:
    """Dots are the stored features; each ellipse lies around its genre's mean."""
    a, b = columns()[3], columns()[1]
    page = open_page("features", plain, features__part="Two features", features__a=a, features__b=b)
    drawn = figure(page)["data"]
    table = pd.read_parquet(next(plain.folder.glob("summary/*.tracks.parquet")))
    genre = table["track_id"].map(plain.tracks.set_index("track_id")["genre"])
    dots = [trace for trace in drawn if trace["mode"] == "markers"]
    x = np.concatenate([values(trace["x"]) for trace in dots])
    np.testing.assert_allclose(np.sort(x), np.sort(table[a]), rtol=1e-5)
    for trace in (trace for trace in drawn if trace["mode"] == "lines"):
        own = table[genre == trace["name"]]
        x = values(trace["x"])
        assert (x.min() + x.max()) / 2 == pytest.approx(own[a].mean(), abs=0.02)
        assert (x.max() - x.min()) / 2 == pytest.approx(own[a].std(), rel=0.01)


def test_published_features_show_no_tracks(three: Artifacts) -> None:
    """Of published features the ellipses are drawn, the tracks are not."""
    page = open_page("features", three, features__part="Two features")
    assert {trace["mode"] for trace in figure(page)["data"]} == {"lines"}
    assert "does not allow us to show single tracks" in texts(page)


def test_features_offers_impurity_for_trees_only(gtzan: Artifacts) -> None:
    """Only models that have importances of the chosen kind are offered for it."""
    trees = {"random_forest", "extra_trees", "xgboost"}
    networks = {"cnn_logmel", "cnn_mfcc", "transfer"}
    offered = {"Impurity": trees, "SHAP": {"xgboost"}, "Occlusion": networks}
    for kind, models in offered.items():
        page = open_page("features", gtzan, features__kind=kind)
        titles = {gtzan.models[name].title for name in models}
        assert set(page.pills[0].options) == titles


def test_importances_that_are_accuracy_are_in_points(plain: Artifacts) -> None:
    """Accuracy lost is drawn in points; the table of all features agrees with the file."""
    title = plain.models["m0"].title
    page = open_page("features", plain, features__permutation=title)
    table = pd.read_parquet(plain.folder / "models/m0/importance.parquet")
    table = table[(table["kind"] == "permutation") & table["genre"].isna()].set_index("feature")
    shown = table_with(page, "feature", title).set_index("feature")[title]
    np.testing.assert_allclose(shown, 100 * table["value"][shown.index])
    [trace] = figure(page)["data"]
    np.testing.assert_allclose(values(trace["x"]), 100 * table["value"][trace["y"]])
    assert figure(page)["layout"]["xaxis"]["title"]["text"] == "accuracy lost, points"
