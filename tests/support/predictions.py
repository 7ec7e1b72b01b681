"""Hand-made and drawn tables of predictions, for the tests of scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import softmax

from pipeline.artifacts.manifest import ModelCard

CLASSES = ["blues", "jazz", "rock"]
TRUE = ["blues"] * 4 + ["jazz"] * 4 + ["rock"] * 2
SAID = ["blues", "blues", "blues", "jazz", "jazz", "jazz", "rock", "rock", "rock", "blues"]
# Tracks of which much is known, and not everything.
TRACKS = pd.DataFrame(
    {
        "track_id": list("abcdef"),
        "genre": ["rock", "rock", "jazz", "jazz", "jazz", "rock"],
        "artist": ["x", "x", "y", "z", "z", "w: the band"],
        "title": list("uvwxyz"),
        "collection": ["one", None, "two", "", "two", "two"],
        "seconds": [2.0, 3.0, 4.0, 12.0, np.nan, 30.0],
        "loudness": [-20.5, -12.0, -12.0, -7.25, -6.0, -3.0],
        "year": pd.array([1990, 1991, None, 2001, 2002, 2003], dtype="Int64"),
        "heard": [True, False, True, True, False, True],
        "same": "always",
        "fold_artist": [0, 0, 1, 1, 2, 2],
    }
)


def table_of(genre: list[str], predicted: list[str], artist: list[str] | None = None):
    """The columns of `labelled_predictions` that scores read."""
    table = pd.DataFrame({"genre": genre, "predicted": predicted})
    table["artist"] = artist or [f"artist {n}" for n in range(len(genre))]
    return table.assign(right=table["genre"] == table["predicted"])


def table_by_artist(right: np.ndarray) -> pd.DataFrame:
    """A table where ``right[i, j]`` says whether track j of artist i was told."""
    artists, tracks = right.shape
    said = np.where(right.ravel(), "blues", "jazz").tolist()
    names = [f"artist {n}" for n in np.repeat(np.arange(artists), tracks)]
    return table_of(["blues"] * right.size, said, names)


def answers_of(
    probabilities: np.ndarray, truth: np.ndarray, artist: np.ndarray, fold: np.ndarray | int = 0
) -> pd.DataFrame:
    """All columns of `labelled_predictions`; classes are named c00, c01, ..."""
    names = names_of(probabilities.shape[1])
    ids = [f"t{n}" for n in range(len(truth))]
    table = pd.DataFrame(probabilities, columns=names)
    table = table.assign(
        track_id=ids, title=ids, fold=fold, windows=1, genre=np.array(names)[truth]
    )
    table["artist"] = [f"artist {n:03}" for n in artist]
    said = np.array(names)[probabilities.argmax(axis=1)]
    table = table.assign(predicted=said, confidence=probabilities.max(axis=1))
    return table.assign(right=table["predicted"] == table["genre"])


def names_of(n_classes: int) -> list[str]:
    return [f"c{n:02}" for n in range(n_classes)]


def drawn(seed: int = 0, n: int = 200, n_classes: int = 4, artists: int = 40) -> pd.DataFrame:
    """A model that knows something: its logits are noise, with two more for the truth."""
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(99).integers(0, n_classes, n)  # of every seed the same tracks
    logits = rng.normal(size=(n, n_classes)) + 2 * np.eye(n_classes)[truth]
    return answers_of(softmax(logits, axis=1), truth, np.arange(n) % artists, np.arange(n) % 5)


def truth_of(table: pd.DataFrame, n_classes: int) -> np.ndarray:
    return pd.Index(names_of(n_classes)).get_indexer(table["genre"])


def card(title: str) -> ModelCard:
    """Facts of which the leaderboard shows the first three."""
    return ModelCard(
        title=title,
        library="scikit-learn",
        format="skops",
        baseline=False,
        embeds=False,
        features="timbre",
        trained_on="timbre",
        file="models/x/model.skops",
        params={},
        facts={},
        temperatures=[1.0, 1.0, 1.0],
        n_predictions={},
        fit_seconds=1.0,
        clip_seconds=1.0,
        peak_bytes=1,
        file_bytes=1,
    )


def confident(confidence: list[float], right: list[bool]) -> pd.DataFrame:
    """Predictions for tracks of artists of their own."""
    artists = [f"artist {n}" for n in range(len(right))]
    return pd.DataFrame({"confidence": confidence, "right": right, "artist": artists})
