"""The folder of music that a person labels on their own machine, heard in the background.

It is there if the server was started with ``GENRESCOPE_COLLECTION``. Labels are written below
``GENRESCOPE_HOME``, embeddings below ``GENRESCOPE_CACHE``, and nothing into the folder.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.live.collection import Collection
from dashboard.live.recording import Recording
from pipeline.artifacts.places import cache, home
from pipeline.datasets import folder as folders
from pipeline.errors import AudioError
from pipeline.teaching import corrections, embeddings
from pipeline.teaching.labelling import Overlay

if TYPE_CHECKING:
    from pipeline.datasets import Track


def named() -> Path | None:
    """The folder that the server was started with; None on a server for others."""
    name = os.environ.get("GENRESCOPE_COLLECTION")
    return Path(name) if name else None


def genre_from() -> str:
    """Where its genres come from: ``folders``, ``tags``, or a table."""
    return os.environ.get("GENRESCOPE_GENRE_FROM", folders.FOLDERS)


class OwnFolder:
    """A folder of music, its collection, and the thread that hears its tracks.

    Attributes
    ----------
    left_out
        Files that cannot be labelled, and why.

    Raises
    ------
    DatasetError
        If there is no such folder, or what is kept of its labels is damaged.
    """

    def __init__(self, folder: Path) -> None:
        listed = folders.everything(folder, genre_from())
        self.folder, self.notes = folder, listed.notes
        self.tracks: dict[str, Track] = {track.track_id: track for track in listed.tracks}
        self.left_out = dict(listed.left_out)
        file = corrections.place(home(), folder)
        given = {track_id: track.genre for track_id, track in self.tracks.items()}
        overlay = Overlay(given, corrections.read(file), partial(corrections.append, file))
        self.collection = Collection(self._sound, overlay)
        self._stop = Event()
        self._thread: Thread | None = None

    @property
    def is_listening(self) -> bool:
        """Whether tracks are being heard."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def waiting(self) -> list[Track]:
        """Tracks that are still to be heard."""
        heard = self.collection
        return [t for i, t in self.tracks.items() if i not in heard and i not in self.left_out]

    def listen(self) -> None:
        """Hear the tracks that wait, in the background; what is heard is kept for another time."""
        if not self.is_listening:
            self._stop.clear()
            self._thread = Thread(target=self._listen, name="listen", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop after the track that is being heard."""
        self._stop.set()

    def _listen(self) -> None:
        waiting = self.waiting
        heard = embeddings.of_files([track.path for track in waiting], cache())
        for track, found in zip(waiting, heard, strict=True):
            if isinstance(found, str):
                self.left_out[track.track_id] = found
            else:
                self.collection.add(track.track_id, track.artist, found)
            if self._stop.is_set():
                return

    def _sound(self, track_id: str) -> Recording:
        path = self.tracks[track_id].path
        try:
            return Recording(path.name, path.read_bytes())
        except OSError as error:
            raise AudioError(
                f"{track_id} cannot be read any more: {error.strerror}. Skip it, or put the file"
                " back and reload the page."
            ) from error


@st.cache_resource(max_entries=1, show_spinner="Looking through the folder …")
def _opened(folder: Path, genres: str, home: Path) -> OwnFolder:
    """A folder, opened once for all pages; the arguments are what it depends on."""
    found = OwnFolder(folder)
    found.listen()
    return found


def current() -> OwnFolder | None:
    """The folder that the server was started with; its tracks are heard from its first visit.

    Raises
    ------
    DatasetError
        As `OwnFolder`.
    """
    folder = named()
    return None if folder is None else _opened(folder, genre_from(), home())


def forget() -> None:
    """Close the folder, as the end of the server would."""
    _opened.clear()
