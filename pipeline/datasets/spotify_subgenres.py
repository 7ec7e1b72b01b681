"""Spotify's genre playlists: 24 sub-genres, four a genre."""

from pipeline.datasets.common import spotify

DATASET = spotify.dataset(
    "spotify-subgenres", "Spotify, 24 playlist sub-genres", "playlist_subgenre"
)
