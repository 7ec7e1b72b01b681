"""Scores as pure functions of the stored predictions: a new metric needs no training.

Most functions take *answers*, the table that `answers` makes: one row a track with its ``genre``,
its ``artist``, what was ``predicted`` with which ``confidence``, and the probability of each class.
Where a protocol asks about windows, a row is a window. Functions that compare models take answers
by model, *tables*, and look at the tracks that every model answered.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.artifacts import Artifacts

Normalise = Literal["true", "pred", "all"] | None
Score = Literal["accuracy", "balanced_accuracy", "macro_f1"]
Order = Literal["name", "similarity", "error"]
# Columns that stand beside those of the genres.
RESERVED = frozenset(
    {"protocol", "track_id", "window", "fold", "genre", "artist", "title", "predicted"}
    | {"confidence", "right", "tracks", "most", "share", "distortion", "model"}
)
RESAMPLES = 2000
BINS = 10
PARTS = 5  # into which artists are divided where a protocol has a single fold
PEERS, CROWD = 20, 50  # answers of one genre, and of all, by which a confidence is judged
LEAST = 1e-6  # a probability of 0 has no logarithm
TEMPERATURES = (0.05, 20.0)


class Interval(NamedTuple):
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def answers(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """What a model said of each track that a protocol asks about, beside the truth.

    Returns
    -------
    pd.DataFrame
        ``track_id, window, genre, artist, title, fold, predicted, confidence, right`` and one
        column a class. Empty if the model was not asked.
    """
    predictions = artifacts.predictions(model, protocol)
    probabilities = predictions[artifacts.classes]
    facts = artifacts.tracks.set_index("track_id")[["genre", "artist", "title"]]
    table = predictions.assign(
        predicted=probabilities.idxmax(axis=1), confidence=probabilities.max(axis=1)
    ).join(facts, on="track_id", how="inner", validate="m:1")
    return table.assign(right=table["predicted"] == table["genre"])


def scores(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, float]:
    """Every score of a model under a protocol.

    Returns
    -------
    dict
        ``accuracy``, ``balanced_accuracy`` and ``macro_f1`` (means over the genres with test
        tracks), ``top2``, ``top3``: share of tracks whose genre is among the likeliest; all in
        [0, 1], more is better. ``log_loss`` (nats; a probability counts as no less than the
        rounding error of its type, as in scikit-learn), ``brier`` (Brier 1950: squared differences
        summed over classes, in [0, 2]) and ``ece`` (see `ece`); less is better.
    """
    counts = _counts(table, classes).sum(axis=0)
    probabilities, true = table[list(classes)].to_numpy(), _columns(table["genre"], classes)
    order = np.argsort(-probabilities, axis=1, kind="stable")  # of equals the first, as `predicted`
    rank = (order == true[:, None]).argmax(axis=1)
    least = np.finfo(probabilities.dtype).eps
    of_truth = np.clip(probabilities[np.arange(len(true)), true], least, 1 - least)
    off = probabilities - np.eye(len(classes))[true]  # (n_tracks, n_classes)
    return {
        **{name: float(score(counts)) for name, score in COUNTED.items()},
        "top2": float((rank < 2).mean()),
        "top3": float((rank < 3).mean()),
        "log_loss": float(-np.log(of_truth, dtype=np.float64).mean()),
        "brier": float((off**2).sum(axis=1).mean()),
        "ece": ece(table),
    }


def accuracy(table: pd.DataFrame) -> Interval:
    """Share of tracks answered right, with a bootstrap interval that resamples artists.

    Tracks of one artist are alike, so resampling tracks would give too narrow an interval (Efron &
    Tibshirani 1993, ch. 8: resample the independent units).
    """
    by_artist = table.groupby("artist")["right"].agg(["sum", "size"]).to_numpy(dtype=np.float64)
    return _interval(by_artist, lambda counts: counts[..., 0] / counts[..., 1])


def interval(table: pd.DataFrame, classes: Sequence[str], score: Score) -> Interval:
    """A score with a bootstrap interval that resamples artists, like that of `accuracy`.

    A genre that a resample does not draw is left out of that resample's mean over genres.
    """
    return _interval(_counts(table, classes), COUNTED[score])


def _accuracy(counts: np.ndarray) -> np.ndarray:
    right, _, asked = np.moveaxis(counts, -2, 0)
    return right.sum(axis=-1) / asked.sum(axis=-1)


def _balanced_accuracy(counts: np.ndarray) -> np.ndarray:
    right, _, asked = np.moveaxis(counts, -2, 0)
    return np.mean(right / np.maximum(asked, 1), axis=-1, where=asked > 0)


def _macro_f1(counts: np.ndarray) -> np.ndarray:
    return np.mean(_f1(counts), axis=-1, where=counts[..., 2, :] > 0)


def _f1(counts: np.ndarray) -> np.ndarray:
    right, said, asked = np.moveaxis(counts, -2, 0)
    return 2 * right / np.maximum(said + asked, 1)


COUNTED: Mapping[Score, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "macro_f1": _macro_f1,
}  # from counts [shape=(..., 3, n_classes)] to scores [shape=(...)]


def _counts(table: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Tracks of each artist rightly called, called, and being each genre.

    Returns
    -------
    np.ndarray [shape=(n_artists, 3, n_classes)]
        These three add up over artists, and they are all that `COUNTED` needs.
    """
    artist, names = pd.factorize(table["artist"], sort=True)
    said, true = _columns(table["predicted"], classes), _columns(table["genre"], classes)
    counts = np.zeros((len(names), 3, len(classes)))
    right, called, asked = np.moveaxis(counts, 1, 0)
    np.add.at(right, (artist, said), table["right"])
    np.add.at(called, (artist, said), 1)
    np.add.at(asked, (artist, true), 1)
    return counts


