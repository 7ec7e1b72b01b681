"""Importance of features for fakes that listen to known ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from support.fake_models import ABC, COLUMNS, Says
from xgboost import DMatrix, XGBClassifier

from pipeline.benchmark import importance
from pipeline.features import Column
from pipeline.models import Examples
from pipeline.models.gradient_boosting import shap


@pytest.fixture
def quarter() -> Examples:
    """400 windows, a quarter of genre 1; column 1 gives the genre away, 0 and 2 are noise."""
    y = (np.arange(400) % 4 == 0).astype(int)
    X = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    X[:, 1] = y
    return Examples(X, y, np.arange(400), np.arange(400))


@pytest.fixture
def shuffled(quarter: Examples) -> pd.DataFrame:
    return importance.permutation(Says(lambda X: np.eye(2)[X[:, 1].astype(int)]), quarter, ABC)


def test_only_the_feature_that_a_model_listens_to_is_important(shuffled: pd.DataFrame) -> None:
    """Others have exactly 0: shuffling what is not heard changes no answer."""
    others = shuffled[shuffled["feature"] != "b"]
    assert (others["value"] == 0).all()
    assert set(others["feature"]) == {"a", "c"}
    assert (shuffled.loc[shuffled["feature"] == "b", "value"] > 0).all()


def test_importance_is_the_accuracy_that_shuffling_costs(shuffled: pd.DataFrame) -> None:
    """With a quarter in genre 1, the shuffled column is wrong about 2 · 1/4 · 3/4 of the windows.

    Genre 0 loses 1/4 of its recall, genre 1 3/4.
    """
    value = shuffled[shuffled["feature"] == "b"].groupby("genre")["value"].mean()
    assert value[importance.ALL_GENRES_INDEX] == pytest.approx(3 / 8, abs=0.04)
    assert value[0] == pytest.approx(1 / 4, abs=0.04)
    assert value[1] == pytest.approx(3 / 4, abs=0.08)


def test_importance_over_all_is_the_mean_of_the_genres(shuffled: pd.DataFrame) -> None:
    """In each repeat, all = 3/4 genre 0 + 1/4 genre 1, as tracks weigh the same."""
    table = shuffled[shuffled["feature"] == "b"].pivot(columns="genre", values="value")
    assert len(table) == importance.SHUFFLES
    np.testing.assert_allclose(
        table[importance.ALL_GENRES_INDEX], 0.75 * table[0] + 0.25 * table[1]
    )


def test_importance_leaves_the_windows_as_they_are(quarter: Examples) -> None:
    """The same windows are asked about again after explaining."""
    before = quarter.X.copy()
    importance.permutation(Says(lambda X: np.eye(2)[X[:, 1].astype(int)]), quarter, ABC)
    np.testing.assert_array_equal(quarter.X, before)


def test_summary_is_the_mean_and_spread_over_folds() -> None:
    """1 and 3 give 2 ± √2; the index of a genre becomes its name, all together none."""
    folds = [
        pd.DataFrame(
            {"feature": "tempo", "genre": [importance.ALL_GENRES_INDEX, 1], "value": [value, 0.0]}
        )
        for value in (1.0, 3.0)
    ]
    table = importance.summarise("shap", folds, ["blues", "jazz"])
    assert set(table.columns) == {"kind", "feature", "value", "std", "genre"}
    assert set(table["kind"]) == {"shap"}
    together = table[table["genre"].isna()].squeeze()
    assert together["value"] == 2
    assert together["std"] == pytest.approx(np.sqrt(2))
    assert table["genre"].dropna().tolist() == ["jazz"]


def test_impurity_of_trees_and_of_others(quarter: Examples) -> None:
    """A forest's shares are scikit-learn's and sum to 1; a regression has none."""
    forest = ExtraTreesClassifier(10, random_state=0).fit(quarter.X, quarter.y)
    table = importance.impurity(forest, COLUMNS)
    assert table is not None
    assert set(table.columns) == {"kind", "feature", "value", "std", "genre"}
    assert table["value"].sum() == pytest.approx(1)
    assert table.set_index("feature")["value"].idxmax() == "b"
    np.testing.assert_allclose(table["value"], forest.feature_importances_)
    assert importance.impurity(LogisticRegression().fit(quarter.X, quarter.y), COLUMNS) is None


def test_families_are_the_columns_of_one_name() -> None:
    """Columns of a family stand together wherever they are, families in order of appearance."""
    assert importance.families(COLUMNS) == {"x": [0, 2], "y": [1]}


def test_bands_have_each_column_once() -> None:
    """Ten columns in four parts of three or two, named by the first and the last of each."""
    columns = [Column(f"mel{i}", "") for i in range(10)]
    assert importance.band_groups(columns, 4) == {
        "mel0 to mel2": [0, 1, 2],
        "mel3 to mel5": [3, 4, 5],
        "mel6 to mel7": [6, 7],
        "mel8 to mel9": [8, 9],
    }


def test_few_columns_are_bands_of_one() -> None:
    """Where there are fewer columns than parts, each is one and bears its own name."""
    assert importance.band_groups(COLUMNS) == ABC


def test_a_family_is_shuffled_together() -> None:
    """Columns that are equal stay equal, and a model that listens to their difference loses none.

    A model that listens to a XOR b answers as before if both change together with the row, and is
    wrong half of the time if what they say together is lost.
    """
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (400, 3)).astype(np.float32)
    y = (X[:, 0] != X[:, 1]).astype(int)
    asked = Examples(X, y, np.arange(400), np.arange(400))
    shown = []

    def xor(X: np.ndarray) -> np.ndarray:
        shown.append(X.copy())
        return np.eye(2)[(X[:, 0] != X[:, 1]).astype(int)]

    lost = importance.permutation(Says(xor), asked, {"ab": [0, 1], "c": [2]})
    value = lost[lost["genre"] == importance.ALL_GENRES_INDEX].groupby("feature")["value"].mean()
    assert value["ab"] == pytest.approx(0.5, abs=0.06)
    assert value["c"] == 0
    _, together, _ = shown
    for part in together.reshape(-1, *X.shape):
        assert sorted(map(tuple, part[:, :2])) == sorted(map(tuple, X[:, :2]))  # pairs are kept
        np.testing.assert_array_equal(part[:, 2], X[:, 2])
        assert (part[:, :2] != X[:, :2]).any()


@pytest.fixture
def pictures() -> Examples:
    """200 sequences of 7 frames in 4 bands; band 2 is 1 throughout in genre 1 and 0 in genre 0."""
    y = np.arange(200) % 2
    X = np.random.default_rng(0).normal(size=(200, 7, 4)).astype(np.float32)
    X[..., 2] = y[:, None]
    return Examples(X, y, np.arange(200), np.arange(200))


def test_only_silencing_what_is_listened_to_costs(pictures: Examples) -> None:
    """Band 2 is replaced by its mean of 1/2, which is taken for genre 1: genre 0 is lost."""
    shown = []

    def say(X: np.ndarray) -> np.ndarray:
        shown.append(X.copy())
        return np.eye(2)[(X[..., 2].mean(axis=1) >= 0.5).astype(int)]

    before = pictures.X.copy()
    groups = {"low": [0, 1], "loud": [2], "high": [3]}
    lost = importance.occlusion(Says(say), pictures, groups).set_index(["feature", "genre"])[
        "value"
    ]
    assert lost["loud", 0] == 1
    assert lost["loud", 1] == 0
    assert lost["loud", importance.ALL_GENRES_INDEX] == 0.5
    assert (lost[["low", "high"]] == 0).all()
    assert {x.shape for x in shown} == {(200, 7, 4)}
    np.testing.assert_allclose(shown[2][..., 2], 0.5)
    np.testing.assert_array_equal(shown[2][..., [0, 1, 3]], before[..., [0, 1, 3]])
    np.testing.assert_array_equal(pictures.X, before)


def boosted(n_classes: int) -> tuple[XGBClassifier, Examples]:
    """Trees on tracks of 1 to 4 windows, of which column 1 says the genre and column 2 nothing."""
    track = np.repeat(np.arange(60), np.arange(60) % 4 + 1)
    X = np.random.default_rng(0).normal(size=(len(track), 3)).astype(np.float32)
    X[:, 1] += 3 * (track % n_classes)
    X[:, 2] = 0
    asked = Examples(X, track % n_classes, track, track)
    return XGBClassifier(n_estimators=8, max_depth=2, n_jobs=1).fit(X, asked.y), asked


def test_contributions_and_bias_are_the_margin() -> None:
    """What is averaged adds up, with the bias, to the score that XGBoost gives each genre."""
    booster, asked = boosted(3)
    share = booster.get_booster().predict(DMatrix(asked.X), pred_contribs=True)
    margin = booster.predict(asked.X, output_margin=True)
    np.testing.assert_allclose(share.sum(axis=-1), margin, atol=1e-4)
    told = importance.shap(shap(booster, asked.X), asked, COLUMNS).set_index(["feature", "genre"])[
        "value"
    ]
    for genre in range(3):
        for i, column in enumerate("abc"):
            # Tracks weigh the same: the mean over windows of a track, then over tracks.
            by_track = pd.Series(np.abs(share[:, genre, i])).groupby(asked.track).mean()
            assert told[column, genre] == pytest.approx(by_track.mean(), rel=1e-4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_feature_that_says_nothing_contributes_nothing(n_classes: int) -> None:
    """A constant column has 0, the telling one the most, for each genre and for all together."""
    booster, asked = boosted(n_classes)
    told = importance.shap(shap(booster, asked.X), asked, COLUMNS).pivot(
        index="feature", columns="genre", values="value"
    )
    assert list(told.columns) == [importance.ALL_GENRES_INDEX, *range(n_classes)]
    assert (told.loc["c"] == 0).all()
    assert (told.loc["b"] > told.loc["a"]).all()
    np.testing.assert_allclose(
        told[importance.ALL_GENRES_INDEX], told[list(range(n_classes))].mean(axis=1)
    )


def test_two_genres_have_one_score_between_them() -> None:
    """What speaks for one speaks against the other, by as much: the log odds that XGBoost gives."""
    booster, asked = boosted(2)
    told = importance.shap(shap(booster, asked.X), asked, COLUMNS).pivot(
        index="feature", columns="genre", values="value"
    )
    np.testing.assert_array_equal(told[0], told[1])
    share = booster.get_booster().predict(DMatrix(asked.X), pred_contribs=True)
    margin = booster.predict(asked.X, output_margin=True)
    np.testing.assert_allclose(share.sum(axis=1), margin, atol=1e-4)
    means = pd.DataFrame(np.abs(share[:, :3])).groupby(asked.track).mean().mean()
    np.testing.assert_allclose(told[0], means, rtol=1e-4)
