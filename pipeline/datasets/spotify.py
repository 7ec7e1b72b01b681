"""Spotify's genre playlists: six genres."""

from pipeline.datasets import _spotify

DATASET = _spotify.dataset("spotify", "Spotify, six playlist genres", "playlist_genre")
