"""The page Map: chosen tracks, recordings of the visit, and what is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from support.pages import TIMEOUT_SECONDS, figure, open_page, render, table_with, texts, values
from support.signals import pcm

from dashboard import state
from dashboard.components import plain as plain_text
from dashboard.live.session import SESSION, Session
from pipeline.inference.neighbours import near_track
from pipeline.inference.predict import Analysis

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts

FEATURES = "echonest"  # of the made-up benchmarks


def positions(artifacts: Artifacts) -> pd.DataFrame:
    """Stored positions of the tracks."""
    return pd.read_parquet(artifacts.folder / f"summary/{FEATURES}.map.parquet")


def visited(artifacts: Artifacts, session: Session, **query: str) -> AppTest:
    """The page in a session in which the demo was used before."""
    page = AppTest.from_function(
        render, args=("map", str(artifacts.folder), None), default_timeout=TIMEOUT_SECONDS
    )
    page.session_state[SESSION] = session
    for key, value in query.items():
        page.query_params[key.replace("__", ".")] = value
    page.run()
    assert not page.exception
    return page


def brought(artifacts: Artifacts, **vectors: Any) -> Session:
    """A session with recordings that have these features."""
    session = Session()
    of = (artifacts.manifest.benchmark, artifacts.manifest.created)
    for name, vector in vectors.items():
        windows = np.array([vector, vector], np.float32)
        found = Analysis(6.0, [], np.zeros((1, 1)), 6.0, {}, {}, {FEATURES: windows}, {})
        session.analyses.keep((name, *of), found)
        session.history[(name, of[0], "m0")] = {"name": f"{name}.mp3"}
    return session


@pytest.fixture
def recordings(plain: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a recording of each track, on the machine of the server."""
    paths = {name: tmp_path / "music" / f"{name}.wav" for name in plain.tracks["track_id"]}
    (tmp_path / "music").mkdir()
    for path in paths.values():
        path.write_bytes(pcm(0.1 * np.sin(np.arange(8000))))
    monkeypatch.setattr(state, "recordings", lambda benchmark: paths)
    return tmp_path


def test_the_chosen_track_is_played_and_has_neighbours(plain: Artifacts, recordings: Path) -> None:
    """One from the address: its player, and the tracks nearest to it, itself excluded."""
    track = plain.tracks["track_id"].iloc[2]
    page = open_page("map", plain, map__tracks=track)
    assert len(page.get("bidi_component")) == 1
    near = table_with(page, "distance")
    expected = near_track(plain, "m0", track, 30)
    assert near["track_id"].tolist() == expected["track_id"].tolist()
    assert track not in near["track_id"].tolist()
    assert set(near["track_id"]) | {track} == set(plain.tracks["track_id"])


def test_neighbours_can_be_chosen_and_made_the_slice(plain: Artifacts) -> None:
    """The track and its nearest become the choice, then the slice; both are in the address."""
    ids = plain.tracks["track_id"].tolist()
    page = open_page("map", plain, map__tracks=ids[0])
    page.button(key="map.near").click().run()
    assert set(page.query_params["map.tracks"].split(",")) == set(ids)
    assert f"{len(ids)} tracks are chosen" in texts(page)
    page.button(key="map.slice").click().run()
    assert not page.exception
    text = page.query_params["slice"]
    assert text.startswith("track_id:")
    assert set(text.partition(":")[2].split(",")) == set(ids)
    page.button(key="map.clear").click().run()
    assert "map.tracks" not in page.query_params


def test_several_tracks_are_listed_and_stand_out(plain: Artifacts) -> None:
    """Those that the address names, in its order; the map shows them as selected points."""
    ids = plain.tracks["track_id"].tolist()[1:4]
    page = open_page("map", plain, map__tracks=",".join(ids))
    tables = [
        table.value["track_id"].tolist() for table in page.dataframe if "track_id" in table.value
    ]
    assert ids in tables
    chosen = []
    for trace in figure(page)["data"]:
        names = np.array(trace["customdata"])
        chosen += names[values(trace["selectedpoints"]).astype(int)].tolist()
    assert sorted(chosen) == sorted(ids)


