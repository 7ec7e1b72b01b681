"""Labels that may be wrong: confident learning against hand-made cases and planted errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from support.predictions import answers_of, drawn, names_of, truth_of

from pipeline.evaluation.label_errors import Audit, audit, confident_classes, suspected_labels

# Probabilities of three classes. The thresholds, means over the tracks of each label, are
# (0.9 + 0.8 + 0.1) / 3 = 0.6, (0.7 + 0.3) / 2 = 0.5, and 0.5.
WORKED = np.array(
    [
        [0.90, 0.05, 0.05],
        [0.80, 0.10, 0.10],
        [0.10, 0.50, 0.40],  # labelled 0, and as likely to be 1 as tracks of 1 are
        [0.20, 0.70, 0.10],
        [0.60, 0.30, 0.10],  # labelled 1, and as likely to be 0 as tracks of 0 are
        [0.45, 0.05, 0.50],
    ]
)
LABEL = np.array([0, 0, 0, 1, 1, 2])


def test_confident_classes_of_a_worked_example() -> None:
    """A probability that equals the threshold of its class reaches it."""
    np.testing.assert_array_equal(confident_classes(WORKED, LABEL), [0, 0, 1, 1, 0, 2])


def test_a_track_that_is_confidently_of_no_class_keeps_its_label() -> None:
    """However unlikely that is: here it has 0.1, but 0.45 is too little for the others."""
    undecided = np.array([[0.1, 0.45, 0.45]])
    probabilities = np.vstack([WORKED[[0, 3, 5]], undecided])
    np.testing.assert_array_equal(
        confident_classes(probabilities, np.array([0, 1, 2, 0])), [0, 1, 2, 0]
    )


def test_a_label_that_is_likeliest_stays() -> None:
    """Though it misses the threshold of its class, while another class reaches its own."""
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0], [0.55, 0.45], [0.7, 0.3]])
    label = np.array([0, 0, 0, 1])
    np.testing.assert_array_equal(confident_classes(probabilities, label)[:3], [0, 0, 0])


def test_a_class_without_labels_is_never_the_answer() -> None:
    """It has no threshold that could be reached."""
    probabilities = np.array([[0.1, 0.0, 0.9], [0.6, 0.4, 0.0], [0.3, 0.7, 0.0]])
    assert 2 not in confident_classes(probabilities, np.array([0, 0, 1]))


def test_confident_classes_are_those_of_the_definition() -> None:
    """Equation 1 of Northcutt, Jiang & Chuang (2021), track by track, on drawn probabilities."""
    table = drawn(n=300, n_classes=5)
    p, label = (
        table[names_of(5)].to_numpy(),
        np.random.default_rng(1).permutation(truth_of(table, 5)),
    )
    threshold = [p[label == j, j].mean() for j in range(5)]
    for row, given, found in zip(p, label, confident_classes(p, label), strict=True):
        reached = {j: row[j] for j in range(5) if row[j] >= threshold[j]}
        likeliest = max(reached, key=reached.__getitem__) if reached else given
        assert found == (given if row.argmax() == given else likeliest)


def relabelled(table: pd.DataFrame, wrong: dict[str, str]) -> pd.DataFrame:
    """The same predictions beside other labels."""
    genre = table["genre"].where(~table["track_id"].isin(wrong), table["track_id"].map(wrong))
    return table.assign(genre=genre, right=table["predicted"] == genre)


def test_suspected_labels_are_those_that_were_changed() -> None:
    """More than half of 30 planted errors are found, and hardly a right label is suspected."""
    names, tables = names_of(4), [drawn(seed, n=600) for seed in range(3)]
    rng = np.random.default_rng(0)
    truth = tables[0].set_index("track_id")["genre"]
    wrong = {
        track: str(rng.choice([name for name in names if name != truth[track]]))
        for track in rng.choice(truth.index, 30, replace=False)
    }
    models = {f"m{n}": relabelled(table, wrong) for n, table in enumerate(tables)}
    suspects = suspected_labels(models, names)
    found = suspects[suspects["track_id"].isin(wrong)]
    assert len(found) > len(wrong) / 2
    assert len(suspects) - len(found) < 3
    assert (found["instead"] == found["track_id"].map(truth)).all()
    assert suspects["margin"].is_monotonic_decreasing


def test_suspected_labels_average_models_and_count_those_that_agree() -> None:
    """The margin is of the mean probabilities; tracks that a model was not tested on are absent."""
    label = np.array([0, 0, 1, 1, 0])
    sure = [[0.9, 0.1]] * 2 + [[0.4, 0.6]] * 2
    first, second = (
        answers_of(np.array([*sure, last]), label, np.arange(5))
        for last in ([0.1, 0.9], [0.6, 0.4])
    )
    (row,) = suspected_labels({"a": first, "b": second}, names_of(2)).to_dict("records")
    assert (row["track_id"], row["genre"], row["instead"], row["models"]) == ("t4", "c00", "c01", 1)
    np.testing.assert_allclose(row["margin"], (0.9 + 0.4) / 2 - (0.1 + 0.6) / 2)
    assert suspected_labels({"a": first, "b": second.head(4)}, names_of(2)).empty


def test_suspected_labels_of_windows_are_windows() -> None:
    """Where a protocol tests windows, each one is judged."""
    label = np.array([0, 0, 1, 1, 0])
    table = answers_of(np.array([[0.9, 0.1]] * 2 + [[0.1, 0.9]] * 3), label, np.arange(5))
    windows = table.assign(track_id="same", window=range(5))
    assert suspected_labels({"a": windows}, names_of(2))["window"].tolist() == [4]


def test_audit_counts_what_both_lists_have() -> None:
    """Faults of tracks that were not tested do not count."""
    suspects = pd.DataFrame({"track_id": ["a", "b", "c"]})
    fault = pd.Series({"a": "repetition", "b": "", "c": "", "d": "distorted", "e": "distorted"})
    assert audit(suspects, pd.Series(["a", "b", "c", "d"]), fault) == Audit(4, 2, 3, 1)
