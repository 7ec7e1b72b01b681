"""How good a model becomes with more labels, and whether a shipped one would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.evaluation.intervals import Interval, difference_interval
from pipeline.evaluation.scores import accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.artifacts.reader import Artifacts

LEAST = 5  # labels a genre that a curve begins with
APART = 2**0.5  # least ratio of its last two sizes
FITTED = 3  # last sizes that what comes is judged by


def sizes(largest: int) -> list[int]:
    """Numbers of labels a genre: doubled from `LEAST` on, and at last all."""
    doubled = [LEAST * 2**i for i in range(largest.bit_length())]
    return [*(n for n in doubled if n <= largest / APART), largest]


def drawn(
    genre: npt.NDArray[np.int64], artist: npt.NDArray[np.int64], most: int, seed: int
) -> npt.NDArray[np.bool_]:
    """Choose tracks to learn from: of each genre at most so many, artist by artist at random.

    Parameters
    ----------
    genre, artist : np.ndarray [shape=(n_tracks,)]
        Numbers of each track's genre and artist.

    Returns
    -------
    np.ndarray [shape=(n_tracks,)]
        Whether each track was chosen.
    """
    rng = np.random.default_rng(seed)
    turn = rng.permutation(int(artist.max()) + 1)[artist]  # all tracks of an artist come together
    order = np.lexsort((rng.permutation(len(genre)), turn, genre))
    _, first = np.unique(genre[order], return_index=True)
    place = np.arange(len(order)) - np.repeat(first, np.diff([*first, len(order)]))
    chosen = np.zeros(len(genre), dtype=bool)
    chosen[order] = place < most
    return chosen


def curve(artifacts: Artifacts) -> pd.DataFrame:
    """Accuracy by artist with fewer labels and with all.

    Returns
    -------
    pd.DataFrame
        ``labels`` (at most so many a genre), ``labelled`` (what that was on average), ``n,
        accuracy, low, high``; the fewest labels first.
    """
    rows = [
        {"labels": labels, "labelled": part["labelled"].mean(), "n": len(part)} | _interval(part)
        for labels, part in _answers(artifacts).groupby("labels")
    ]
    return pd.DataFrame(rows)


def expected(artifacts: Artifacts, times: float = 2) -> tuple[Interval, Interval]:
    """Accuracy to expect with so many times the labels, and what that gains.

    Errors fall as a power of the number of labels, fitted to the last `FITTED` sizes. Intervals are
    jackknives over artists. They do not know whether the power goes on to hold.
    """
    answers = _answers(artifacts)
    labelled = answers.groupby("labels")["labelled"].mean().to_numpy()[-FITTED:]
    sums = _by_artist(answers)[:, -FITTED:]

    def later(counts: np.ndarray) -> np.ndarray:
        return extrapolated(labelled, counts[..., 0] / counts[..., 1], times)

    def gain(counts: np.ndarray) -> np.ndarray:
        return later(counts) - counts[..., -1, 0] / counts[..., -1, 1]

    then = difference_interval(sums, later)
    return Interval(*np.clip(then, 0, 1)), difference_interval(sums, gain)


def extrapolated(labelled: np.ndarray, right: np.ndarray, times: float) -> np.ndarray:
    """Accuracy with so many times the last number of labels.

    Parameters
    ----------
    labelled : np.ndarray [shape=(n_sizes,)]
    right : np.ndarray [shape=(..., n_sizes)]
        Accuracy with so many labels.

    Returns
    -------
    np.ndarray [shape=(...)]
        What the power law of the errors gives; never less than with the last number.
    """
    last = right[..., -1]
    if len(labelled) < 2:
        return last
    x = np.log(labelled) - np.log(labelled).mean()
    error = np.log(np.maximum(1 - right, 1e-3))
    power = np.minimum((error * x).sum(axis=-1) / (x**2).sum(), 0)
    return 1 - (1 - last) * times**power


UNCHECKED = (
    "Whether a shipped model learnt from some of these recordings is not checked. If one did, its"
    " accuracy here is too kind. Teach it again to have that checked."
)


def shipped(artifacts: Artifacts) -> pd.DataFrame:
    """How shipped models answer the tracks of genres that they know, beside what was taught.

    Returns
    -------
    pd.DataFrame
        ``benchmark, model, title, genres, n, accuracy, low, high`` of each shipped model, best
        first; ``taught``: accuracy of the taught one on the same tracks; ``gain, gain_low,
        gain_high``: what teaching gives. Tracks that a model learnt from are left out.
    """
    table = artifacts.shipped
    if table is None or table.empty:
        return pd.DataFrame()
    taught = _answers(artifacts)
    taught = taught[taught["labels"] == taught["labels"].max()].set_index("track_id")["right"]
    known = _with_truth(artifacts, table[_twins(table) == ""])
    known = known[known["track_id"].isin(taught.index)]
    if known.empty:
        return pd.DataFrame()
    known = known.assign(taught=taught.reindex(known["track_id"]).to_numpy(dtype=bool))
    keys = ["benchmark", "model", "title"]
    rows = [dict(zip(keys, names, strict=True)) | _beside(p) for names, p in known.groupby(keys)]
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False, ignore_index=True)


def caution(artifacts: Artifacts) -> str:
    """What is known of tracks that shipped models learnt from; said wherever they are shown."""
    table = artifacts.shipped
    if table is None or table.empty:
        return ""
    if "twin" not in table:
        return UNCHECKED
    number = table.loc[_twins(table) != "", "track_id"].nunique()
    found = (
        f"{number:,} of these tracks are left out, as a shipped model learnt from the same sound."
        if number
        else "None of these tracks was recognised as one that a shipped model learnt from."
    )
    return f"{found} Other excerpts and copies of a worse quality are not recognised."


def _twins(table: pd.DataFrame) -> pd.Series:
    """The shipped track that is the same sound; of tables that do not tell, nothing."""
    return table["twin"] if "twin" in table else pd.Series("", table.index)


def _beside(part: pd.DataFrame) -> dict[str, float]:
    by = part.groupby("artist").agg(
        right=("right", "sum"), taught=("taught", "sum"), n=("n", "sum")
    )

    def gain(sums: np.ndarray) -> np.ndarray:
        return (sums[..., 1] - sums[..., 0]) / sums[..., 2]

    value, low, high = difference_interval(by.to_numpy(dtype=np.float64), gain)
    more = {"taught": part["taught"].mean(), "gain": value, "gain_low": low, "gain_high": high}
    return {"genres": part["genre"].nunique(), "n": len(part)} | _interval(part) | more


def _interval(part: pd.DataFrame) -> dict[str, float]:
    found = accuracy(part)
    return {"accuracy": found.value, "low": found.low, "high": found.high}


def _answers(artifacts: Artifacts) -> pd.DataFrame:
    """The stored answers with the truth; of artifacts without a curve, none."""
    table = artifacts.learning_curve
    if table is None:
        columns = ["track_id", "labels", "labelled", "predicted", "genre", "artist", "right", "n"]
        return pd.DataFrame(columns=columns)
    return _with_truth(artifacts, table)


def _with_truth(artifacts: Artifacts, table: pd.DataFrame) -> pd.DataFrame:
    of = artifacts.tracks.set_index("track_id").loc[table["track_id"]]
    genre, artist = of["genre"].to_numpy(), of["artist"].to_numpy()
    return table.assign(genre=genre, artist=artist, right=table["predicted"] == genre, n=1)


def _by_artist(answers: pd.DataFrame) -> np.ndarray:
    """Right answers and tracks of each artist at each size [shape=(n_artists, n_sizes, 2)]."""
    keys: Sequence[str] = ("artist", "labels")
    sums = answers.groupby(list(keys))[["right", "n"]].sum().unstack("labels")
    right, n = (sums[name].to_numpy(dtype=np.float64) for name in ("right", "n"))
    return np.stack([right, n], axis=-1)
