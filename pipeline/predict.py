"""From a recording to a verdict, through the same decoding, windows and features as in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline import audio
from pipeline.errors import AudioError
from pipeline.features._spectrum import Spectrum
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from pipeline.artifacts import Artifacts
    from pipeline.features import Array, FeatureSet

MEL_COLUMNS = 26  # of the picture, for each 3-s window


@dataclass(frozen=True)
class Clip:
    """A recording, examined and turned into features.

    Attributes
    ----------
    spans : np.ndarray [shape=(n, 2)]
        Start and end of each window in seconds.
    features
        By feature set: an array of shape (n, n_features).
    mel_db : np.ndarray [shape=(128, t)]
        Mel spectrogram in dB, for showing; its columns are spread evenly from 0 to the last
        window's end.
    findings
        What is doubtful about the recording, but does not forbid an answer.
    """

    seconds: float
    spans: npt.NDArray[np.float64]
    features: dict[str, Array]
    mel_db: Array
    findings: list[audio.Finding]


@dataclass(frozen=True)
class Verdict:
    """What a model says of a clip.

    Attributes
    ----------
    probabilities : pd.Series
        By genre; the mean over the windows.
    windows : pd.DataFrame
        ``start, end`` in seconds, and one column a genre.
    """

    model: str
    genre: str
    confidence: float
    probabilities: pd.Series
    windows: pd.DataFrame


def analyse(source: audio.Source, feature_sets: Iterable[str]) -> Clip:
    """Decode a recording, examine it, and compute feature sets for each of its windows.

    Raises
    ------
    AudioError
        If it cannot be read, or an answer would mean nothing (silent, shorter than a second).
    """
    sets = [lookup("pipeline.features", "FEATURES", name) for name in feature_sets]
    measurements: list[audio.Measurement] = []
    windows = audio.stream_windows(_measured(audio.blocks(source), measurements))
    rows = [_examine(start, end, y, sets) for start, end, y in windows]
    whole = sum(measurements[1:], start=measurements[0])
    findings = whole.findings()
    for finding in findings:
        if finding.fatal:
            raise AudioError(finding.message)
    spans = np.array([row.span for row in rows])
    return Clip(
        seconds=whole.seconds,
        spans=spans,
        features={s.name: np.stack([row.features[i] for row in rows]) for i, s in enumerate(sets)},
        mel_db=_picture(rows),
        findings=findings,
    )


def classify(clip: Clip, model: str, artifacts: Artifacts) -> Verdict:
    """Ask one model of a benchmark about a clip that `analyse` prepared.

    Raises
    ------
    ArtifactsError
        If the model does not exist, is damaged, or was trained on another version of its features.
    """
    X = clip.features[artifacts.model(model).features]
    probabilities = pd.DataFrame(
        artifacts.classifier(model).predict_proba(X), columns=artifacts.classes
    )
    mean = probabilities.mean()
    spans = pd.DataFrame(clip.spans, columns=["start", "end"])
    return Verdict(
        model=model,
        genre=str(mean.idxmax()),
        confidence=float(mean.max()),
        probabilities=mean,
        windows=pd.concat([spans, probabilities], axis=1),
    )


def predict(source: audio.Source, model: str, artifacts: Artifacts) -> Verdict:
    """Verdict of one model on one recording; see `analyse` and `classify` for what can go wrong."""
    clip = analyse(source, [artifacts.model(model).features])
    return classify(clip, model, artifacts)


@dataclass(frozen=True)
class _Window:
    span: tuple[float, float]
    features: list[Array]
    mel_db: Array


def _examine(start: float, end: float, y: Array, sets: list[FeatureSet]) -> _Window:
    spectrum = Spectrum(y)
    return _Window((start, end), [s.compute(spectrum) for s in sets], _thumbnail(spectrum.mel_db))


def _thumbnail(mel_db: Array) -> Array:
    """Averages of neighbouring frames [shape=(128, MEL_COLUMNS)]."""
    parts = np.array_split(mel_db, MEL_COLUMNS, axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def _picture(rows: list[_Window]) -> Array:
    """Mel spectrograms side by side, without what windows repeat [shape=(128, t)]."""
    per_second = MEL_COLUMNS / audio.WINDOW_SECONDS
    parts, shown = [], 0.0
    for row in rows:
        start, end = row.span
        new = slice(round((shown - start) * per_second), round((end - start) * per_second))
        parts.append(row.mel_db[:, new])
        shown = end
    return np.concatenate(parts, axis=1)


def _measured(blocks: Iterable[Array], measurements: list[audio.Measurement]) -> Iterator[Array]:
    """Pass blocks on and note what each one is like."""
    for y in blocks:
        measurements.append(audio.measure(y))
        yield y
