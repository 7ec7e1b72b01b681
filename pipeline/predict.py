"""From a recording to a verdict, through the same decoding, windows and features as in training."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
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
    blocks = _measured(audio.blocks(source), measurements)
    rows: dict[float, list[_Window]] = {}
    for seconds in sorted(set(windows.values())):
        sets = _sets(name for name, wanted in windows.items() if wanted == seconds)
        rows[seconds] = list(_windows(blocks, seconds, sets))
        # Decoding again is cheaper than holding a recording of any length.
        blocks = iter(audio.blocks(source))
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
    picture: list[_Window] = []
    measurements: list[audio.Measurement] = []
    stream = _measured(blocks(source), measurements)
    for seconds in sorted(set(lengths.values())):
        asked = [ear for ear in ears if lengths[ear.features] == seconds]
        sets = _sets(sorted({ear.features for ear in asked}))
        for group in _groups(_windows(stream, seconds, sets)):
            for ear in asked:
                ear.hear(group)
            if seconds == min(lengths.values()):
                picture += [row.without_features() for row in group]
            if watch:
                watch(group[-1].span[1])
        stream = iter(blocks(source))
    whole, findings = _examined(measurements)
    return Heard(
        seconds=whole.seconds,
        findings=findings,
        mel_db=_picture(picture),
        shown=picture[-1].span[1],
        answers={ear.model: ear.answers for ear in ears},
        places={ear.model: ear.place for ear in ears},
        features={ear.features: ear.kept for ear in ears if ear.kept.ndim == 2},
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
    span: tuple[float, float]
    features: dict[str, Array]
    took: dict[str, float]
    mel_db: Array

    def without_features(self) -> _Window:
        """What is needed of it for the picture."""
        return _Window(self.span, {}, {}, self.mel_db)


class _Ear:
    """One model while it listens."""

    def __init__(self, model: str, artifacts: Artifacts) -> None:
        card = artifacts.model(model)
        self.model, self.features, self.classes = model, card.features, artifacts.classes
        self.classifier = artifacts.classifier(model)
        self.took = 0.0
        self._spans: list[tuple[float, float]] = []
        self._probabilities: list[Array] = []
        self._places: list[Array] = []
        self._kept: list[Array] = []

    def hear(self, group: Sequence[_Window]) -> None:
        """Answer about some more windows."""
        X = np.stack([row.features[self.features] for row in group])
        start = time.perf_counter()
        probabilities, places = space.answers(self.classifier, X)
        self.took += time.perf_counter() - start + sum(row.took[self.features] for row in group)
        self._spans += [row.span for row in group]
        self._probabilities.append(probabilities)
        self._places.append(places.sum(axis=0, keepdims=True))
        self._kept.append(X if X.ndim == 2 else np.empty(0, np.float32))

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

    @property
    def kept(self) -> Array:
        """Statistics of each window; nothing of sequences, which are large."""
        return np.concatenate(self._kept)


def _sets(names: Iterable[str]) -> list[FeatureSet]:
    return [lookup("pipeline.features", "FEATURES", name) for name in names]


def _windows(
    blocks: Iterable[Array], seconds: float, sets: Sequence[FeatureSet]
) -> Iterator[_Window]:
    """Every window of one length, with the feature sets that want this length."""
    for start, end, y in audio.stream_windows(blocks, seconds):
        spectrum = Spectrum(y)
        features, took = {}, {}
        for features_of in sets:
            begun = time.perf_counter()
            features[features_of.name] = features_of.of(spectrum)
            took[features_of.name] = time.perf_counter() - begun
        columns = round(len(y) / audio.SAMPLE_RATE * MEL_COLUMNS)
        yield _Window((start, end), features, took, _thumbnail(spectrum.mel_db, columns))


def _groups(rows: Iterator[_Window]) -> Iterator[list[_Window]]:
    while group := list(islice(rows, GROUP)):
        yield group


def _thumbnail(mel_db: Array, columns: int) -> Array:
    """Averages of neighbouring frames [shape=(128, columns)]."""
    # Not `array_split`, which makes the first parts longer and so moves what comes later.
    edges = np.linspace(0, mel_db.shape[1], columns + 1).round().astype(int)
    parts = np.split(mel_db, edges[1:-1], axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def _picture(rows: list[_Window]) -> Array:
    """Mel spectrograms side by side, without what windows repeat [shape=(128, t)]."""
    parts, shown = [], 0.0
    for row in rows:
        start, end = row.span
        new = slice(round((shown - start) * MEL_COLUMNS), round((end - start) * MEL_COLUMNS))
        parts.append(row.mel_db[:, new])
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
