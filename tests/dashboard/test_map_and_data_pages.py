"""The pages Map and About the data."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from support.pages import figure, open_page, table_with, texts, values
from support.stored_predictions import accuracies, stored

from pipeline.artifacts.reader import Artifacts

if TYPE_CHECKING:
    from pathlib import Path


def test_map_measures_clusters_as_scikit_learn_does(synthetic: Artifacts) -> None:
    """Adjusted Rand index and mutual information of the stored clusters and the genres."""
    name = sorted(synthetic.folder.glob("summary/*.map.parquet"))[0].name.split(".")[0]
    title = synthetic.manifest.features[name]["title"]
    page = open_page("map", synthetic, map__features=title)
    table = pd.read_parquet(synthetic.folder / f"summary/{name}.map.parquet")
    genre = table["track_id"].map(synthetic.tracks.set_index("track_id")["genre"])
    ari = adjusted_rand_score(genre, table["cluster"])
    nmi = normalized_mutual_info_score(genre, table["cluster"])
    assert f"adjusted Rand index {ari:.2f}" in texts(page)
    assert f"mutual information {nmi:.2f}" in texts(page)
    shown = table_with(page, "cluster", "most", "tracks")
    np.testing.assert_array_equal(shown["tracks"], table["cluster"].value_counts().sort_index())
    assert shown[sorted(set(genre))].to_numpy().sum() == len(table)


@pytest.mark.parametrize(
    ("layout", "columns"), [("t-SNE", "tsne"), ("Principal components", "pca")]
)
def test_map_draws_every_track_where_it_lies(plain: Artifacts, layout: str, columns: str) -> None:
    """The layout in the address is drawn, every track once."""
    drawn = figure(open_page("map", plain, map__layout=layout))["data"]
    table = pd.read_parquet(next(plain.folder.glob("summary/*.map.parquet")))
    assert sum(len(values(trace["x"])) for trace in drawn) == len(table)
    x = np.concatenate([values(trace["x"]) for trace in drawn])
    np.testing.assert_allclose(np.sort(x), np.sort(table[f"{columns}_1"]), rtol=1e-5)


def test_map_colours_right_and_wrong_predictions(three: Artifacts) -> None:
    """As many tracks are right, wrong and not tested as the stored predictions say."""
    model = next(iter(accuracies(three, "artist")))
    page = open_page("map", three, "artist", map__colour="Right or wrong")
    drawn = {trace["name"]: len(values(trace["x"])) for trace in figure(page)["data"]}
    right = stored(three, model, "artist")["right"]
    not_tested = len(three.tracks) - len(right)
    expected = {"right": right.sum(), "wrong": (~right).sum(), "not tested": not_tested}
    assert drawn == {name: n for name, n in expected.items() if n}


def test_data_counts_tracks_genres_and_artists(artifacts: Artifacts) -> None:
    """The numbers on top and by genre are those of the table of tracks."""
    page = open_page("data", artifacts)
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet")
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Tracks"] == f"{len(tracks):,}"
    assert shown["Genres"] == str(tracks["genre"].nunique())
    assert shown["Artists"] == f"{tracks['artist'].nunique():,}"
    table = table_with(page, "genre", "tracks", "artists", "share").set_index("genre")
    assert table["tracks"].to_dict() == tracks["genre"].value_counts().to_dict()
    most = tracks.value_counts(["genre", "artist"]).groupby("genre").max()
    np.testing.assert_allclose(table["most"], (most / table["tracks"])[table.index], atol=6e-4)
    for facts in artifacts.manifest.protocols.values():
        folds = "1 fold" if facts.folds == 1 else f"{facts.folds} folds"
        assert f"**{facts.title}** ({folds})" in texts(page)


def test_data_says_whether_files_are_whole(plain: Artifacts, tmp_path: Path) -> None:
    """All hashes compared: a sentence if they agree, the file if one does not."""
    sentence = "Every file is the one that the manifest describes"
    assert sentence in texts(open_page("data", plain))
    copy = Artifacts(shutil.copytree(plain.folder, tmp_path / "plain"))
    path = copy.folder / "models" / "m0" / "robustness.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    page = open_page("data", copy)
    assert sentence not in texts(page)
    assert "robustness.parquet is not the file" in page.error[0].value
