"""Known artists are told from unknown ones."""

import pandas as pd

from pipeline.artifacts.places import ROOT
from pipeline.artifacts.reader import Artifacts
from pipeline.evaluation import artists


def test_tracks_of_unknown_artists_are_not_counted() -> None:
    """Neither a track that stands for its own artist nor its copy."""
    tracks = pd.DataFrame({"track_id": ["a", "b", "c", "d"], "artist": ["a", "a", "Nina", "Nina"]})
    assert artists.unknown(tracks).tolist() == [True, True, False, False]
    assert artists.n_known(tracks) == 1
    assert artists.label(tracks) == "known artists"
    assert artists.label(tracks[2:]) == "artists"


def test_the_published_features_are_by_238_known_artists() -> None:
    """Names of artists are no names of tracks, which hold a genre and a number."""
    tracks = Artifacts(ROOT / "gtzan-published").tracks
    named = tracks.loc[~tracks["artist"].str.fullmatch(r"\w+\.\d{5}"), "artist"]
    assert artists.n_known(tracks) == named.nunique() == 238
