"""Summaries of features against numpy and scikit-learn, on data small enough to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from pipeline.benchmark import summary
from pipeline.datasets import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GENRES = ["blues", "jazz", "rock"]
NAMES = ["a", "b", "c", "d"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine turn seconds into minutes."""
    with threadpool_limits(1):
        yield


def drawn(n: int = 60, columns: int = 4, genres: int = 3) -> tuple[np.ndarray, pd.DataFrame]:
    """Random features that lie elsewhere for each genre, and the tracks."""
    rng = np.random.default_rng(0)
    of = np.arange(n) % genres
    X = rng.normal(size=(n, columns)) @ rng.normal(size=(columns, columns)) + 3 * of[:, None]
    ids = [f"t{i:05}" for i in range(n)]
    tracks = pd.DataFrame({"track_id": ids, "genre": np.array(GENRES)[of]})
    return X.astype(np.float32), tracks


def written(
    folder: Path, X: np.ndarray, tracks: pd.DataFrame, own: bool = True, windows: int = 1
) -> dict[str, pd.DataFrame]:
    """What `summarise` writes of tracks whose windows are all the same, by kind."""
    names = [f"x{i}" for i in range(X.shape[1])]
    track = np.repeat(np.arange(len(X)), windows)
    summary.summarise("set", Rows(X[track], track), tracks, names, own, folder)
    return {path.name.split(".")[1]: pd.read_parquet(path) for path in folder.iterdir()}


def test_distributions_are_those_of_numpy() -> None:
    """Count, mean, standard deviation and quantiles of each feature, by genre and over all."""
    X, tracks = drawn()
    table = summary.distributions(pd.DataFrame(X, columns=NAMES), tracks["genre"])
    assert len(table) == len(NAMES) * (1 + len(GENRES))
    assert not table.duplicated(["genre", "feature"]).any()
    shares = np.linspace(0, 1, 41)
    for genre in ["", *GENRES]:
        part = X[(tracks["genre"] == genre) | (genre == "")]
        rows = table[table["genre"] == genre].set_index("feature").loc[NAMES]
        assert (rows["count"] == len(part)).all()
        np.testing.assert_allclose(rows["mean"], part.mean(axis=0), rtol=1e-4)
        np.testing.assert_allclose(rows["std"], part.std(axis=0, ddof=1), rtol=1e-4)
        quantiles = rows.filter(regex=r"^q\d{4}$").to_numpy()
        np.testing.assert_allclose(quantiles, np.quantile(part, shares, axis=0).T, rtol=1e-5)


def test_names_of_quantiles_say_which_they_are() -> None:
    """From the least, q0000, over the median, q0500, to the greatest, q1000."""
    values = pd.DataFrame({"a": np.arange(101.0)})
    row = summary.distributions(values, pd.Series(["rock"] * 101)).iloc[0]
    named = {name: row[name] for name in ("q0000", "q0025", "q0250", "q0500", "q0975", "q1000")}
    expected = dict(zip(named, (0, 2.5, 25, 50, 97.5, 100), strict=True))
    assert named == pytest.approx(expected)


def test_relations_are_the_covariances_of_numpy() -> None:
    """Each pair of features once, each with itself, by genre and over all."""
    X, tracks = drawn()
    table = summary.relations(pd.DataFrame(X, columns=NAMES), tracks["genre"])
    for genre in ["", *GENRES]:
        part = X[(tracks["genre"] == genre) | (genre == "")]
        rows = table[table["genre"] == genre]
        assert len(rows) == 4 * 5 / 2
        expected = np.cov(part, rowvar=False)
        a, b = (rows[name].map(NAMES.index).to_numpy() for name in ("feature", "other"))
        np.testing.assert_allclose(rows["covariance"], expected[a, b], rtol=1e-4, atol=1e-4)


def test_genre_of_one_track_has_no_covariance() -> None:
    """It is left out rather than made of nothing."""
    X, _ = drawn(n=5)
    genre = pd.Series(["rock"] * 4 + ["jazz"])
    table = summary.relations(pd.DataFrame(X, columns=NAMES), genre)
    assert set(table["genre"]) == {"", "rock"}
    assert np.isfinite(table["covariance"]).all()


def test_principal_components_are_those_of_scikit_learn() -> None:
    """Positions and shares are those of the standardised features."""
    X, tracks = drawn()
    table = summary.positions(X, tracks)
    pca = PCA().fit(StandardScaler().fit_transform(X.astype(np.float64)))
    places = pca.transform(StandardScaler().fit_transform(X.astype(np.float64)))
    for n in (1, 2):
        share = table[f"pca_{n}_share"]
        np.testing.assert_allclose(share, pca.explained_variance_ratio_[n - 1], rtol=1e-4)
        np.testing.assert_allclose(
            table[f"pca_{n}"].abs(), np.abs(places[:, n - 1]), rtol=1e-3, atol=1e-3
        )


def test_scale_of_a_feature_does_not_matter() -> None:
    """Hertz and shares count the same: the map of features in other units is the same."""
    X, tracks = drawn()
    other = summary.positions(X * np.array([1, 1000, 1, 0.01], np.float32), tracks)
    np.testing.assert_allclose(other["pca_1"], summary.positions(X, tracks)["pca_1"], atol=1e-3)


def test_groups_of_clear_data_are_the_genres() -> None:
    """Genres that lie far apart are found without labels."""
    _, tracks = drawn()
    rng = np.random.default_rng(0)
    far = 50 * np.eye(3, 4)[np.arange(len(tracks)) % 3]
    X = (far + rng.normal(size=(len(tracks), 4))).astype(np.float32)
    cluster = summary.positions(X, tracks)["cluster"]
    assert cluster.nunique() == 3
    assert (tracks.groupby(cluster.to_numpy())["genre"].nunique() == 1).all()


