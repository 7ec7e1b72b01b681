"""From a recording to a verdict, through the same decoding, windows and features as in training."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline import audio, space
from pipeline.errors import AudioError
from pipeline.evaluate import tempered
from pipeline.features._spectrum import Spectrum
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from pipeline.artifacts import Artifacts
    from pipeline.features import Array, FeatureSet

    Blocks = Callable[[audio.Source], Iterable[Array]]
    Span = tuple[float, float]  # start and end in seconds

MEL_COLUMNS = 26 / 3  # of the picture, for each second
PICTURE = 1500  # columns at most: more than a screen shows
GROUP = 10  # windows that a model is asked about at once


@dataclass(frozen=True)
class Clip:
    """A recording turned into features.

    Attributes
    ----------
    spans
        By feature set: start and end of each window in seconds [shape=(n, 2)].
    features
        By feature set: an array of shape (n, n_features).
    """

    seconds: float
    spans: dict[str, npt.NDArray[np.float64]]
    features: dict[str, Array]


@dataclass(frozen=True)
class Heard:
    """What models made of a recording.

    Attributes
    ----------
    findings
        What is doubtful about the recording, but does not forbid an answer.
    mel_db : np.ndarray [shape=(128, t)]
        Mel spectrogram in dB, for showing; its columns are spread evenly from 0 to `shown`.
    shown
        Where the picture ends, in seconds.
    answers
        By model: ``start, end`` of each window in seconds and one column a genre, not calibrated.
    places
        By model: where the recording stands in the model's `pipeline.space`.
    features
        By feature set of statistics: what they are in each window [shape=(n, n_features)].
    took
        By model: seconds for its features and its answers. What feature sets share counts for the
        first of them.
    """

    seconds: float
    findings: list[audio.Finding]
    mel_db: Array
    shown: float
    answers: dict[str, pd.DataFrame]
    places: dict[str, Array]
    features: dict[str, Array]
    took: dict[str, float]

    def __or__(self, other: Heard) -> Heard:
        """The same, with what other models made of the same recording."""
        return replace(
            self,
            answers=self.answers | other.answers,
            places=self.places | other.places,
            features=self.features | other.features,
            took=self.took | other.took,
        )


@dataclass(frozen=True)
class Verdict:
    """What a model says of a recording.

    Attributes
    ----------
    probabilities : pd.Series
        By genre: the mean over the windows, calibrated by the model's temperature.
    raw : pd.Series
        The same before calibration.
    windows : pd.DataFrame
        ``start, end`` in seconds, and one column a genre, not calibrated.
    """

    model: str
    genre: str
    confidence: float
    probabilities: pd.Series
    raw: pd.Series
    windows: pd.DataFrame

    @property
    def second(self) -> tuple[str, float]:
        """The second likeliest genre and its probability."""
        others = self.probabilities.drop(self.genre)
        return str(others.idxmax()), float(others.max())


def analyse(source: audio.Source, windows: Mapping[str, float]) -> Clip:
    """Decode a recording, examine it, and compute feature sets for each of its windows.

    Parameters
    ----------
    windows
        By feature set: length in seconds of the windows that it is computed of.

    Raises
    ------
    AudioError
        If it cannot be read, or holds nothing (silent, shorter than a second).
    """
    measurements: list[audio.Measurement] = []
    passes = _passes(partial(audio.blocks, source), windows, measurements)
    rows = {seconds: list(found) for seconds, found in passes}
    whole, _ = _examined(measurements, ("noise",))  # has no genre, but features
    of = {name: rows[seconds] for name, seconds in windows.items()}
    return Clip(
        seconds=whole.seconds,
        spans={name: np.array([row.span for row in of[name]]) for name in windows},
        features={name: np.stack([row.features[name] for row in of[name]]) for name in windows},
    )


def listen(
    source: audio.Source,
    models: Sequence[str],
    artifacts: Artifacts,
    blocks: Blocks = audio.blocks,
    watch: Callable[[float], None] | None = None,
) -> Heard:
    """Ask models of a benchmark about a recording, in memory that hardly grows with its length.

    Parameters
    ----------
    blocks
        Decodes; `pipeline.guarded.blocks` for what strangers send.
    watch
        Is told how many seconds have been heard, again and again.

    Raises
    ------
    AudioError
        If it cannot be read, or an answer would mean nothing (silent, noise, under a second).
    ArtifactsError
        If a model does not exist, is damaged, or was trained on another version of its features.
    """
    lengths = artifacts.windows(models)
    ears = [_Ear(name, artifacts) for name in models]
    pictures: list[tuple[Span, Array]] = []
    kept: dict[str, list[Array]] = {}
    measurements: list[audio.Measurement] = []
    for seconds, rows in _passes(partial(blocks, source), lengths, measurements, pictures):
        asked = [ear for ear in ears if lengths[ear.features] == seconds]
        for group in _groups(rows):
            X = _stacked(group)
            for ear in asked:
                ear.hear(group, X[ear.features])
            for name, windows in X.items():
                if windows.ndim == 2:  # sequences are large, and nobody asks for them again
                    kept.setdefault(name, []).append(windows)
            if watch:
                watch(group[-1].span[1])
    whole, findings = _examined(measurements)
    return Heard(
        seconds=whole.seconds,
        findings=findings,
        mel_db=_picture(pictures),
        shown=pictures[-1][0][1],
        answers={ear.model: ear.answers for ear in ears},
        places={ear.model: ear.place for ear in ears},
        features={name: np.concatenate(parts) for name, parts in kept.items()},
        took={ear.model: ear.took for ear in ears},
    )


def verdict(heard: Heard, model: str, artifacts: Artifacts) -> Verdict:
    """What a model says of a recording that it has `listen`-ed to."""
    card, windows = artifacts.model(model), heard.answers[model]
    raw = windows[artifacts.classes].mean()
    mean = pd.Series(tempered(raw.to_numpy(), card.temperature), raw.index)
    return Verdict(
        model=model,
        genre=str(mean.idxmax()),
        confidence=float(mean.max()),
        probabilities=mean,
        raw=raw,
        windows=windows,
    )


def predict(source: audio.Source, model: str, artifacts: Artifacts) -> Verdict:
    """Verdict of one model on one recording; see `listen` for what can go wrong."""
    return verdict(listen(source, [model], artifacts), model, artifacts)


def passage(
    source: audio.Source, start: float, features: str, seconds: float, blocks: Blocks = audio.blocks
) -> Array:
    """A feature set of one window of a recording [shape=(1, frames, columns)].

    Parameters
    ----------
    start, seconds
        Where it begins and how long windows of this set are.
    """
    [found] = _sets([features])
    for row in _windows(blocks(source), seconds, [found]):
        if row.span[1] > start:
            return row.features[features][None]
    raise AudioError(f"The recording ends before {start:g} s. Choose an earlier passage.")


@dataclass(frozen=True)
class _Window:
    span: Span
    features: dict[str, Array]
    took: dict[str, float]


class _Ear:
    """One model while it listens."""

    def __init__(self, model: str, artifacts: Artifacts) -> None:
        card = artifacts.model(model)
        self.model, self.features, self.classes = model, card.features, artifacts.classes
        self.classifier = artifacts.classifier(model)
        self.took = 0.0
        self._spans: list[Span] = []
        self._probabilities: list[Array] = []
        self._places: list[Array] = []

    def hear(self, group: Sequence[_Window], X: Array) -> None:
        """Answer about some more windows, whose features are `X`."""
        start = time.perf_counter()
        probabilities, places = space.answers(self.classifier, X)
        self.took += time.perf_counter() - start + sum(row.took[self.features] for row in group)
        self._spans += [row.span for row in group]
        self._probabilities.append(probabilities)
        self._places.append(places.sum(axis=0, keepdims=True))

    @property
    def answers(self) -> pd.DataFrame:
        """As in `Heard`."""
        spans = pd.DataFrame(self._spans, columns=["start", "end"])
        probabilities = pd.DataFrame(np.concatenate(self._probabilities), columns=self.classes)
        return pd.concat([spans, probabilities], axis=1)

    @property
    def place(self) -> Array:
        """Mean over the windows."""
        return np.concatenate(self._places).sum(axis=0) / len(self._spans)


def _passes(
    decode: Callable[[], Iterable[Array]],
    windows: Mapping[str, float],
    measurements: list[audio.Measurement],
    pictures: list[tuple[Span, Array]] | None = None,
) -> Iterator[tuple[float, Iterator[_Window]]]:
    """For each length of windows, the shortest first: the windows with the sets that want it.

    The first pass notes what the recording is like, and its picture if that is wanted.
    """
    blocks: Iterable[Array] = _measured(decode(), measurements)
    for seconds, names in groupby(sorted(windows, key=windows.__getitem__), windows.__getitem__):
        yield seconds, _windows(blocks, seconds, _sets(names), pictures)
        # Decoding again is cheaper than holding a recording of any length.
        blocks, pictures = decode(), None


def _sets(names: Iterable[str]) -> list[FeatureSet]:
    return [lookup("pipeline.features", "FEATURES", name) for name in names]


def _windows(
    blocks: Iterable[Array],
    seconds: float,
    sets: Sequence[FeatureSet],
    pictures: list[tuple[Span, Array]] | None = None,
) -> Iterator[_Window]:
    """Every window of one length, with the feature sets that want this length."""
    for start, end, y in audio.stream_windows(blocks, seconds):
        spectrum = Spectrum(y)
        features, took = {}, {}
        for features_of in sets:
            begun = time.perf_counter()
            features[features_of.name] = features_of.of(spectrum)
            took[features_of.name] = time.perf_counter() - begun
        if pictures is not None:
            columns = round(len(y) / audio.SAMPLE_RATE * MEL_COLUMNS)
            pictures.append(((start, end), _thumbnail(spectrum.mel_db, columns)))
        yield _Window((start, end), features, took)


def _groups(rows: Iterator[_Window]) -> Iterator[list[_Window]]:
    while group := list(islice(rows, GROUP)):
        yield group


def _stacked(group: Sequence[_Window]) -> dict[str, Array]:
    """By feature set: an array with a row for each window."""
    return {name: np.stack([row.features[name] for row in group]) for name in group[0].features}


def _thumbnail(mel_db: Array, columns: int) -> Array:
    """Averages of neighbouring frames [shape=(128, columns)]."""
    # Not `array_split`, which makes the first parts longer and so moves what comes later.
    edges = np.linspace(0, mel_db.shape[1], columns + 1).round().astype(int)
    parts = np.split(mel_db, edges[1:-1], axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def _picture(pictures: Sequence[tuple[Span, Array]]) -> Array:
    """Mel spectrograms side by side, without what windows repeat [shape=(128, t)]."""
    parts, shown = [], 0.0
    for (start, end), mel_db in pictures:
        new = slice(round((shown - start) * MEL_COLUMNS), round((end - start) * MEL_COLUMNS))
        parts.append(mel_db[:, new])
        shown = end
    whole = np.concatenate(parts, axis=1)
    return _thumbnail(whole, PICTURE) if whole.shape[1] > PICTURE else whole


def _measured(blocks: Iterable[Array], measurements: list[audio.Measurement]) -> Iterator[Array]:
    """Pass blocks on and note what each one is like."""
    for y in blocks:
        measurements.append(audio.measure(y))
        yield y


def _examined(
    measurements: Sequence[audio.Measurement], tolerated: Sequence[str] = ()
) -> tuple[audio.Measurement, list[audio.Finding]]:
    """What a whole recording is like; an `AudioError` if an answer would mean nothing."""
    whole = sum(measurements[1:], start=measurements[0])
    findings = whole.findings()
    for finding in findings:
        if finding.fatal and finding.kind not in tolerated:
            raise AudioError(finding.message)
    return whole, findings
