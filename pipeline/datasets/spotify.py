"""Spotify's genre playlists: six genres."""

from pipeline.datasets.common import spotify

DATASET = spotify.dataset("spotify", "Spotify, six playlist genres", "playlist_genre")
