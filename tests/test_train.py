"""Fitting with fakes whose behaviour is known: what they are shown, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from xgboost import DMatrix, XGBClassifier

from pipeline import explain, train
from pipeline.features import Column
from pipeline.models import Examples, Model
from pipeline.protocols import LEARN

if TYPE_CHECKING:
    from collections.abc import Callable

N_CLASSES = 3
ABC = {"a": [0], "b": [1], "c": [2]}  # each of three columns by itself
COLUMNS = tuple(
    Column(name, name, family=family) for name, family in zip("abc", "xyx", strict=True)
)


class Says:
    """A classifier that answers what a function says of X."""

    def __init__(self, say: Callable[[np.ndarray], Any]) -> None:
        self.say = say

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """What was said, as float32."""
        return np.asarray(self.say(X), dtype=np.float32)


def fake(fit: Callable[..., Any], **grid: tuple[Any, ...]) -> Model:
    return Model("fake", "Fake", "scikit-learn", "timbre", fit, grid)


def sure(y: np.ndarray, p: float) -> np.ndarray:
    """Probability p for class y, the rest shared by the others."""
    return np.where(np.arange(N_CLASSES) == y[:, None], p, (1 - p) / (N_CLASSES - 1))


@pytest.fixture
def examples() -> Examples:
    """36 tracks of 18 artists, 1 to 4 windows each; X holds the class, the artist and the track."""
    track = np.repeat(np.arange(36), np.arange(36) % 4 + 1)
    artist = track // 2
    y = artist % N_CLASSES
    return Examples(np.stack([y, artist, track], axis=1).astype(np.float32), y, track, artist)


def test_track_is_the_plain_mean_of_its_windows() -> None:
    """Windows weigh the same, tracks come in ascending order, whatever the order of the windows."""
    track = np.array([7, 2, 7, 7])
    windows = np.array([[1, 0], [0.5, 0.5], [0, 1], [0.5, 0.5]], dtype=np.float32)
    tracks, probabilities = train.by_track(track, windows)
    assert tracks.tolist() == [2, 7]
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.5, 0.5]])
    _, unequal = train.by_track(np.zeros(3, int), np.array([[1, 0], [1, 0], [0.4, 0.6]]))
    np.testing.assert_allclose(unequal, [[0.8, 0.2]])


def test_tracks_weigh_the_same_whatever_their_length() -> None:
    """Tracks of 1, 2 and 5 windows weigh 8/3 each, and windows weigh 1 on average."""
    track = np.array([4, 9, 9, 1, 1, 1, 1, 1])
    weight = Examples(np.zeros((8, 1), np.float32), track, track, track).weight
    sums = pd.Series(weight).groupby(track).sum()
    np.testing.assert_allclose(sums, 8 / 3)
    assert weight.mean() == pytest.approx(1)


def test_splits_keep_artists_together(examples: Examples) -> None:
    """No artist stands on both sides, and every window is asked about once."""
    splits = examples.splits(3)
    for learn, ask in splits:
        assert not set(examples.artist[learn]) & set(examples.artist[ask])
    asked = np.concatenate([ask for _, ask in splits])
    np.testing.assert_array_equal(np.sort(asked), np.arange(len(examples.y)))


@pytest.mark.parametrize("n", [10, 40, 89])
def test_a_part_of_the_examples_keeps_artists_whole(examples: Examples, n: int) -> None:
    """At most so many windows, more than nothing, with all windows of whoever is among them."""
    part = examples.at_most(n)
    assert 0 < len(part.y) <= n < len(examples.y)
    assert len(part.y) == np.isin(examples.artist, part.artist).sum()
    np.testing.assert_array_equal(part.X[:, 1], part.artist)
    np.testing.assert_array_equal(part.X, examples.at_most(n).X)


def test_a_part_of_one_artist_s_examples_is_spread_over_them() -> None:
    """Who has more windows than are wanted is represented all the same, from first to last."""
    n = np.arange(5000)
    examples = Examples(n[:, None].astype(np.float32), n % 2, n // 10, np.zeros_like(n))
    part = examples.at_most(1000)
    assert len(part.y) == 1000
    assert (np.diff(part.X[:, 0]) > 0).all()
    assert part.X[[0, -1], 0].tolist() == [0, 4999]


def test_few_examples_are_all_taken(examples: Examples) -> None:
    """Where there are no more than asked for, none is left out."""
    np.testing.assert_array_equal(examples.at_most(len(examples.y)).X, examples.X)


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

    fold = examples.artist % 4 - 1  # LEARN, 0, 1, 2
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
    assert sorted(tracks) == sorted(set(examples.track[fold != LEARN]))
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
    fold = np.where(np.arange(len(seen.y)) % 5 == 0, 0, LEARN)
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


@pytest.fixture
def quarter() -> Examples:
    """400 windows, a quarter of genre 1; column 1 gives the genre away, 0 and 2 are noise."""
    y = (np.arange(400) % 4 == 0).astype(int)
    X = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    X[:, 1] = y
    return Examples(X, y, np.arange(400), np.arange(400))


@pytest.fixture
def importance(quarter: Examples) -> pd.DataFrame:
    return explain.permutation(Says(lambda X: np.eye(2)[X[:, 1].astype(int)]), quarter, ABC)


def test_only_the_feature_that_a_model_listens_to_is_important(importance: pd.DataFrame) -> None:
    """Others have exactly 0: shuffling what is not heard changes no answer."""
    others = importance[importance["feature"] != "b"]
    assert (others["value"] == 0).all()
    assert set(others["feature"]) == {"a", "c"}
    assert (importance.loc[importance["feature"] == "b", "value"] > 0).all()


def test_importance_is_the_accuracy_that_shuffling_costs(importance: pd.DataFrame) -> None:
    """With a quarter in genre 1, the shuffled column is wrong about 2 · 1/4 · 3/4 of the windows.

    Genre 0 loses 1/4 of its recall, genre 1 3/4.
    """
    value = importance[importance["feature"] == "b"].groupby("genre")["value"].mean()
    assert value[explain.ALL] == pytest.approx(3 / 8, abs=0.04)
    assert value[0] == pytest.approx(1 / 4, abs=0.04)
    assert value[1] == pytest.approx(3 / 4, abs=0.08)


def test_importance_over_all_is_the_mean_of_the_genres(importance: pd.DataFrame) -> None:
    """In each repeat, all = 3/4 genre 0 + 1/4 genre 1, as tracks weigh the same."""
    table = importance[importance["feature"] == "b"].pivot(columns="genre", values="value")
    assert len(table) == explain.REPEATS
    np.testing.assert_allclose(table[explain.ALL], 0.75 * table[0] + 0.25 * table[1])


def test_importance_leaves_the_windows_as_they_are(quarter: Examples) -> None:
    """The same windows are asked about again after explaining."""
    before = quarter.X.copy()
    explain.permutation(Says(lambda X: np.eye(2)[X[:, 1].astype(int)]), quarter, ABC)
    np.testing.assert_array_equal(quarter.X, before)


def test_summary_is_the_mean_and_spread_over_folds() -> None:
    """1 and 3 give 2 ± √2; the index of a genre becomes its name, all together none."""
    folds = [
        pd.DataFrame({"feature": "tempo", "genre": [explain.ALL, 1], "value": [value, 0.0]})
        for value in (1.0, 3.0)
    ]
    table = explain.summarise("shap", folds, ["blues", "jazz"])
    assert set(table.columns) == {"kind", "feature", "value", "std", "genre"}
    assert set(table["kind"]) == {"shap"}
    together = table[table["genre"].isna()].squeeze()
    assert together["value"] == 2
    assert together["std"] == pytest.approx(np.sqrt(2))
    assert table["genre"].dropna().tolist() == ["jazz"]


def test_impurity_of_trees_and_of_others(quarter: Examples) -> None:
    """A forest's shares are scikit-learn's and sum to 1; a regression has none."""
    forest = ExtraTreesClassifier(10, random_state=0).fit(quarter.X, quarter.y)
    table = explain.impurity(forest, COLUMNS)
    assert table is not None
    assert set(table.columns) == {"kind", "feature", "value", "std", "genre"}
    assert table["value"].sum() == pytest.approx(1)
    assert table.set_index("feature")["value"].idxmax() == "b"
    np.testing.assert_allclose(table["value"], forest.feature_importances_)
    assert explain.impurity(LogisticRegression().fit(quarter.X, quarter.y), COLUMNS) is None


def test_families_are_the_columns_of_one_name() -> None:
    """Columns of a family stand together wherever they are, families in order of appearance."""
    assert explain.families(COLUMNS) == {"x": [0, 2], "y": [1]}


def test_bands_have_each_column_once() -> None:
    """Ten columns in four parts of three or two, named by the first and the last of each."""
    columns = [Column(f"mel{i}", "") for i in range(10)]
    assert explain.bands(columns, 4) == {
        "mel0 to mel2": [0, 1, 2],
        "mel3 to mel5": [3, 4, 5],
        "mel6 to mel7": [6, 7],
        "mel8 to mel9": [8, 9],
    }


def test_few_columns_are_bands_of_one() -> None:
    """Where there are fewer columns than parts, each is one and bears its own name."""
    assert explain.bands(COLUMNS) == ABC


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

    lost = explain.permutation(Says(xor), asked, {"ab": [0, 1], "c": [2]})
    value = lost[lost["genre"] == explain.ALL].groupby("feature")["value"].mean()
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
    lost = explain.occlusion(Says(say), pictures, groups).set_index(["feature", "genre"])["value"]
    assert lost["loud", 0] == 1
    assert lost["loud", 1] == 0
    assert lost["loud", explain.ALL] == 0.5
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
    told = explain.shap(booster, asked, COLUMNS).set_index(["feature", "genre"])["value"]
    for genre in range(3):
        for i, column in enumerate("abc"):
            # Tracks weigh the same: the mean over windows of a track, then over tracks.
            by_track = pd.Series(np.abs(share[:, genre, i])).groupby(asked.track).mean()
            assert told[column, genre] == pytest.approx(by_track.mean(), rel=1e-4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_feature_that_says_nothing_contributes_nothing(n_classes: int) -> None:
    """A constant column has 0, the telling one the most, for each genre and for all together."""
    booster, asked = boosted(n_classes)
    told = explain.shap(booster, asked, COLUMNS).pivot(
        index="feature", columns="genre", values="value"
    )
    assert list(told.columns) == [explain.ALL, *range(n_classes)]
    assert (told.loc["c"] == 0).all()
    assert (told.loc["b"] > told.loc["a"]).all()
    np.testing.assert_allclose(told[explain.ALL], told[list(range(n_classes))].mean(axis=1))


def test_two_genres_have_one_score_between_them() -> None:
    """What speaks for one speaks against the other, by as much: the log odds that XGBoost gives."""
    booster, asked = boosted(2)
    told = explain.shap(booster, asked, COLUMNS).pivot(
        index="feature", columns="genre", values="value"
    )
    np.testing.assert_array_equal(told[0], told[1])
    share = booster.get_booster().predict(DMatrix(asked.X), pred_contribs=True)
    margin = booster.predict(asked.X, output_margin=True)
    np.testing.assert_allclose(share.sum(axis=1), margin, atol=1e-4)
    means = pd.DataFrame(np.abs(share[:, :3])).groupby(asked.track).mean().mean()
    np.testing.assert_allclose(told[0], means, rtol=1e-4)