def _columns(genres: pd.Series, classes: Sequence[str]) -> np.ndarray:
    column = {genre: n for n, genre in enumerate(classes)}
    return np.array([column[genre] for genre in genres.tolist()], dtype=int)


def _interval(by_artist: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> Interval:
    low, high = _bounds(by_artist, statistic)
    return Interval(float(statistic(by_artist.sum(axis=0))), float(low), float(high))


def _bounds(by_artist: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Ends of the 95 % percentile interval (Efron & Tibshirani 1993, ch. 13).

    Parameters
    ----------
    by_artist : np.ndarray [shape=(n_artists, ...)]
        What adds up over artists.
    statistic
        From such sums, [shape=(n_resamples, ...)] or one of them, to figures.

    Returns
    -------
    np.ndarray [shape=(2, ...)]
        NaN for fewer than two artists: they say nothing of how artists differ.
    """
    if len(by_artist) < 2:
        return np.full((2, *np.shape(statistic(by_artist.sum(axis=0)))), np.nan)
    drawn = statistic(np.tensordot(_draws(len(by_artist), RESAMPLES), by_artist, axes=1))
    return np.percentile(drawn, [2.5, 97.5], axis=0)


@lru_cache(maxsize=2)  # all models of a protocol are asked about the same artists
def _draws(n: int, resamples: int) -> np.ndarray:
    """How often each resample draws each of n artists."""
    drawn = np.random.default_rng(0).integers(0, n, (resamples, n))
    cells = drawn + n * np.arange(resamples)[:, None]  # (resamples, n)
    times = np.bincount(cells.ravel(), minlength=cells.size).reshape(cells.shape)
    return times.astype(np.float64)  # integers are multiplied ten times more slowly


def commonest(table: pd.DataFrame) -> float:
    """Accuracy of always answering the commonest genre: what any model must beat."""
    return float(table["genre"].value_counts(normalize=True).iloc[0])


def references(artifacts: Artifacts, table: pd.DataFrame, protocol: str) -> dict[str, float]:
    """Accuracies to compare with, by what they are: the floor first, then what others published.

    Parameters
    ----------
    table
        Answers of any model under the protocol.
    """
    published = (r for r in artifacts.manifest.published if r["protocol"] == protocol)
    return {"always the commonest genre": commonest(table)} | {
        f"{result['name']} ({result['source']})": result["accuracy"] for result in published
    }


def macro_f1(table: pd.DataFrame, classes: Sequence[str]) -> float:
    """Mean of the genres' F1; genres without test tracks are left out."""
    return float(_macro_f1(_counts(table, classes).sum(axis=0)))


def per_genre(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """How well each genre is told.

    Returns
    -------
    pd.DataFrame
        Index: genre. ``precision, recall, f1`` in [0, 1] (0 where undefined), ``support`` (tracks),
        and ``wrong``: the share of the genre's tracks that were called something else (1 - recall;
        NA without tracks).
    """
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, f1, support = precision_recall_fscore_support(
        table["genre"], table["predicted"], labels=list(classes), zero_division=0
    )
    wrong = np.where(support > 0, 1 - recall, np.nan)
    columns = {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "wrong": wrong,
    }
    return pd.DataFrame(columns, index=pd.Index(classes, name="genre"))


def confusion(
    table: pd.DataFrame, classes: Sequence[str], normalise: Normalise = None
) -> pd.DataFrame:
    """Confusion matrix.

    Parameters
    ----------
    normalise
        None: counts; ``"true"``: shares of each row; ``"pred"``: of each column; ``"all"``: of all
        tracks.

    Returns
    -------
    pd.DataFrame [shape=(n_classes, n_classes)]
        Rows: true genre; columns: predicted genre.
    """
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(
        table["genre"], table["predicted"], labels=list(classes), normalize=normalise
    )
    index = pd.Index(classes, name="genre")
    return pd.DataFrame(matrix, index=index, columns=index.rename("predicted"))


def arrange(counts: pd.DataFrame, by: Order) -> list[str]:
    """Genres of a confusion matrix in an order that shows something.

    Parameters
    ----------
    counts
        `confusion` without normalisation.
    by
        ``"name"``; ``"similarity"``: genres that are taken for each other lie side by side (average
        linkage, leaves in optimal order after Bar-Joseph et al. 2001); ``"error"``: those of which
        the greatest share is called something else first.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    genres = list(counts.index)
    asked = counts.sum(axis=1).clip(lower=1)
    shares = counts.div(asked, axis=0).to_numpy()
    if by == "error":
        found = np.where(counts.sum(axis=1) > 0, np.diag(shares), 2)  # what was not asked last
        return [genres[i] for i in np.argsort(found, kind="stable")]
    if by == "name" or len(genres) < 3:
        return sorted(genres)
    apart = 1 - (shares + shares.T) / 2
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    return [genres[i] for i in leaves_list(tree)]


def likeliest(table: pd.DataFrame, classes: Sequence[str], k: int = 3) -> pd.Series:
    """The likeliest genres of each answer in words, as "rock 52 %, blues 20 %, jazz 9 %"."""
    probabilities = table[list(classes)].to_numpy()
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    words = [
        ", ".join(f"{classes[i]} {row[i]:.0%}" for i in first)
        for row, first in zip(probabilities, order, strict=True)
    ]
    return pd.Series(words, table.index, dtype=str)


def groups(cluster: pd.Series, genre: pd.Series) -> tuple[float, float]:
    """How far groups that were found without labels are the genres.

    Returns
    -------
    ari : float
        Adjusted Rand index (Hubert & Arabie 1985): 1 if they are the same, about 0 by chance.
    nmi : float
        Normalised mutual information, in [0, 1].
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    return (
        float(adjusted_rand_score(genre, cluster)),
        float(normalized_mutual_info_score(genre, cluster)),
    )


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities p^(1/T), normalised: flatter for T > 1, in the same order (Guo et al. 2017).

    Parameters
    ----------
    probabilities : np.ndarray [shape=(..., n_classes)]
        What is below 1e-6 is taken for 1e-6.
    """
    from scipy.special import softmax

    return softmax(_logs(probabilities) / temperature, axis=-1)


def temperature(
    probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """The T in [0.05, 20] whose `tempered` probabilities have the least log loss.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n_tracks, n_classes)]
    truth : np.ndarray [shape=(n_tracks,)]
        Column of each track's genre.
    weights : np.ndarray [shape=(n_tracks,)]
        How much each track counts; None: all the same.

    Returns
    -------
    float
        1 where no other does better: without tracks, or if all probabilities are equal.
    """
    from scipy.optimize import minimize_scalar

    if not len(truth):
        return 1.0
    logs = _logs(probabilities)
    # At most log(1e6) / 0.05 = 276 goes into exp: no need for the slower logsumexp.
    ahead = logs - logs[np.arange(len(truth)), truth][:, None]  # of the truth (n_tracks, n_classes)

    def log_loss(log_t: float) -> float:
        return float(np.average(np.log(np.exp(ahead / np.exp(log_t)).sum(axis=1)), weights=weights))

    best = minimize_scalar(
        log_loss, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-3}
    )
    return float(np.exp(best.x)) if best.fun < log_loss(0) else 1.0


def _logs(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, LEAST, dtype=np.float64))


def calibrated(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Answers whose probabilities are `tempered`, by what was learnt from other tracks.

    Each fold's temperature is that of the other folds. Where there is one fold, five groups of
    artists take their place; one artist alone keeps T = 1. ``predicted`` stays, ``confidence``
    follows the probabilities.
    """
    probabilities = _cross_fitted(table, classes)
    columns = dict(zip(classes, probabilities.T, strict=True))
    return table.assign(**columns, confidence=probabilities.max(axis=1))


def _cross_fitted(table: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Probabilities of `calibrated`."""
    truth, parts = _columns(table["genre"], classes), _parts(table)
    before = table[list(classes)].to_numpy(dtype=np.float64)
    after = before.copy()  # (n_tracks, n_classes)
    for part in np.unique(parts):
        own = parts == part
        after[own] = tempered(before[own], temperature(before[~own], truth[~own]))
    return after


def _parts(table: pd.DataFrame) -> np.ndarray:
    """Which part each row belongs to, and is not calibrated by."""
    from sklearn.model_selection import GroupKFold

    if table["fold"].nunique() > 1:
        return table["fold"].to_numpy()
    parts = np.zeros(len(table), dtype=int)
    n = min(PARTS, table["artist"].nunique())
    if n > 1:
        for part, (_, rows) in enumerate(GroupKFold(n).split(table, groups=table["artist"])):
            parts[rows] = part
    return parts


def ece(table: pd.DataFrame, bins: int = BINS) -> float:
    """Expected calibration error of the predicted genre, in [0, 1] (Guo et al. 2017).

    The mean distance of confidence and accuracy over `bins` equally wide bins of confidence, each
    weighed by its tracks.
    """
    off = np.bincount(_bins(table, bins), table["right"] - table["confidence"])
    return float(np.abs(off).sum() / len(table))


def reliability(table: pd.DataFrame, bins: int = BINS) -> pd.DataFrame:
    """How often answers of about the same confidence are right.

    Returns
    -------
    pd.DataFrame [shape=(bins, 7)]
        ``low, high``: the bin, without and with its end; ``count`` of tracks; their mean
        ``confidence``; their ``accuracy`` and its 95 % interval ``accuracy_low, accuracy_high``
        (Wilson 1927). NaN in empty bins.
    """
    edges = np.linspace(0, 1, bins + 1)
    by_bin = table.groupby(_bins(table, bins)).agg(
        count=("right", "size"), confidence=("confidence", "mean"), accuracy=("right", "mean")
    )
    curve = by_bin.reindex(range(bins)).fillna({"count": 0}).astype({"count": int})
    curve.insert(0, "low", edges[:-1])
    curve.insert(1, "high", edges[1:])
    ends = [_wilson(*row) for row in zip(curve["accuracy"], curve["count"], strict=True)]
    return curve.assign(**pd.DataFrame(ends, columns=["accuracy_low", "accuracy_high"]))


def _bins(table: pd.DataFrame, bins: int) -> np.ndarray:
    """Which of equally wide bins, each with its upper end, the confidences lie in."""
    # The outer edges are left out: rounding may carry a confidence beyond 1.
    return np.digitize(table["confidence"], np.linspace(0, 1, bins + 1)[1:-1], right=True)


def _wilson(share: float, n: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    if n == 0:
        return np.nan, np.nan
    ends = binomtest(round(share * n), n).proportion_ci(method="wilson")
    return float(ends.low), float(ends.high)


def coverage(table: pd.DataFrame) -> pd.DataFrame:
    """How accurate a model is if it may pass on tracks it is unsure of (El-Yaniv & Wiener 2010).

    Returns
    -------
    pd.DataFrame
        A row for each confidence that occurs, falling: ``threshold``; ``coverage``, the share of
        tracks with at least this confidence; ``accuracy`` on them.
    """
    best_first = table.groupby("confidence")["right"].agg(["sum", "size"]).iloc[::-1]
    right, answered = best_first["sum"].cumsum(), best_first["size"].cumsum()
    columns = {
        "threshold": best_first.index,
        "coverage": (answered / len(table)).to_numpy(),
        "accuracy": (right / answered).to_numpy(),
    }
    return pd.DataFrame(columns)


class Record(NamedTuple):
    """How often a model was right when it was about as sure.

    Attributes
    ----------
    right, said
        Of so many answers so many were right.
    instead
        What the others mostly were; empty if all were right.
    """

    right: int
    said: int
    instead: str


def record(table: pd.DataFrame, confidence: float, genre: str | None = None) -> Record:
    """How often a model was right in its answers closest in confidence to a given one.

    Parameters
    ----------
    table
        `calibrated` answers about tracks that it had not heard.
    genre
        Only answers that named this genre count; None: all do.

    Returns
    -------
    Record
        Of `PEERS` answers of a genre, or fewer if it was not named as often; of `CROWD` of all.
        Of more if several are equally close.
    """
    said = table if genre is None else table[table["predicted"] == genre]
    away = (said["confidence"] - confidence).abs()
    # Tables are in the order of genres: of equals, the first alone would be of one genre.
    n = CROWD if genre is None else PEERS
    closest = said.loc[away.nsmallest(n, keep="all").index]
    wrong = closest.loc[~closest["right"], "genre"]
    instead = "" if wrong.empty else str(wrong.value_counts().idxmax())
    return Record(int(closest["right"].sum()), len(closest), instead)


class McNemar(NamedTuple):
    """On how many tracks only one of two models is right, and how likely chance does as much."""

    only_a: int
    only_b: int
    p: float


def mcnemar(a: pd.DataFrame, b: pd.DataFrame) -> McNemar:
    """McNemar's test whether two models are equally often right (mid-p; Fagerland et al. 2013).

    It takes tracks for independent; the interval of `compare` does not. Where each is equally
    often right alone, p is 1.
    """
    right = _side_by_side({"a": a, "b": b}, "right")
    only_a, only_b = (right["a"] & ~right["b"]).sum(), (right["b"] & ~right["a"]).sum()
    return McNemar(int(only_a), int(only_b), float(_mid_p(np.array(only_a), np.array(only_b))))


def _mid_p(only_a: np.ndarray, only_b: np.ndarray) -> np.ndarray:
    """Twice the probability of fewer, plus that of as many, heads in fair throws."""
    from scipy.stats import binom

    fewer, n = np.minimum(only_a, only_b), only_a + only_b
    return 2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5)


def compare(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every pair of models on the same tracks.

    Returns
    -------
    pd.DataFrame
        ``model_a, model_b``; ``only_a, only_b``: tracks that only one has right; ``difference`` of
        their accuracies (a less b) with its 95 % interval ``low, high`` by resampling artists
        (NaN for one artist); ``p`` as `mcnemar` has it, ``p_holm`` corrected for the number of
        pairs (Holm 1979), and ``significant``: p_holm < 0.05.
    """
    right = _side_by_side(tables, "right")
    a, b = np.triu_indices(len(tables), 1)
    ahead = right.to_numpy(dtype=int)[:, a] - right.to_numpy(dtype=int)[:, b]  # (n_tracks, n_pairs)
    only_a, only_b = (ahead > 0).sum(axis=0), (ahead < 0).sum(axis=0)
    low, high = _bounds(_sums(ahead, _facts(tables, right)["artist"]), _shares)
    p = _mid_p(only_a, only_b)
    p_holm = _holm(p)
    pairs = pd.DataFrame(combinations(tables, 2), columns=["model_a", "model_b"])
    return pairs.assign(
        only_a=only_a,
        only_b=only_b,
        difference=ahead.mean(axis=0),
        low=low,
        high=high,
        p=p,
        p_holm=p_holm,
        significant=p_holm < 0.05,
    )


def _sums(values: np.ndarray, artist: pd.Series) -> np.ndarray:
    """Sum of each column and, last, the tracks, by artist."""
    by_artist = pd.DataFrame(values).assign(tracks=1).groupby(artist.to_numpy())
    return by_artist.sum().to_numpy(dtype=np.float64)  # (n_artists, n_columns + 1)


def _shares(sums: np.ndarray) -> np.ndarray:
    return sums[..., :-1] / sums[..., -1:]


def _holm(p: np.ndarray) -> np.ndarray:
    """P-values corrected for their number, step by step from the least (Holm 1979)."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1)
    return corrected


def agreement(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Share of tracks that each two models call the same.

    Returns
    -------
    pd.DataFrame [shape=(n_models, n_models)]
        Symmetric, with ones on the diagonal.
    """
    said = _side_by_side(tables, "predicted")
    words = said.to_numpy()
    same = (words[:, :, None] == words[:, None, :]).mean(axis=0)
    return pd.DataFrame(same, index=said.columns, columns=said.columns)


def disagreements(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tracks that models call differently, first those where about half of the models are right.

    Returns
    -------
    pd.DataFrame
        ``track_id, window`` (if answers have one) ``, genre, artist, title``, a column a model with
        what it said, and ``right``: how many models are.
    """
    said = _side_by_side(tables, "predicted")
    facts = _facts(tables, said)
    right = said.eq(facts["genre"], axis=0).sum(axis=1)
    differ = said.ne(said.iloc[:, 0], axis=0).any(axis=1)
    uneven = (right[differ] - len(tables) / 2).abs().to_numpy()
    table = facts.join(said).assign(right=right)[differ]
    return table.iloc[np.argsort(uneven, kind="stable")].reset_index()


def unanimous_errors(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tracks that all models call the same wrong genre: perhaps the label is wrong.

    Returns
    -------
    pd.DataFrame
        Columns of `disagreements` up to the title, ``predicted`` and ``confidence``: the mean over
        models, falling.
    """
    said = _side_by_side(tables, "predicted")
    facts, first = _facts(tables, said), said.iloc[:, 0]
    wrong = said.eq(first, axis=0).all(axis=1) & (first != facts["genre"])
    confidence = _side_by_side(tables, "confidence").mean(axis=1)
    table = facts.assign(predicted=first, confidence=confidence)[wrong]
    return table.sort_values("confidence", ascending=False, kind="stable").reset_index()


def _side_by_side(tables: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """A column of each model's answers; index: the tracks that every model answered."""
    columns = {name: table.set_index(_keys(table))[column] for name, table in tables.items()}
    return pd.concat(columns, axis=1, join="inner")


def _facts(tables: Mapping[str, pd.DataFrame], tracks: pd.DataFrame) -> pd.DataFrame:
    """Genre, artist and title of the rows of a `_side_by_side`."""
    table = next(iter(tables.values()))
    return table.set_index(_keys(table))[["genre", "artist", "title"]].loc[tracks.index]


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in ("track_id", "window") if name in table]


def accuracy_distorted(artifacts: Artifacts, model: str) -> pd.Series | None:
    """Accuracy on the same tracks under each distortion; None where there are no recordings.

    Returns
    -------
    pd.Series or None
        Shares in [0, 1] by the name of the distortion, in the order of
        `pipeline.robustness.DISTORTIONS`.
    """
    table = artifacts.robustness(model)
    if table is None:
        return None
    genre = artifacts.tracks.set_index("track_id")["genre"].loc[table["track_id"]].to_numpy()
    right = table[artifacts.classes].idxmax(axis=1) == genre
    return right.groupby(table["distortion"], sort=False).mean()


def pareto(board: pd.DataFrame, cost: str, gain: str = "accuracy") -> pd.Series:
    """Whether no other row has both less `cost` and more `gain`, or one of them and as much else.

    Returns
    -------
    pd.Series of bool [shape=(n_rows,)]
        With the index of `board`. Equal rows do not exclude each other; unknown figures are False.
    """
    costs, gains = board[cost].to_numpy(), board[gain].to_numpy()
    as_good = (costs <= costs[:, None]) & (gains >= gains[:, None])  # [i, j]: j is to i
    better = (costs < costs[:, None]) | (gains > gains[:, None])
    beaten = pd.Series((as_good & better).any(axis=1), board.index, name="pareto")
    return ~beaten & board[[cost, gain]].notna().all(axis=1)


def leaderboard(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """All models that a protocol asked, best first.

    Returns
    -------
    pd.DataFrame
        ``model, title, family, features, n, accuracy, low, high, macro_f1, best_genre,
        worst_genre`` (genres by F1), ``macro_f1_low, macro_f1_high``, the other `scores`, and
        ``ece_calibrated``: the ece after `calibrated`.
    """
    tables = {name: answers(artifacts, name, protocol) for name in artifacts.models}
    rows = [_board_row(artifacts, name, table) for name, table in tables.items() if len(table)]
    board = pd.DataFrame(rows)
    return board.sort_values("accuracy", ascending=False, kind="stable", ignore_index=True)


def _board_row(artifacts: Artifacts, name: str, table: pd.DataFrame) -> dict[str, Any]:
    card, classes = artifacts.models[name], artifacts.classes
    counts = _counts(table, classes)
    right = _interval(counts.sum(axis=2, keepdims=True), _accuracy)  # as `accuracy`, but faster
    macro_f1 = _interval(counts, _macro_f1)
    asked = counts.sum(axis=0)[2] > 0
    f1 = pd.Series(_f1(counts.sum(axis=0)), classes)[asked]
    confidence = _cross_fitted(table, classes).max(axis=1)  # all that ece needs of `calibrated`
    return {
        "model": name,
        "title": card.title,
        "family": card.family,
        "features": card.features,
        "n": len(table),
        "accuracy": right.value,
        "low": right.low,
        "high": right.high,
        "macro_f1": macro_f1.value,
        "best_genre": f1.idxmax(),
        "worst_genre": f1.idxmin(),
        "macro_f1_low": macro_f1.low,
        "macro_f1_high": macro_f1.high,
        **scores(table, classes),
        "ece_calibrated": ece(table.assign(confidence=confidence)),
    }
