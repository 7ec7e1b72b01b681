"""From a confidence to words: how often answers like this one were right, and what that allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd

from pipeline.evaluation.calibration import calibrated_predictions
from pipeline.evaluation.elsewhere import second_protocol
from pipeline.evaluation.temperature import length_class

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts

Kind: TypeAlias = Literal["sure", "leaning", "unknown", "none_of_these"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ACCEPTED: tuple[Kind, ...] = ("sure", "leaning")  # the genre counts as given
# Fixed by hand.
NEAR = 0.1  # in confidence
MIN_PEERS = 10  # fewer answers say nothing
SURE, LEANING = 0.8, 0.5  # shares of right answers


class Record(NamedTuple):
    """How often a model was right in answers like one that it gives now.

    Attributes
    ----------
    right, n
        Correct answers, and all that are alike.
    elsewhere
        How many of them are about other collections.
    same_genre, same_length
        Whether only answers of the same genre count, and only those from as many windows.
    instead
        The commonest true genre of the others; empty if all were right.
    """

    right: int
    n: int
    elsewhere: int
    same_genre: bool
    same_length: bool
    instead: str


class Decision(NamedTuple):
    """What a verdict may be called.

    Attributes
    ----------
    kind
        ``"sure"``: at least 80 % of the answers in `record` were right; ``"leaning"``: at least
        half; ``"unknown"``: fewer, or there are too few to tell; ``"none_of_these"``: tags speak
        for a genre that the benchmark lacks.
    outside
        That genre; otherwise empty.
    """

    kind: Kind
    record: Record
    outside: str


def answers(artifacts: Artifacts, model: str) -> pd.DataFrame:
    """All answers of a model about tracks that it was not trained on, calibrated.

    Those under the headline protocol, and those about a second collection if there is one, which
    ``elsewhere`` tells.
    """
    own = calibrated_predictions(artifacts, model, artifacts.headline).assign(elsewhere=False)
    second = second_protocol(artifacts)
    if second is None:
        return own
    others = calibrated_predictions(artifacts, model, second).assign(elsewhere=True)
    return pd.concat([own, others], ignore_index=True)


def record(table: pd.DataFrame, genre: str, confidence: float, windows: int) -> Record:
    """How often answers as sure as this one were right.

    Of the same genre and length if there are `MIN_PEERS`; otherwise of all genres; otherwise of
    all lengths.

    Parameters
    ----------
    table
        `answers`
    """
    near = np.abs(table["confidence"].to_numpy() - confidence) <= NEAR
    alike = near & (length_class(table["windows"].to_numpy()) == length_class(windows))
    of_genre = alike & (table["predicted"].to_numpy() == genre)
    kinds = ((of_genre, True, True), (alike, False, True), (near, False, False))
    peers, same_genre, same_length = next((k for k in kinds if k[0].sum() >= MIN_PEERS), kinds[-1])
    right = table["right"].to_numpy(dtype=bool)
    wrong = table["genre"].to_numpy()[peers & ~right].tolist()
    return Record(
        right=int(right[peers].sum()),
        n=int(peers.sum()),
        elsewhere=int(table["elsewhere"].to_numpy(dtype=bool)[peers].sum()),
        same_genre=same_genre,
        same_length=same_length,
        instead=Counter(wrong).most_common(1)[0][0] if len(wrong) else "",
    )


def decide(found: Record, outside: str = "") -> Decision:
    """What answers with this record may be called; see `Decision`."""
    share = found.right / found.n if found.n >= MIN_PEERS else 0.0
    kind: Kind = "sure" if share >= SURE else "leaning" if share >= LEANING else "unknown"
    return Decision("none_of_these" if outside else kind, found, outside)
