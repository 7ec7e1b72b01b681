"""Confusion matrices, their order, and groups found without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from pipeline.evaluation.scores import class_indices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Normalise = Literal["true", "pred", "all"] | None
Order = Literal["name", "similarity", "error"]


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

    # Of numbers, since scikit-learn is slow with words.
    true, predicted = (class_indices(table[name], classes) for name in ("genre", "predicted"))
    matrix = confusion_matrix(true, predicted, labels=range(len(classes)), normalize=normalise)
    index = pd.Index(classes, name="genre")
    return pd.DataFrame(matrix, index=index, columns=index.rename("predicted"))


class Families(NamedTuple):
    """Errors within families of related genres.

    Attributes
    ----------
    share
        Share of the errors whose predicted genre is of the true genre's family.
    chance
        What it would be if a wrong answer were any other genre alike.
    errors
        Number of wrong answers.
    """

    share: float
    chance: float
    errors: int


def within_families(table: pd.DataFrame, family: Mapping[str, str]) -> Families:
    """How many errors stay within a family; `family` by genre."""
    wrong = table[~table["right"].astype(bool)]
    own = wrong["genre"].map(family)
    size = pd.Series(family).value_counts()
    return Families(
        share=float((own == wrong["predicted"].map(family)).mean()),
        chance=float(((own.map(size) - 1) / (len(family) - 1)).mean()),
        errors=len(wrong),
    )


def order_genres(counts: pd.DataFrame, by: Order) -> list[str]:
    """Genres of a confusion matrix in an order that shows something.

    Parameters
    ----------
    counts
        `confusion` without normalisation.
    by
        ``"name"``; ``"similarity"``: genres that are taken for each other lie side by side (average
        linkage, leaves in optimal order after Bar-Joseph et al. 2001); ``"error"``: those of which
        the greatest share is misclassified first.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    genres = list(counts.index)
    support = counts.sum(axis=1).clip(lower=1)
    shares = counts.div(support, axis=0).to_numpy()
    if by == "error":
        found = np.where(counts.sum(axis=1) > 0, np.diag(shares), 2)  # untested genres last
        return [genres[i] for i in np.argsort(found, kind="stable")]
    if by == "name" or len(genres) < 3:
        return sorted(genres)
    apart = 1 - (shares + shares.T) / 2
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    return [genres[i] for i in leaves_list(tree)]


def cluster_agreement(cluster: pd.Series, genre: pd.Series) -> tuple[float, float]:
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