def test_summary_is_deterministic(tmp_path: Path) -> None:
    """Twice the same data, twice the same tables."""
    X, tracks = drawn()
    once, again = (written(tmp_path / name, X, tracks) for name in "ab")
    assert set(once) == set(again)
    for kind, table in once.items():
        pd.testing.assert_frame_equal(table, again[kind])


def test_map_holds_few_tracks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more tracks than can be drawn, some are taken, each once, with their own place."""
    monkeypatch.setattr(summary, "MAX_MAPPED_TRACKS", 25)
    X, tracks = drawn()
    table = summary.positions(X, tracks)
    assert len(table) == table["track_id"].nunique() == 25
    assert set(table["track_id"]) < set(tracks["track_id"])
    some = tracks["track_id"].isin(table["track_id"]).to_numpy()
    places = PCA(2).fit_transform(StandardScaler().fit_transform(X[some]))
    np.testing.assert_allclose(table["pca_1"].abs(), np.abs(places[:, 0]), rtol=1e-3, atol=1e-3)


def test_no_track_is_left_out_of_a_small_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 2000 tracks, all are there, in their order; of one more, one is left out."""
    assert summary.MAX_MAPPED_TRACKS == 2000
    monkeypatch.setattr(summary, "MAX_MAPPED_TRACKS", 60)
    X, tracks = drawn(n=60)
    assert summary.positions(X, tracks)["track_id"].tolist() == tracks["track_id"].tolist()
    X, tracks = drawn(n=61)
    chosen = summary.positions(X, tracks)["track_id"]
    assert chosen.nunique() == 60
    assert chosen.is_monotonic_increasing


def test_two_columns(tmp_path: Path) -> None:
    """The two principal components hold everything."""
    X, tracks = drawn(columns=2)
    tables = written(tmp_path, X, tracks)
    first = tables["map"].iloc[0]
    assert first["pca_1_share"] + first["pca_2_share"] == pytest.approx(1, abs=1e-5)
    assert np.isfinite(tables["map"].drop(columns="track_id")).all(axis=None)


def test_two_genres_of_three_tracks(tmp_path: Path) -> None:
    """As few as a first try of somebody's own folder: all tables, and all of them finite."""
    X, tracks = drawn(n=6, genres=2)
    tables = written(tmp_path, X, tracks)
    assert set(tables) == {"map", "distributions", "relations", "tracks"}
    for table in tables.values():
        assert np.isfinite(table.select_dtypes("number")).all(axis=None)
    assert tables["map"]["cluster"].nunique() == 2
    assert len(tables["map"]) == 6


def test_column_that_never_changes(tmp_path: Path) -> None:
    """It has no spread and spoils nothing."""
    X, tracks = drawn()
    X[:, 0] = 7
    tables = written(tmp_path, X, tracks)
    for table in tables.values():
        assert np.isfinite(table.select_dtypes("number")).all(axis=None)


def test_tracks_hold_the_mean_over_windows(tmp_path: Path) -> None:
    """A track counts once, however many windows it has."""
    X, tracks = drawn()
    whole = written(tmp_path / "whole", X, tracks)
    halved = written(tmp_path / "halved", X, tracks, windows=3)
    np.testing.assert_allclose(halved["tracks"].drop(columns="track_id"), X, rtol=1e-5)
    assert halved["tracks"]["track_id"].tolist() == tracks["track_id"].tolist()
    pd.testing.assert_frame_equal(whole["distributions"], halved["distributions"], rtol=1e-4)


def test_uneven_windows_are_averaged_by_track(tmp_path: Path) -> None:
    """Known windows: a track of 1 and 3 is 2 beside one of 5; tracks without rows are left out."""
    tracks = pd.DataFrame({"track_id": list("abcd"), "genre": ["rock", "jazz", "rock", "jazz"]})
    X = np.array([[1, 0], [3, 0], [5, 1], [9, 9]], np.float32)
    rows = Rows(X, np.array([0, 0, 2, 3]))
    summary.summarise("set", rows, tracks, ["x", "y"], True, tmp_path)
    table = pd.read_parquet(tmp_path / "set.tracks.parquet").set_index("track_id")
    assert table["x"].to_dict() == {"a": 2, "c": 5, "d": 9}
    means = pd.read_parquet(tmp_path / "set.distributions.parquet").query("feature == 'x'")
    assert means.set_index("genre")["mean"].to_dict() == pytest.approx(
        {"": 16 / 3, "rock": 3.5, "jazz": 9}
    )


def test_tables_of_others_are_not_passed_on(tmp_path: Path) -> None:
    """Of third-party features there is no row a track but its place in the map."""
    X, tracks = drawn()
    tables = written(tmp_path, X, tracks, own=False)
    assert set(tables) == {"map", "distributions", "relations"}
    names = {f"x{n}" for n in range(X.shape[1])}
    assert not names & set(tables["map"])


def test_many_columns_have_a_map_only(tmp_path: Path) -> None:
    """Of more than `MAX_INTERPRETABLE_COLUMNS` none means anything by itself."""
    X, tracks = drawn(n=30, columns=summary.MAX_INTERPRETABLE_COLUMNS + 1)
    assert set(written(tmp_path / "many", X, tracks)) == {"map"}
    few = written(tmp_path / "few", X[:, :-1], tracks)
    assert set(few) == {"map", "distributions", "relations", "tracks"}
    assert few["distributions"]["feature"].nunique() == summary.MAX_INTERPRETABLE_COLUMNS
