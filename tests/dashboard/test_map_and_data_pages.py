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
from pipeline.datasets.gtzan import facts

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
    unknown = tracks["artist"].isin(tracks["track_id"])
    assert shown["Known artists"] == f"{tracks['artist'][~unknown].nunique():,}"
    sentence = f"{unknown.sum():,} tracks of unknown artists, which count as"
    assert (sentence in texts(page)) == unknown.any()
    table = table_with(page, "genre", "tracks", "artists", "share").set_index("genre")
    assert table["tracks"].to_dict() == tracks["genre"].value_counts().to_dict()
    most = tracks.value_counts(["genre", "artist"]).groupby("genre").max()
    np.testing.assert_allclose(table["most"], (most / table["tracks"])[table.index], atol=6e-4)
    counts = tracks["genre"].value_counts()
    share = f"is right for {counts.max() / len(tracks):.1%} of the tracks"
    first = [genre for genre in counts.index if counts[genre] == counts.max()]
    rank = "the largest genre" if len(first) == 1 else "one of the largest genres"
    answers = [f"{genre}, {rank}," for genre in first]
    if len(first) == len(counts):
        answers = ["the same one of these equally large genres"]
    assert any(f"Always answering {answer} is right" in texts(page) for answer in answers)
    assert share in texts(page)


def test_data_says_how_long_tracks_are(gtzan: Artifacts) -> None:
    """Their median, and how many do not fill a window of three seconds."""
    seconds = pd.read_parquet(gtzan.folder / "tracks.parquet")["seconds"]
    page = open_page("data", gtzan)
    words = f"{(seconds < 3).sum()} of {len(seconds)} tracks are shorter than a window of 3 s."
    assert f"The median length is {np.median(seconds):.1f} s; {words}" in texts(page)


def test_data_counts_unknown_artists(gtzan: Artifacts) -> None:
    """They bear the id of a track; two tracks are of one of them."""
    artists = [facts()[name]["artist"] or name for name in gtzan.tracks["track_id"]]
    own = [name for name in artists if name in facts()]  # the id of a track
    words = (
        f"{len(set(artists) - set(own))} known artists and {len(own)} tracks of unknown artists,"
        f" which count as {len(set(own))} artists"
    )
    assert words in texts(open_page("data", gtzan))


def test_data_says_how_many_tracks_a_protocol_tests(artifacts: Artifacts) -> None:
    """From the fold numbers of the tracks; windows are counted by the stored predictions."""
    page = open_page("data", artifacts)
    tracks = pd.read_parquet(artifacts.folder / "tracks.parquet")
    for name, card in artifacts.manifest.protocols.items():
        if card.role == "elsewhere":
            continue
        (line,) = (x for x in texts(page).splitlines() if x.startswith(f"**{card.title}.**"))
        if card.unit == "window":
            n = max(len(stored(artifacts, model, name)) for model in artifacts.models)
            assert line.endswith(f"One fold is tested: {n} windows.")
            continue
        fold = tracks[f"fold_{name}"]
        n, k = (fold >= 0).sum(), fold[fold >= 0].nunique()
        folds = "One fold is tested" if k == 1 else f"{k} folds are tested"
        of = f"all {n:,}" if n == len(tracks) else f"{n:,} of {len(tracks):,}"
        assert line.endswith(f"{folds}: {of} tracks.")


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
