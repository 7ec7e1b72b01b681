"""Datasets: one module each, defining ``DATASET``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import DatasetError
from pipeline.registry import discover, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from pipeline.features import Array

OWN = "folder"  # the dataset that lists a person's own collection


@dataclass(frozen=True)
class Track:
    """A labelled recording. It holds a path, never audio.

    Attributes
    ----------
    artist
        Tracks of one artist are never divided between training and test by the ``artist`` protocol.
        An unknown artist is the track's own id.
    split
        The track's part in the split that was published for the dataset; None where it has no part.
    fault
        What an audit found wrong with the label or the recording, in words; empty if nothing.
    narrow_path
        Another, longer recording of the same piece with nothing above 8 kHz. Feature sets that hear
        nothing above it take this one. If it is `path` itself, other sets leave the track out.
    facts
        Whatever else is known of it, by name, e.g. its tempo: columns of the table of tracks.
    """

    track_id: str
    genre: str
    path: Path
    artist: str
    title: str = ""
    split: Literal["train", "valid", "test"] | None = None
    fault: str = ""
    narrow_path: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """Everything but where its recordings are, with each fact by its name."""
        known = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("path", "narrow_path", "facts"):
            del known[name]
        return known | dict(self.facts)


@dataclass(frozen=True)
class Listing:
    """Recordings, and what was left out when they were listed.

    Attributes
    ----------
    notes
        What was counted, a sentence each.
    left_out
        Files that are no tracks, and why.
    """

    tracks: list[Track]
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """One feature set of a table: a row a window.

    Attributes
    ----------
    X : np.ndarray [shape=(n, n_features)]
    track : np.ndarray [shape=(n,)]
        Row of `Table.tracks` that each is of, ascending.
    seconds
        Length of the windows that rows were computed from; None: of the whole recording.
    levelled
        Whether the sound was brought to one loudness first, as that of visitors is.
    """

    X: Array
    track: npt.NDArray[np.int64]
    seconds: float | None = None
    levelled: bool = False


@dataclass(frozen=True)
class Table:
    """Tracks with their features: published as such, or extracted from recordings.

    Attributes
    ----------
    tracks : pd.DataFrame
        `Track.described`, a row a track, sorted by id; of recordings, also what `extract` adds.
    rows
        By feature set. A set need not have rows of every track.
    notes
        What was counted or left out when the files were read, a sentence each.
    left_out
        Recordings that could not be read, and why.
    """

    tracks: pd.DataFrame
    rows: Mapping[str, Rows]
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """A result that others published, to draw beside ours.

    Attributes
    ----------
    protocol
        Name of the protocol with the same test.
    accuracy
        In [0, 1].
    source
        Where it stands.
    """

    name: str
    protocol: str
    accuracy: float
    source: str


@dataclass(frozen=True)
class Dataset:
    """Facts about a collection, and where its tracks are.

    Attributes
    ----------
    tracks
        ``tracks(root)`` lists the recordings below a folder, sorted by id, with what it left out if
        it may leave out any, or reads the tables of features there; raises `DatasetError` if the
        folder is not laid out as `layout` says.
        ``root`` None: a dataset that makes its own audio.
    published
        Results of others on the same tracks.
    fits
        Whether a folder of somebody's own has the form of this dataset. No two forms fit the same
        folder. None: it is asked for by its name only.
    """

    name: str
    title: str
    licence: str
    citation: str
    layout: str
    notes: tuple[str, ...]
    tracks: Callable[[Path | None], list[Track] | Listing | Table]
    published: tuple[Published, ...] = ()
    fits: Callable[[Path], bool] | None = None


def listing(found: list[Track] | Listing) -> Listing:
    """Recordings as `Dataset.tracks` gives them, in one form."""
    return found if isinstance(found, Listing) else Listing(found)


def track_paths(name: str, folder: Path) -> dict[str, Path]:
    """Files of a dataset's tracks below a folder, by track id.

    Empty if the folder holds another dataset, or this one has no recordings. What is no dataset
    of the project is a person's own collection.
    """
    known: dict[str, Dataset] = discover("pipeline.datasets", "DATASET")
    dataset = known.get(name) or lookup("pipeline.datasets", "DATASET", OWN)
    try:
        found = dataset.tracks(folder)
    except DatasetError:
        return {}
    return {} if isinstance(found, Table) else {t.track_id: t.path for t in listing(found).tracks}


def form_of(folder: Path) -> Dataset:
    """The dataset in whose form a folder of somebody's own is; a `DatasetError` lists the forms."""
    forms = [d for d in discover("pipeline.datasets", "DATASET").values() if d.fits]
    found = next((d for d in forms if d.fits(folder)), None)
    if found is None:
        layouts = "; or ".join(dataset.layout for dataset in forms)
        raise DatasetError(f"{folder} is no collection. Name a folder that holds {layouts}.")
    return found
