"""Datasets: one module each, defining ``DATASET``."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


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
    """

    track_id: str
    genre: str
    path: Path
    artist: str
    title: str = ""
    split: Literal["train", "valid", "test"] | None = None
    fault: str = ""


@dataclass(frozen=True)
class Dataset:
    """Facts about a collection, and where its tracks are.

    Attributes
    ----------
    tracks
        ``tracks(root)`` lists the tracks below a folder, sorted by id; raises `DatasetError`
        if the folder is not laid out as `layout` says. ``root`` None: a dataset that makes its own
        audio.
    """

    name: str
    title: str
    licence: str
    citation: str
    layout: str
    notes: tuple[str, ...]
    tracks: Callable[[Path | None], list[Track]]
