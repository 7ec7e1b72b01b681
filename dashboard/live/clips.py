"""The clips that a visitor labels: held for one visit, never written to disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.live.collection import Collection
from pipeline.errors import AudioError
from pipeline.untrusted.decoding import BUSY

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.live.recording import Recording
    from pipeline.features import Array

MAX_MEGABYTES = 200  # of sound that is held for a visitor


class Clips:
    """A visitor's clips and the collection that they make up.

    Attributes
    ----------
    refused
        By digest: why a recording could not be added.
    """

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self._recordings: dict[str, Recording] = {}
        self._names: dict[str, str] = {}  # by digest
        self.collection = Collection(self._recordings.__getitem__)

    def add(self, recording: Recording, hear: Callable[[Recording], Array]) -> str:
        """Add a recording, unless it is there; its id in the collection.

        Parameters
        ----------
        hear
            Gives its embedding, see `pipeline.teaching.embeddings.of_recording`.

        Raises
        ------
        AudioError
            If it cannot be heard, or too much is held already.
        """
        if recording.digest not in self._names:
            self._check_room(recording)
            embedding = hear(recording)
            name = self._free_name(recording)
            self._recordings[name], self._names[recording.digest] = recording, name
            self.collection.add(name, name, embedding)  # who made it is not known
        return self._names[recording.digest]

    def add_all(self, recordings: list[Recording], hear: Callable[[Recording], Array]) -> None:
        """Add recordings; those that cannot be are `refused`, for good unless all was busy."""
        self.refused = {name: why for name, why in self.refused.items() if not why.endswith(BUSY)}
        for recording in recordings:
            if recording.digest not in self.refused:
                try:
                    self.add(recording, hear)
                except AudioError as error:
                    self.refused[recording.digest] = f"{recording.name}: {error}"

    def _check_room(self, recording: Recording) -> None:
        held = sum(len(each.data) for each in self._recordings.values())
        if held + len(recording.data) > MAX_MEGABYTES * 10**6:
            raise AudioError(
                f"No more than {MAX_MEGABYTES} MB of sound are held for a visit. Label what is"
                " there, or teach a folder on your own machine."
            )

    def _free_name(self, recording: Recording) -> str:
        taken = recording.name in self._recordings
        return f"{recording.name} ({recording.digest[:8]})" if taken else recording.name
