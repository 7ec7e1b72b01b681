"""Audio features of the Echo Nest for tracks of the Free Music Archive.

Spotify bought the Echo Nest in 2014 and published numbers of the same names and meanings.
"""

from pipeline.features import FeatureSet
from pipeline.features.spotify import COLUMNS

NAMES = (
    *("acousticness", "danceability", "energy", "instrumentalness"),
    *("liveness", "speechiness", "tempo", "valence"),
)

FEATURES = FeatureSet(
    name="echonest",
    title="8 audio features of the Echo Nest",
    version=1,
    columns=tuple(next(c for c in COLUMNS if c.name == name) for name in NAMES),
    compute=None,
    works=(
        "Defferrard, Benzi, Vandergheynst & Bresson 2017, FMA: a dataset for music analysis,"
        " echonest.csv, of 13,129 tracks",
    ),
)
