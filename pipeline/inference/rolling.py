"""Sound that goes on: the last of it is held, and a verdict can be had at any time."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.audio.formats import MAX_SAMPLE_RATE, MIN_SAMPLE_RATE
from pipeline.audio.windows import SAMPLE_RATE, WINDOW_SECONDS
from pipeline.errors import AudioError
from pipeline.inference.deciding import taggers
from pipeline.inference.predict import analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from pipeline.artifacts.reader import Artifacts
    from pipeline.audio.windows import Samples
    from pipeline.inference.predict import Analysis

HELD_SECONDS = 30
WINDOW_LENGTH = round(WINDOW_SECONDS)  # whole seconds, as windows end at them


class Rolling:
    """The last of a sound that comes piece by piece, and what a model found in it.

    After hours as much is held as after half a minute: `HELD_SECONDS` of sound, and what was found
    in the windows of as many seconds.

    Parameters
    ----------
    rate
        Samples a second, as they come.

    Attributes
    ----------
    received
        How many samples came, from the beginning of the sound and at its rate.

    Raises
    ------
    AudioError
        If no microphone has such a rate.
    """

    def __init__(self, rate: int = SAMPLE_RATE) -> None:
        if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
            raise AudioError(
                f"The microphone gives {rate} samples a second, and {MIN_SAMPLE_RATE} to"
                f" {MAX_SAMPLE_RATE} can be read. Choose another one."
            )
        self.received = 0
        self._rate = rate
        self._resampled = _resampler(rate)
        self._held = np.empty(0, np.float32)
        self._end = 0  # of what is held, in samples since the beginning
        self._found: deque[tuple[int, Analysis]] = deque(maxlen=HELD_SECONDS)
        self._asked = ("", "", 0)  # benchmark, model, and the second that was reached
        self._silent = ""  # why the latest window has no genre
        self._lock = Lock()

    def add(self, pcm: bytes, position: int) -> None:
        """Hear some more.

        Parameters
        ----------
        pcm
            Samples of 16 bits, mono.
        position
            Number of the first of them. What came before is not heard twice. If some are missing
            before it, windows begin anew there.
        """
        with self._lock:
            self._add(np.frombuffer(pcm, "<i2"), position)

    def _add(self, pcm: npt.NDArray[np.int16], position: int) -> None:
        known = max(self.received - position, 0)
        y: Samples = pcm[known:].astype(np.float32) / np.float32(32_768)
        if position > self.received:
            self._held = self._held[:0]
            self._end = round(position * SAMPLE_RATE / self._rate)
        self.received = max(self.received, position) + len(y)
        y = self._resampled(y)
        self._end += len(y)
        self._held = np.concatenate([self._held, y])[-(HELD_SECONDS + 1) * SAMPLE_RATE :]

    @property
    def seconds(self) -> int:
        """Whole seconds since the beginning."""
        return self._end // SAMPLE_RATE

    def last(self, seconds: int = HELD_SECONDS) -> Samples:
        """The last whole seconds, or as many as are held [shape=(n,)]."""
        end = len(self._held) - self._end % SAMPLE_RATE
        return self._held[max(end - seconds * SAMPLE_RATE, 0) : max(end, 0)]

    def analysis(self, seconds: int, model: str, artifacts: Artifacts) -> Analysis | None:
        """What a model finds in the last seconds, as if they were a recording; None before 3 s.

        It is asked about the window that ends now, unless it was. Seconds about which nobody asked
        are left out, and another model begins anew.

        Of windows that overlap, neighbours are averaged, so that there are no more of them than an
        uploaded recording of this length has: more would not make a verdict surer.

        Raises
        ------
        AudioError
            If there is nothing in the latest window: silence, or only noise.
        """
        with self._lock:  # a page that is drawn anew is ahead of its former run, which still asks
            self._ask(model, artifacts)
            if self._silent:
                raise AudioError(self._silent)
            first = self.seconds - seconds + WINDOW_LENGTH
            within = [(end, found) for end, found in self._found if end >= first]
        return _joined(within) if within else None

    def _ask(self, model: str, artifacts: Artifacts) -> None:
        asked = (artifacts.manifest.created, model)
        if asked != self._asked[:2]:
            self._found.clear()
        y = self.last(WINDOW_LENGTH)
        if (*asked, self.seconds) == self._asked or len(y) < WINDOW_LENGTH * SAMPLE_RATE:
            return
        self._asked, self._silent = (*asked, self.seconds), ""
        try:
            self._found.append((self.seconds, analyse_samples(y, model, artifacts)))
        except AudioError as error:
            self._silent = str(error)


def analyse_samples(y: Samples, model: str, artifacts: Artifacts) -> Analysis:
    """What a model and the tags find in samples that are no file; see `analyse`.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `SAMPLE_RATE`.
    """
    return analyse(b"", [model], artifacts, lambda _, notes: [y], taggers=taggers(artifacts))


def _resampler(rate: int) -> Callable[[Samples], Samples]:
    """Brings pieces of a sound to `SAMPLE_RATE`, as `pipeline.audio.decoding` does with a file."""
    if rate == SAMPLE_RATE:
        return np.asarray
    import soxr

    return soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32", "HQ").resample_chunk


def _joined(parts: Sequence[tuple[int, Analysis]]) -> Analysis:
    """Windows, each analysed alone, as those of one recording; findings are those of the last."""
    found = [one for _, one in parts]
    covered = parts[-1][0] - parts[0][0] + WINDOW_LENGTH
    return replace(
        found[-1],
        seconds=float(covered),
        predictions={
            model: _side_by_side(
                pd.concat([_placed(one.predictions[model], end) for end, one in parts]),
                min(covered // WINDOW_LENGTH, len(parts)),
            )
            for model in found[-1].predictions
        },
        embeddings={},
        features={},
        tags={
            network: pd.concat([one.tags[network] for one in found], axis=1).mean(axis=1)
            for network in found[-1].tags
        },
    )


def _placed(windows: pd.DataFrame, end: int) -> pd.DataFrame:
    return windows.assign(start=end - WINDOW_SECONDS, end=float(end))


def _side_by_side(windows: pd.DataFrame, n: int) -> pd.DataFrame:
    """So many groups of neighbouring windows, each averaged to one."""
    group = np.sort(np.arange(len(windows)) % n)
    grouped = windows.groupby(group)
    return grouped.mean().assign(start=grouped["start"].min(), end=grouped["end"].max())
