"""From a recording to windows and their features: the one path of training and serving."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pipeline.audio import decoding, loudness
from pipeline.audio.quality import OF_NOTES, SILENT, Finding, Measurement, is_silent, measure
from pipeline.audio.windows import MIN_SECONDS, SAMPLE_RATE, WINDOW_SECONDS, stream_windows
from pipeline.errors import AudioError
from pipeline.features import Array, FeatureSet
from pipeline.features.common.spectrum import Spectrum
from pipeline.features.musicnn import tags
from pipeline.registry import lookup
from pipeline.threads import in_order

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.audio.decoding import Source

Blocks: TypeAlias = Callable[..., Iterable[Array]]  # of a source and, if asked for, notes
Span: TypeAlias = tuple[float, float]  # start and end in seconds

MEL_COLUMNS_PER_SECOND = 26 / 3
MAX_MEL_COLUMNS = 1500  # more than a screen shows
MAX_SILENT_SECONDS = 1_800.0  # of which no recording begins; hours would keep a server busy
SILENT_FOR_LONG = (
    f"There is nothing to hear in its first {MAX_SILENT_SECONDS / 60:g} minutes. Cut the silence"
    " off, or choose another recording."
)


@dataclass(frozen=True)
class Window:
    """A window of a recording, turned into features.

    Attributes
    ----------
    features, feature_seconds
        By feature set: its values, and the time that they took, pretrained networks included. What
        sets share otherwise counts for the first of them.
    tags
        By network that was asked for: the probability of each of its tags.
    """

    span: Span
    features: dict[str, Array]
    feature_seconds: dict[str, float]
    tags: dict[str, Array]


@dataclass(frozen=True)
class WindowFeatures:
    """A recording turned into features.

    Attributes
    ----------
    spans
        By feature set: start and end of each window in seconds [shape=(n, 2)].
    level_db
        Root mean square of the sound as it came, in dB of full scale.
    features
        By feature set: an array of shape (n, n_features).
    """

    seconds: float
    level_db: float
    spans: dict[str, npt.NDArray[np.float64]]
    features: dict[str, Array]


def windowed_features(
    source: Source, windows: Mapping[str, float], raw: bool = False
) -> WindowFeatures:
    """Decode a recording, examine it, and compute feature sets for each of its windows.

    Parameters
    ----------
    windows
        By feature set: length in seconds of the windows that it is computed on.
    raw
        Whether the sound stays as loud as it came; see `Passes`.

    Raises
    ------
    AudioError
        If it cannot be read, or holds nothing (silent, shorter than a second).
    """
    recording = Passes(partial(decoding.blocks, source), windows, raw)
    rows = {seconds: list(found) for seconds, found in recording}
    whole, _ = recording.examined(tolerated=("noise",))  # it has no genre, but features
    of = {name: rows[seconds] for name, seconds in windows.items()}
    return WindowFeatures(
        seconds=whole.seconds,
        level_db=whole.rms_db,
        spans={name: np.array([row.span for row in of[name]]) for name in windows},
        features={name: np.stack([row.features[name] for row in of[name]]) for name in windows},
    )


def passage(
    source: Source, start: float, features: str, seconds: float, blocks: Blocks = decoding.blocks
) -> Array:
    """A feature set of one window of a recording [shape=(1, frames, columns)].

    Parameters
    ----------
    start, seconds
        Where it begins and how long windows of this set are.
    """
    [found] = _sets([features])
    for y_start, y_end, y in stream_windows(blocks(source), seconds):
        if y_end > start:
            spectrum = Spectrum(loudness.levelled(y))
            return _window((y_start, y_end), spectrum, [found]).features[features][None]
    raise AudioError(f"The recording ends before {start:g} s. Choose an earlier passage.")


class Passes:
    """A recording read once for each length of windows, the shortest first.

    Iterating gives ``(seconds, windows)``. The first pass also measures the recording and takes its
    picture. Decoding again is cheaper than holding a recording of any length.

    Every window is brought to one loudness before anything is computed: how loud a recording is
    says where it comes from, not what music it is.

    Parameters
    ----------
    decode
        Gives the blocks of the recording.
    lengths
        By feature set: length in seconds of the windows that it is computed on.
    raw
        Whether windows stay as loud as they are, to compare with features that others published.
    taggers
        Pretrained networks whose tags are wanted, of windows of three seconds.
    notes
        To which decoding adds, see `pipeline.audio.decoding.blocks`.
    """

    def __init__(
        self,
        decode: Callable[[], Iterable[Array]],
        lengths: Mapping[str, float],
        raw: bool = False,
        taggers: Sequence[str] = (),
        notes: Collection[str] = (),
    ) -> None:
        self.decode, self.lengths, self.raw = decode, lengths, raw
        self.taggers, self.notes = taggers, notes
        self.pictured_seconds = 0.0
        self._measurements: list[Measurement] = []
        self._thumbnails: list[tuple[Span, Array]] = []

    def __iter__(self) -> Iterator[tuple[float, Iterator[Window]]]:
        by_length = groupby(
            sorted(self.lengths, key=self.lengths.__getitem__), self.lengths.__getitem__
        )
        for number, (seconds, names) in enumerate(by_length):
            yield seconds, self._windows(seconds, _sets(names), first=not number)

    def _windows(self, seconds: float, sets: Sequence[FeatureSet], first: bool) -> Iterator[Window]:
        blocks = self._measured() if first else self.decode()
        taggers = self.taggers if seconds == WINDOW_SECONDS else ()
        job = partial(_heard, sets=sets, taggers=taggers, raw=self.raw, pictured=first)
        for window, picture in in_order(job, stream_windows(blocks, seconds)):
            if picture is not None:
                self._thumbnails.append((window.span, picture))
                self.pictured_seconds = window.span[1]
            yield window

    def _measured(self) -> Iterator[Array]:
        for y in _from_the_sound_on(self.decode):
            self._measurements.append(measure(y))
            yield y

    def examined(self, tolerated: Sequence[str] = ()) -> tuple[Measurement, list[Finding]]:
        """The whole recording's measurement and what is doubtful about it, after the first pass.

        Raises
        ------
        AudioError
            If a verdict would mean nothing, for a reason that is not `tolerated`.
        """
        whole = sum(self._measurements[1:], start=self._measurements[0])
        findings = whole.findings()
        for finding in findings:
            if finding.fatal and finding.kind not in tolerated:
                raise AudioError(finding.message)
        return whole, findings + [OF_NOTES[note] for note in sorted(self.notes)]

    def picture(self) -> Array:
        """Mel spectrogram in dB, without what windows repeat [shape=(128, t)]."""
        parts, done = [], 0.0
        for (start, end), mel_db in self._thumbnails:
            edges = (np.array([done, end]) - start) * MEL_COLUMNS_PER_SECOND
            first, last = (round(float(edge)) for edge in edges)
            parts.append(mel_db[:, first:last])
            done = end
        whole = np.concatenate(parts, axis=1)
        return _thumbnail(whole, MAX_MEL_COLUMNS) if whole.shape[1] > MAX_MEL_COLUMNS else whole


def _from_the_sound_on(decode: Callable[[], Iterable[Array]]) -> Iterator[Array]:
    """All blocks of a recording, but none before there is sound; if there is none, an `AudioError`.

    Nothing is computed of hours of silence. What goes before the sound is decoded again, which is
    cheaper than holding it.
    """
    silent, seconds, heard = 0, 0.0, False
    for y in decode():
        if not heard and is_silent(y):
            silent, seconds = silent + 1, seconds + len(y) / SAMPLE_RATE
            if seconds >= MAX_SILENT_SECONDS:
                raise AudioError(SILENT_FOR_LONG)
            continue
        if not heard:
            yield from islice(decode(), silent)
        heard = True
        yield y
    if not heard:
        if seconds >= MIN_SECONDS:
            raise AudioError(SILENT)
        yield from decode()  # too short comes first


def _sets(names: Iterable[str]) -> list[FeatureSet]:
    return [lookup("pipeline.features", "FEATURES", name) for name in names]


def _heard(
    window: tuple[float, float, Array],
    sets: Sequence[FeatureSet],
    taggers: Sequence[str],
    raw: bool,
    pictured: bool,
) -> tuple[Window, Array | None]:
    """A window turned into features, and its picture if one is wanted, as loud as it came."""
    start, end, y = window
    gain = 1.0 if raw else loudness.gain(y)
    spectrum = Spectrum(y * np.float32(gain))
    found = _window((start, end), spectrum, sets, taggers)
    if not pictured:
        return found, None
    columns = round(len(y) / SAMPLE_RATE * MEL_COLUMNS_PER_SECOND)
    return found, _thumbnail(spectrum.mel_db - np.float32(20 * np.log10(gain)), columns)


def _window(
    span: Span, spectrum: Spectrum, sets: Sequence[FeatureSet], taggers: Sequence[str] = ()
) -> Window:
    features, seconds = {}, {}
    for one in sets:
        shared = sum(spectrum.heard_seconds.get(name, 0.0) for name in one.networks)
        start = time.perf_counter()
        features[one.name] = one.of(spectrum)
        seconds[one.name] = time.perf_counter() - start + shared
    return Window(span, features, seconds, {name: tags(name, spectrum) for name in taggers})


def _thumbnail(mel_db: Array, columns: int) -> Array:
    """Averages of neighbouring frames [shape=(128, columns)]."""
    # Not `array_split`, which makes the first parts longer and so moves what comes later.
    edges = np.linspace(0, mel_db.shape[1], columns + 1).round().astype(int)
    parts = np.split(mel_db, edges[1:-1], axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)
