"""Whether a recording is of none of a benchmark's genres: a pretrained network's tags say so.

The network knows names of genres that a benchmark lacks. It never learnt the benchmark's labels, so
its tags on the benchmark's own tracks tell how likely a name is where the genre is another one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.evaluation.calibration import with_learnt_temperatures
from pipeline.evaluation.decision import KINDS, decide, record
from pipeline.evaluation.scores import stands_for

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

NETWORK = "msd_vgg"  # the quicker of those with these tags
# Genres that have tags of their own. Fixed by hand: the others are moods, times, or what every
# benchmark has.
FAMILIES = {
    "electronic": ("electronic", "electronica", "electro", "House", "ambient"),
    "folk": ("folk",),
    "soul": ("soul",),
    "rnb": ("rnb",),
    "funk": ("funk",),
}
RESAMPLES = 1000
SCORES = ("1 - confidence", "entropy", "tags")
QUANTILE = 0.99  # of a benchmark's own tracks lie below: about one in a hundred is refused wrongly


def thresholds(artifacts: Artifacts) -> pd.Series | None:
    """From which probability on each of `FAMILIES` that a benchmark lacks counts.

    None where tags of the benchmark's tracks are not known.
    """
    tags = artifacts.tags
    if tags is None or f"{NETWORK}.{FAMILIES['folk'][0]}" not in tags:
        return None
    own = tags[tags["track_id"].isin(artifacts.tracks["track_id"])]
    lacking = [name for name in FAMILIES if name not in artifacts.classes]
    return families(own)[lacking].quantile(QUANTILE)


def families(tags: pd.DataFrame) -> pd.DataFrame:
    """Probability of the likeliest tag of each of `FAMILIES`.

    Parameters
    ----------
    tags
        Columns as in ``tags.parquet``: ``<network>.<tag>``.
    """
    likeliest = {
        name: tags[[f"{NETWORK}.{tag}" for tag in family]].max(axis=1).astype(np.float64)
        for name, family in FAMILIES.items()
    }
    return pd.DataFrame(likeliest, index=tags.index)


def outside(tags: pd.DataFrame, limits: pd.Series) -> pd.DataFrame:
    """How far tags speak for a genre that the benchmark lacks.

    Parameters
    ----------
    limits
        `thresholds`

    Returns
    -------
    pd.DataFrame
        ``score``: the largest share of a family's threshold, 1 and more being outside, and the
        ``family`` that has it.
    """
    shares = families(tags)[limits.index] / limits
    return pd.DataFrame({"score": shares.max(axis=1), "family": shares.idxmax(axis=1)})


def auroc(scores: pd.DataFrame, none: pd.Series, artist: pd.Series) -> pd.DataFrame:
    """Area under the ROC curve of scores that should be high for tracks of none of the genres.

    It is the share of pairs of a track of none and another in which the former has more, ties
    counting half (Hanley & McNeil 1982). With the 95 % percentile interval of resampled artists.

    Parameters
    ----------
    scores
        A column for each score.

    Returns
    -------
    pd.DataFrame
        ``auroc, low, high``; index: the score.
    """
    number, names = pd.factorize(artist)
    drawn = _resamples(len(names))[:, number]  # how often each resample has each track
    a, b = drawn[:, none], drawn[:, ~none]
    pairs = a.sum(axis=1) * b.sum(axis=1)
    some = pairs > 0
    rows = {}
    for name, score in scores.items():
        outside, inside = score[none].to_numpy()[:, None], score[~none].to_numpy()
        more = (outside > inside) + 0.5 * (outside == inside)  # (n_none, n_others)
        areas = ((a @ more) * b).sum(axis=1)[some] / pairs[some]
        rows[name] = (more.mean(), *np.percentile(areas, [2.5, 97.5]))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["auroc", "low", "high"])


@lru_cache(maxsize=4)
def _resamples(n: int) -> np.ndarray:
    """How often each resample has each of n artists [shape=(RESAMPLES, n)]; drawn once for all."""
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), RESAMPLES)
    return drawn.astype(np.float64)  # as products of matrices want them


def separations(found: pd.DataFrame) -> pd.DataFrame:
    """How well each score of `doubts` tells tracks of no genre from the others.

    Returns
    -------
    pd.DataFrame
        ``auroc, low, high``; index: the score.
    """
    scores = [name for name in SCORES if name in found]
    return auroc(found[scores], found["none"], found["artist"])


def kinds(found: pd.DataFrame, answers: pd.DataFrame) -> pd.Series:
    """What each row of `doubts` would be called, see `pipeline.evaluation.decision.Decision`.

    Parameters
    ----------
    answers
        `pipeline.evaluation.decision.answers` without those about the collection itself.
    """
    outside = found["family"].where(found["tags"] >= 1, "") if "tags" in found else ""
    rows = found.assign(outside=outside)[["predicted", "confidence", "windows", "outside"]]
    # Arrow's strings would be unpacked for each row.
    known = answers.astype({"predicted": object, "genre": object})
    decisions = [
        decide(record(known, genre, confidence, windows), outside).kind
        for genre, confidence, windows, outside in rows.itertuples(index=False)
    ]
    return pd.Series(decisions, found.index)


def by_label(found: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    """What becomes of the tracks of each label.

    Returns
    -------
    pd.DataFrame
        ``label, none, n`` and the share of each kind of decision; labels of the genres first.
    """
    shares = pd.get_dummies(kind).reindex(columns=KINDS, fill_value=False)
    keys = found[["none", "label"]]
    table = shares.groupby([keys["none"], keys["label"]]).mean()
    table.insert(0, "n", shares.groupby([keys["none"], keys["label"]]).size())
    return table.reset_index()


def doubts(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """All tracks of a second collection, also those of no genre, with what may tell them apart.

    Returns
    -------
    pd.DataFrame
        ``track_id, label, collection, artist, windows, none`` (whether its label is none of the
        genres), ``predicted``, the calibrated ``confidence``, and of probabilities ``1 -
        confidence`` and ``entropy`` in nats; of tags, where they are known, ``tags`` (the score of
        `outside`) and ``family``.
    """
    table = with_learnt_temperatures(artifacts, model, artifacts.predictions(model, protocol))
    probabilities = table[artifacts.classes].to_numpy(dtype=np.float64)
    likeliest = probabilities.max(axis=1)
    frame = pd.DataFrame(
        {
            "track_id": table["track_id"],
            "windows": table["windows"],
            "predicted": np.array(artifacts.classes)[probabilities.argmax(axis=1)],
            "confidence": likeliest,
            "1 - confidence": 1 - likeliest,
            "entropy": -(probabilities * np.log(probabilities)).sum(axis=1),
        }
    )
    return frame.join(_tracks(artifacts, protocol), on="track_id")


@lru_cache(maxsize=4)
def _tracks(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """What `doubts` tells of each track whatever the model; index: the track."""
    tracks = artifacts.tested_tracks(protocol).set_index("track_id")
    known = pd.Series(stands_for(tracks["accepted"], artifacts.classes).any(axis=1), tracks.index)
    table = tracks[["genre", "collection", "artist"]].assign(none=~known)
    table = table.rename(columns={"genre": "label"})
    limits = thresholds(artifacts)
    if limits is None or artifacts.tags is None:
        return table
    found = outside(artifacts.tags.set_index("track_id"), limits)
    return table.join(found.set_axis(["tags", "family"], axis=1))
