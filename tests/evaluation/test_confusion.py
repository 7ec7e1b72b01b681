"""Confusion matrices, the order of their genres, and clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    adjusted_rand_score,
    confusion_matrix,
    normalized_mutual_info_score,
)
from support.predictions import CLASSES, SAID, TRUE, names_of, table_of

from pipeline.evaluation.confusion import (
    Normalise,
    Order,
    cluster_agreement,
    confusion,
    order_genres,
    within_families,
)


def test_confusion_counts_by_hand() -> None:
    """Rows are the true genres, columns what was said."""
    matrix = confusion(table_of(TRUE, SAID), CLASSES)
    assert matrix.index.tolist() == matrix.columns.tolist() == CLASSES
    assert (matrix.index.name, matrix.columns.name) == ("genre", "predicted")
    assert matrix.to_numpy().tolist() == [[3, 1, 0], [0, 2, 2], [1, 0, 1]]


@pytest.mark.parametrize("normalise", ["true", "pred", "all"])
def test_confusion_shares(normalise: Normalise) -> None:
    """Shares of a row, of a column or of everything, as scikit-learn has them."""
    matrix = confusion(table_of(TRUE, SAID), CLASSES, normalise).to_numpy()
    np.testing.assert_allclose(matrix, confusion_matrix(TRUE, SAID, normalize=normalise))
    axis = {"true": 1, "pred": 0, "all": None}[normalise]
    np.testing.assert_allclose(matrix.sum(axis=axis), 1)


def test_confusion_of_a_genre_without_test_tracks_is_empty() -> None:
    """Its row is zero, not NaN, also as shares."""
    matrix = confusion(table_of(["blues", "jazz"], ["blues", "rock"]), CLASSES, "true")
    assert matrix.loc["rock"].tolist() == [0, 0, 0]


def counts_of(values: list[list[int]], genres: str = "bdac") -> pd.DataFrame:
    """A confusion matrix whose genres are letters, not in the order of the alphabet."""
    return pd.DataFrame(values, index=list(genres), columns=list(genres))


COUNTS = counts_of([[6, 0, 0, 4], [1, 9, 0, 0], [0, 1, 7, 2], [5, 0, 0, 5]])


def test_arrange_by_error_puts_the_worst_told_first() -> None:
    """Recalls of 0.6, 0.9, 0.7 and 0.5: by hand c, b, a, d."""
    assert order_genres(COUNTS, "error") == ["c", "b", "a", "d"]


def test_arrange_by_error_looks_at_shares_not_counts() -> None:
    """One of two wrong is worse than ten of a hundred."""
    assert order_genres(counts_of([[90, 10], [1, 1]], "xy"), "error") == ["y", "x"]


def test_arrange_by_error_puts_equals_in_their_order() -> None:
    """Genres that are told equally well stay as they were."""
    assert order_genres(counts_of(np.eye(4, dtype=int).tolist()), "error") == list("bdac")


def test_arrange_by_similarity_puts_what_is_confused_side_by_side() -> None:
    """Genres b and c are taken for each other half the time, and stand apart in the matrix."""
    order = order_genres(COUNTS, "similarity")
    assert abs(order.index("b") - order.index("c")) == 1


def test_arrange_by_similarity_keeps_two_pairs_together() -> None:
    """Of two pairs that are never confused with each other, each stays whole."""
    order = order_genres(
        counts_of([[5, 0, 5, 0], [0, 5, 0, 5], [5, 0, 5, 0], [0, 5, 0, 5]]), "similarity"
    )
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("ba"), frozenset("dc")}


def test_arrange_by_name_follows_the_alphabet() -> None:
    """Whatever is confused with what."""
    assert order_genres(COUNTS, "name") == list("abcd")


@pytest.mark.parametrize("by", ["name", "similarity", "error"])
@pytest.mark.parametrize("n", [1, 2, 3, 30])
def test_arrange_loses_no_genre(by: Order, n: int) -> None:
    """Any order holds each genre once, also where nothing was asked about some."""
    counts = np.random.default_rng(0).integers(0, 9, (n, n))
    counts[: n // 3] = 0
    matrix = pd.DataFrame(counts, names_of(n), names_of(n))
    assert sorted(order_genres(matrix, by)) == names_of(n)


def test_groups_by_hand_and_as_scikit_learn_has_them() -> None:
    """The adjusted Rand index from its definition, over the 15 pairs of six tracks."""
    cluster, genre = pd.Series([0, 0, 0, 1, 1, 1]), pd.Series(list("aabbbb"))
    # Pairs together in both: 1 + 3; in clusters: 6; in genres: 7; by chance 6 * 7 / 15.
    expected = (4 - 6 * 7 / 15) / ((6 + 7) / 2 - 6 * 7 / 15)
    ari, nmi = cluster_agreement(cluster, genre)
    assert ari == pytest.approx(expected) == pytest.approx(adjusted_rand_score(genre, cluster))
    assert nmi == pytest.approx(normalized_mutual_info_score(genre, cluster))


def test_groups_that_are_the_genres_under_other_names() -> None:
    """The same groups, relabelled: 1."""
    genre = pd.Series(list("aabbccab"))
    cluster = genre.map({"a": 2, "b": 0, "c": 1})
    assert cluster_agreement(cluster, genre) == pytest.approx((1.0, 1.0))


def test_groups_at_random_are_no_better_than_chance() -> None:
    """Groups that know nothing have an adjusted index of about 0."""
    rng = np.random.default_rng(0)
    cluster, genre = (pd.Series(rng.integers(0, 5, 4000)) for _ in range(2))
    assert cluster_agreement(cluster, genre)[0] == pytest.approx(0, abs=0.01)


def test_errors_within_families_are_counted() -> None:
    """Of three errors two stay in the family; by chance a third and none of one would."""
    genre = ["house", "house", "techno", "folk", "folk"]
    predicted = ["techno", "house", "house", "house", "folk"]
    table = pd.DataFrame({"genre": genre, "predicted": predicted})
    table["right"] = table["genre"] == table["predicted"]
    family = {"house": "electronic", "techno": "electronic", "folk": "folk", "jazz": "jazz"}
    found = within_families(table, family)
    assert found.errors == 3
    assert found.share == pytest.approx(2 / 3)
    assert found.chance == pytest.approx((1 / 3 + 1 / 3 + 0) / 3)