def test_tracks_that_are_not_there_are_said(plain: Artifacts) -> None:
    """By name and number; the others are chosen all the same."""
    track = plain.tracks["track_id"].iloc[0]
    page = open_page("map", plain, map__tracks=f"{track},nobody,no one")
    assert "Not on this map: 2 of the 3 chosen tracks (nobody, no one)." in texts(page)
    assert track in texts(page)


def test_the_legend_filters(plain: Artifacts) -> None:
    """A genre in the address is drawn alone; a click on another shows both, in the address too."""
    page = open_page("map", plain, map__show__genre="no")
    assert [trace["name"] for trace in figure(page)["data"]] == ["no"]
    page.button_group(key="map.show.genre").select("yes").run()
    assert [trace["name"] for trace in figure(page)["data"]] == ["no", "yes"]
    assert page.query_params["map.show.genre"] == ["no", "yes"]
    page = open_page("map", plain, map__show__genre="polka")
    assert "Show only: there is no polka here." in texts(page)
    assert len(figure(page)["data"]) == 2


def test_recordings_of_the_visit_lie_among_their_neighbours(plain: Artifacts) -> None:
    """One that equals a track lies on it; the page says how it was placed and what is near."""
    table = pd.read_parquet(plain.folder / f"summary/{FEATURES}.tracks.parquet")
    row = table.iloc[3]
    session = brought(plain, mine=row.drop("track_id").to_numpy(np.float32))
    page = visited(plain, session)
    star = figure(page)["data"][-1]
    at = positions(plain).set_index("track_id").loc[row["track_id"]]
    assert (values(star["x"])[0], values(star["y"])[0]) == pytest.approx(
        (at["tsne_1"], at["tsne_2"]), abs=1e-2
    )
    assert star["text"] == ["<b>mine.mp3</b>"]
    text = texts(page)
    facts = plain.tracks.set_index("track_id").loc[row["track_id"]]
    track = f"{plain_text(facts['artist'])}: {plain_text(facts['title'])}"
    assert f"**mine.mp3** is nearest to {track}" in text
    assert "A star stands at the mean place of the 5 tracks that are nearest" in text
    near = table_with(page, "recording", "distance")
    assert near["track_id"].iloc[0] == row["track_id"]
    assert near["distance"].iloc[0] == pytest.approx(0, abs=1e-4)


def test_recordings_of_other_benchmarks_are_not_on_the_map(plain: Artifacts) -> None:
    """Only what this benchmark's models were asked about is."""
    session = brought(plain, mine=np.zeros(3))
    (key, analysis), *_ = session.analyses.items()
    session.analyses.clear()
    session.analyses.keep((key[0], "other", key[2]), analysis)
    assert "Your recordings" not in texts(visited(plain, session))


def test_a_slice_of_tracks_says_what_is_missing(plain: Artifacts) -> None:
    """Two that are there are shown; the third is named."""
    ids = plain.tracks["track_id"].tolist()[:2]
    page = open_page("overview", plain, slice=f"track_id:{','.join(ids)},nobody")
    assert f"Only 3 chosen tracks: 2 of {len(plain.tracks)} tracks" in texts(page)
    assert "Not among these: 1 of the 3 chosen tracks (nobody)." in texts(page)


def test_a_playlist_needs_files(plain: Artifacts) -> None:
    """Where the server has none, none is offered."""
    page = open_page("map", plain, map__tracks=plain.tracks["track_id"].iloc[0])
    assert "Playlist (M3U)" not in [button.label for button in page.get("download_button")]


def test_a_playlist_is_offered_where_files_are(plain: Artifacts, recordings: Path) -> None:
    """Beside the neighbours of a track."""
    page = open_page("map", plain, map__tracks=plain.tracks["track_id"].iloc[0])
    labels = [button.proto.label for button in page.get("download_button")]
    assert "Playlist (M3U)" in labels
