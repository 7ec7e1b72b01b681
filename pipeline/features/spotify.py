"""Audio features of Spotify's Web API, which closed this part to new programs in 2024.

Words and ranges are those of its documentation. How the numbers are computed was never published.
"""

from pipeline.features import Column, FeatureSet

COLUMNS = (
    Column("danceability", "how well it suits dancing", "", 0, 1, "rhythm"),
    Column("energy", "intensity and activity: fast, loud and noisy is high", "", 0, 1, "loudness"),
    Column("key", "key as a pitch class, C being 0; -1 where none was found", "", -1, 11, "key"),
    Column("loudness", "loudness averaged over the track", "dB", family="loudness"),
    Column("mode", "1 for major, 0 for minor", "", 0, 1, "key"),
    Column("speechiness", "presence of spoken words; above 0.66 nothing else", "", 0, 1, "voice"),
    Column("acousticness", "confidence that it is acoustic", "", 0, 1, "acousticness"),
    Column("instrumentalness", "confidence that nobody sings or speaks", "", 0, 1, "voice"),
    Column("liveness", "confidence that an audience is heard", "", 0, 1, "liveness"),
    Column("valence", "how positive it sounds: sad is low, cheerful is high", "", 0, 1, "mood"),
    Column("tempo", "tempo; 0 where none was found", "BPM", 0, family="rhythm"),
    Column("duration", "length of the track", "s", 0, family="duration"),
)

FEATURES = FeatureSet(
    name="spotify",
    title="12 audio features of Spotify",
    version=1,
    columns=COLUMNS,
    compute=None,
    works=(
        "Pavlik 2019, Understanding and classifying genres using Spotify audio features, and the"
        " notebooks on its table, TidyTuesday of 2020-01-21",
    ),
)
