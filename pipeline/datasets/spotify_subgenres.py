"""Spotify's genre playlists: 24 sub-genres, four a genre."""

from pipeline.datasets import _spotify

DATASET = _spotify.dataset(
    "spotify-subgenres", "Spotify, 24 playlist sub-genres", "playlist_subgenre"
)
