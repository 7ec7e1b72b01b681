"""Parts of the tracks that share a fact, such as a genre or a length.

Which facts there are is found from the table of tracks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import pandas as pd

from pipeline.errors import SliceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CHOSEN = "track_id"  # the column of slices that name each of their tracks
MOST_CHARACTERS = 4000  # of such a slice: some servers and chats cut longer addresses
NOT_FACTS = ("track_id", "title")
FOLD = "fold_"  # columns that say how protocols divide tracks
UNKNOWN, NONE, ANY = "unknown", "none", "any"  # a missing value, an empty text, any other text
FEW_VALUES = 12  # texts that are listed; of columns with more, only `ANY` and the lack are
QUANTILES = (0.25, 0.5, 0.75)  # of a column of numbers, where its ranges meet
# How known facts are called, and their unit; others are called as their column.
NAMES = {
    "seconds": ("length", "s"),
    "loudness": ("loudness", "LUFS"),
    "tempo": ("tempo", "BPM"),
    "level_db": ("level", "dB"),
    "windows": ("number of windows", ""),
    "fault": ("known fault", ""),
}


@dataclass(frozen=True)
class Slice:
    """The tracks whose value in a column is a given one, or lies in a range.

    As text, for an address, it is for example ``genre:rock``, ``seconds:10..40`` or
    ``track_id:blues.00000,jazz.00012``.

    Attributes
    ----------
    value
        A text, or a range: its least value, and the end that it does not reach; ±inf: open.
        Of `CHOSEN`, the ids of the tracks as `chosen` writes them.
    """

    column: str
    value: str | tuple[float, float]

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return f"{self.column}:{self.value}"
        low, high = (f"{end:.10g}" if np.isfinite(end) else "" for end in self.value)
        return f"{self.column}:{low}..{high}"

    @property
    def words(self) -> str:
        """For people, as in "genre rock" or "length below 3 s"."""
        if ids := self.ids:
            return "1 chosen track" if len(ids) == 1 else f"{len(ids):,} chosen tracks"
        name, unit = NAMES.get(self.column, (self.column, ""))
        if isinstance(self.value, tuple):
            return f"{name} {_range(*self.value)} {unit}".rstrip()
        special = {NONE: f"without {name}", ANY: f"with {name}", UNKNOWN: f"{name} unknown"}
        return special.get(self.value, f"{name} {self.value}")

    @property
    def ids(self) -> list[str]:
        """Of the tracks that it names one by one; none if it is not of that kind."""
        if self.column != CHOSEN or isinstance(self.value, tuple):
            return []
        return [unquote(name) for name in self.value.split(",") if name]

    def missing(self, tracks: pd.DataFrame) -> list[str]:
        """Ids that it names and that are not among these tracks."""
        there = set(tracks[CHOSEN])
        return [name for name in self.ids if name not in there]

    def holds(self, tracks: pd.DataFrame) -> np.ndarray:
        """Whether each track belongs to it [shape=(n_tracks,)]; none without the column."""
        if self.column not in tracks:
            return np.zeros(len(tracks), dtype=bool)
        if self.column == CHOSEN:
            return tracks[CHOSEN].isin(self.ids).to_numpy()
        if isinstance(self.value, tuple):
            low, high = self.value
            numbers = _numbers(tracks[self.column])
            return (numbers >= low) & (numbers < high)
        texts = _texts(tracks[self.column])
        if self.value == ANY:
            return ~texts.isin([NONE, UNKNOWN]).to_numpy()
        return (texts == self.value).to_numpy(dtype=bool)


def chosen(ids: Iterable[str]) -> Slice:
    """The slice of these tracks.

    Raises
    ------
    SliceError
        If they are too many for an address.
    """
    names = [name.replace("%", "%25").replace(",", "%2C") for name in dict.fromkeys(ids)]
    text = ",".join(names)
    if len(text) > MOST_CHARACTERS:
        fit = len(names) * MOST_CHARACTERS // len(text)
        raise SliceError(
            f"{len(names):,} tracks are too many for an address, which holds about {fit:,} of them."
            " Choose fewer."
        )
    return Slice(CHOSEN, text)


def _range(low: float, high: float) -> str:
    """Ends of a range in words."""
    ends = [f"{end:.10g}".replace("-", "−") for end in (low, high)]
    if np.isinf(low):
        return f"below {ends[1]}"
    return f"from {ends[0]}" if np.isinf(high) else f"{ends[0]} to {ends[1]}"


def _texts(column: pd.Series) -> pd.Series:
    """Values as texts, also what is missing."""
    texts = column.convert_dtypes().astype("string").fillna(UNKNOWN).replace("", NONE)
    if pd.api.types.is_bool_dtype(column.convert_dtypes()):
        return texts.replace({"True": "yes", "False": "no"})
    return texts


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _is_number(column: pd.Series) -> bool:
    kind = column.convert_dtypes().dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def columns(tracks: pd.DataFrame) -> list[str]:
    """Columns of facts in which tracks differ: all but ids, titles and folds."""
    names = map(str, tracks)
    facts = [name for name in names if name not in NOT_FACTS and not name.startswith(FOLD)]
    return [name for name in facts if tracks[name].nunique(dropna=False) > 1]


def title(column: str) -> str:
    """Name of a column for people, with its unit, as in "Length (s)"."""
    name, unit = NAMES.get(column, (column, ""))
    return f"{name[:1].upper()}{name[1:]} ({unit})" if unit else f"{name[:1].upper()}{name[1:]}"


def values(tracks: pd.DataFrame, column: str) -> list[Slice]:
    """Slices to choose from: each text of a column, or a few ranges of its numbers."""
    if _is_number(tracks[column]):
        return bins(tracks, column)
    texts = sorted(_texts(tracks[column]).unique(), key=lambda t: (t in (NONE, UNKNOWN), t))
    every = [Slice(column, text) for text in texts]
    return every if len(every) <= FEW_VALUES else [*_any_or_none(texts, column), *every]


def bins(tracks: pd.DataFrame, column: str) -> list[Slice]:
    """Slices that divide the tracks: each is in one of them.

    Texts of which there are many divide them into those with and without one; where every track
    has one, there are no bins.
    """
    missing = [Slice(column, UNKNOWN)] if tracks[column].isna().any() else []
    if _is_number(tracks[column]):
        edges = [-np.inf, *_edges(tracks[column]), np.inf]
        return [Slice(column, ends) for ends in pairwise(edges)] + missing
    texts = _texts(tracks[column]).unique()
    if len(texts) > FEW_VALUES:
        return _any_or_none(texts, column)
    return values(tracks, column)


def _any_or_none(texts: Collection[str], column: str) -> list[Slice]:
    """With any text and without; nothing if every track has one."""
    lacks = [Slice(column, text) for text in (NONE, UNKNOWN) if text in texts]
    return [Slice(column, ANY), *lacks] if lacks else []


def _edges(column: pd.Series) -> list[float]:
    """Quantiles, each rounded as far as the distance to the one before allows."""
    numbers = _numbers(column)
    numbers = numbers[np.isfinite(numbers)]
    least = numbers.min()
    found = np.unique(np.quantile(numbers, QUANTILES))
    found = found[found > least]
    most = 0 if (numbers == numbers.round()).all() else 9
    digits = np.minimum(1 - np.floor(np.log10(np.diff(found, prepend=least))), most)
    edges = {round(float(q), int(d)) for q, d in zip(found, digits, strict=True)}
    return sorted(edge for edge in edges if least < edge <= numbers.max())


def parse(text: str, tracks: pd.DataFrame) -> Slice:
    """The slice that a text such as ``genre:rock`` or ``seconds:10..40`` means.

    Of tracks that it names, some may be missing.

    Raises
    ------
    SliceError
        If it means none, or no track belongs to it.
    """
    column, colon, value = (part.strip() for part in text.partition(":"))
    if column == CHOSEN:
        return _named(Slice(CHOSEN, value), tracks)
    there = columns(tracks)
    if column not in there:
        what = f"{column!r} is no fact of these tracks" if colon else f"{text!r} is no slice"
        examples = " or ".join(str(values(tracks, name)[0]) for name in there[:1] + there[-1:])
        raise SliceError(f"{what}. There are {', '.join(there)}; write, for example, {examples}.")
    found = Slice(column, _value(value, tracks, column))
    if not found.holds(tracks).any():
        raise SliceError(f"None of these tracks is in the slice {found}.")
    return found


def _named(found: Slice, tracks: pd.DataFrame) -> Slice:
    if not found.ids:
        example = tracks[CHOSEN].iloc[0]
        raise SliceError(f"{CHOSEN}: names no track. Write, for example, {CHOSEN}:{example}.")
    if not found.holds(tracks).any():
        first = found.ids[0]
        raise SliceError(f"None of the {found.words} is here; the first is {first!r}.")
    return found


def _value(value: str, tracks: pd.DataFrame, column: str) -> str | tuple[float, float]:
    if not _is_number(tracks[column]) or value == UNKNOWN:
        return value
    low, dots, high = value.partition("..")
    try:
        ends = float(low or -np.inf), float(high or np.inf)
    except ValueError:
        dots = ""
    if not dots:
        example = values(tracks, column)[-1]
        raise SliceError(f"{value!r} is no range of {column}; write, for example, {example}.")
    return ends


def facts_of(table: pd.DataFrame, tracks: pd.DataFrame) -> pd.DataFrame:
    """Facts of the track of each prediction, in the order of the predictions."""
    return tracks.set_index("track_id", drop=False).loc[table["track_id"]].reset_index(drop=True)
