"""What features look like: their distribution by genre, how they go together, a map of the tracks.

Only aggregates and positions are kept of other people's tables, which are not ours to pass on; of
recordings, also what was computed here: the mean over each track's windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.artifacts.manifest import ALL_GENRES, N_QUANTILES
from pipeline.benchmark.plan import MAP_STEPS
from pipeline.benchmark.train import by_track
from pipeline.files import write_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from pipeline.datasets import Rows
    from pipeline.features import Array


MAX_INTERPRETABLE_COLUMNS = 150  # columns: of more, none means anything by itself
MAX_MAPPED_TRACKS = 2000  # tracks: more dots hide each other, and take minutes to arrange
COMPONENTS = 50


def summarise(
    name: str,
    rows: Rows,
    tracks: pd.DataFrame,
    columns: Sequence[str],
    own: bool,
    folder: Path,
    map_steps: int = MAP_STEPS,
) -> None:
    """Write ``<name>.map.parquet`` and, of features that mean something, the other tables.

    Parameters
    ----------
    tracks
        The benchmark's, with ``track_id`` and ``genre``.
    own
        Whether the features were computed here, so that ``<name>.tracks.parquet`` may hold them.
    map_steps
        See `positions`.
    """
    number, X = by_track(rows.track, rows.X)  # means over the windows (n_tracks, n_columns)
    of = tracks.iloc[number].reset_index(drop=True)
    folder.mkdir(parents=True, exist_ok=True)
    if X.shape[1] > 1:
        write_parquet(positions(X, of, map_steps), folder / f"{name}.map.parquet", ["track_id"])
    if len(columns) > MAX_INTERPRETABLE_COLUMNS:
        return
    table = pd.DataFrame(X, columns=list(columns))
    first = ["genre", "feature"]
    write_parquet(
        distributions(table, of["genre"]), folder / f"{name}.distributions.parquet", first
    )
    write_parquet(relations(table, of["genre"]), folder / f"{name}.relations.parquet", first)
    if own:
        table = table.assign(track_id=of["track_id"])
        write_parquet(table, folder / f"{name}.tracks.parquet", ["track_id"])


def distributions(table: pd.DataFrame, genre: pd.Series) -> pd.DataFrame:
    """Distribution of each feature over tracks, by genre and over all.

    Returns
    -------
    pd.DataFrame
        ``genre`` (`ALL_GENRES`: all tracks), ``feature, count, mean, std`` and the quantiles
        ``q0000 … q1000`` (in thousandths of the tracks).
    """
    groups = _groups(table, genre)
    return pd.concat([_distribution(part).assign(genre=name) for name, part in groups])


def _groups(table: pd.DataFrame, genre: pd.Series) -> list[tuple[str, pd.DataFrame]]:
    """All tracks, then those of each genre."""
    return [(ALL_GENRES, table), *table.groupby(genre.to_numpy())]


def _distribution(part: pd.DataFrame) -> pd.DataFrame:
    shares = np.linspace(0, 1, N_QUANTILES)
    facts = {"feature": part.columns, "count": len(part), "mean": part.mean(), "std": part.std()}
    values = np.quantile(part, shares, axis=0)  # (n_quantiles, n_features)
    names = [f"q{1000 * share:04.0f}" for share in shares]
    quantiles = pd.DataFrame(values.T, index=part.columns, columns=names)
    return pd.DataFrame(facts, index=part.columns).join(quantiles).reset_index(drop=True)


def relations(table: pd.DataFrame, genre: pd.Series) -> pd.DataFrame:
    """Covariance of each two features over tracks, by genre and over all.

    Returns
    -------
    pd.DataFrame
        ``genre`` (`ALL_GENRES`: all tracks), ``feature, other, covariance``; each pair once, and
        each feature with itself. Genres of one track have none.
    """
    a, b = np.triu_indices(table.shape[1])
    names = table.columns.to_numpy()
    parts = [
        pd.DataFrame(
            {
                "genre": name,
                "feature": names[a],
                "other": names[b],
                "covariance": np.atleast_2d(np.cov(part, rowvar=False))[a, b].astype(np.float32),
            }
        )
        for name, part in _groups(table, genre)
        if len(part) > 1
    ]
    return pd.concat(parts)


def positions(X: Array, tracks: pd.DataFrame, steps: int = MAP_STEPS) -> pd.DataFrame:
    """Tracks in two dimensions, and groups found without looking at genres.

    Parameters
    ----------
    X : np.ndarray [shape=(n_tracks, n_features)]
    tracks
        ``track_id`` and ``genre`` of each row.
    steps
        Of t-SNE.

    Returns
    -------
    pd.DataFrame
        ``track_id``; ``pca_1, pca_2``: the leading principal components of the standardised
        features, and ``pca_1_share, pca_2_share`` of the variance that they hold; ``tsne_1,
        tsne_2`` (van der Maaten & Hinton 2008); ``cluster``: k-means with as many groups as there
        are genres. At most `MAX_MAPPED_TRACKS`, taken at random.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    chosen = _some(len(X))
    scaled = StandardScaler().fit_transform(X[chosen])
    pca = PCA(min(COMPONENTS, *scaled.shape), random_state=0)
    components = pca.fit_transform(scaled)  # (n_tracks, n_components)
    genres = tracks["genre"].iloc[chosen].nunique()
    perplexity = min(30, max(1, (len(chosen) - 1) // 3))
    with threadpool_limits(1):  # threads that wait for each other cost more than they give
        cluster = KMeans(genres, n_init=10, random_state=0).fit_predict(components)
        tsne = TSNE(perplexity=perplexity, max_iter=steps, random_state=0, init="pca")
        places = tsne.fit_transform(components)
    share = pca.explained_variance_ratio_
    return pd.DataFrame(
        {
            "track_id": tracks["track_id"].iloc[chosen].to_numpy(),
            "pca_1": components[:, 0].astype(np.float32),
            "pca_2": components[:, 1].astype(np.float32),
            "pca_1_share": np.float32(share[0]),
            "pca_2_share": np.float32(share[1]),
            "tsne_1": places[:, 0].astype(np.float32),
            "tsne_2": places[:, 1].astype(np.float32),
            "cluster": cluster,
        }
    )


def _some(n: int) -> npt.NDArray[np.int64]:
    if n <= MAX_MAPPED_TRACKS:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).permutation(n)[:MAX_MAPPED_TRACKS])
