"""From a recording to a verdict, through the same decoding, windows and features as in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline import audio
from pipeline.errors import AudioError
from pipeline.evaluate import tempered
from pipeline.features._spectrum import Spectrum
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

    from pipeline.artifacts import Artifacts
    from pipeline.features import Array, FeatureSet

MEL_COLUMNS = 26 / 3  # of the picture, for each second


@dataclass(frozen=True)
class Clip:
    """A recording, examined and turned into features.

    Attributes
    ----------
    spans
        By feature set: start and end of each window in seconds [shape=(n, 2)].
    features
        By feature set: an array of shape (n, n_features).
    mel_db : np.ndarray [shape=(128, t)]
        Mel spectrogram in dB, for showing; its columns are spread evenly from 0 to `shown`.
    shown
        Where the picture ends, in seconds.
    findings
        What is doubtful about the recording, but does not forbid an answer.
    """

    seconds: float
    spans: dict[str, npt.NDArray[np.float64]]
    features: dict[str, Array]
    mel_db: Array
    shown: float
    findings: list[audio.Finding]


@dataclass(frozen=True)
class Verdict:
    """What a model says of a clip.

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
        If it cannot be read, or an answer would mean nothing (silent, shorter than a second).
    """
    shortest, *longer = sorted(set(windows.values()))
    measurements: list[audio.Measurement] = []
    blocks = _measured(audio.blocks(source), measurements)
    rows = {shortest: _examine_all(blocks, shortest, windows)}
    whole = sum(measurements[1:], start=measurements[0])
    findings = whole.findings()
    for finding in findings:
        if finding.fatal:
            raise AudioError(finding.message)
    # Decoding again is cheaper than holding a recording of any length.
    rows |= {seconds: _examine_all(audio.blocks(source), seconds, windows) for seconds in longer}
    of = {name: rows[seconds] for name, seconds in windows.items()}
    return Clip(
        seconds=whole.seconds,
        spans={name: np.array([row.span for row in of[name]]) for name in windows},
        features={name: np.stack([row.features[name] for row in of[name]]) for name in windows},
        mel_db=_picture(rows[shortest]),
        shown=rows[shortest][-1].span[1],
        findings=findings,
    )


def classify(clip: Clip, model: str, artifacts: Artifacts) -> Verdict:
    """Ask one model of a benchmark about a clip that `analyse` prepared.

    Raises
    ------
    ArtifactsError
        If the model does not exist, is damaged, or was trained on another version of its features.
    """
    features = artifacts.model(model).features
    probabilities = pd.DataFrame(
        artifacts.classifier(model).predict_proba(clip.features[features]),
        columns=artifacts.classes,
    )
    raw = probabilities.mean()
    mean = pd.Series(tempered(raw.to_numpy(), artifacts.model(model).temperature), raw.index)
    spans = pd.DataFrame(clip.spans[features], columns=["start", "end"])
    return Verdict(
        model=model,
        genre=str(mean.idxmax()),
        confidence=float(mean.max()),
        probabilities=mean,
        raw=raw,
        windows=pd.concat([spans, probabilities], axis=1),
    )


def predict(source: audio.Source, model: str, artifacts: Artifacts) -> Verdict:
    """Verdict of one model on one recording; see `analyse` and `classify` for what can go wrong."""
    clip = analyse(source, artifacts.windows([model]))
    return classify(clip, model, artifacts)


@dataclass(frozen=True)
class _Window:
    span: tuple[float, float]
    features: dict[str, Array]
    mel_db: Array


def _examine_all(
    blocks: Iterable[Array], seconds: float, windows: Mapping[str, float]
) -> list[_Window]:
    """Every window of one length, with the feature sets that want this length."""
    names = [name for name, wanted in windows.items() if wanted == seconds]
    sets = [lookup("pipeline.features", "FEATURES", name) for name in names]
    return [
        _examine(start, end, y, sets) for start, end, y in audio.stream_windows(blocks, seconds)
    ]


def _examine(start: float, end: float, y: Array, sets: list[FeatureSet]) -> _Window:
    spectrum = Spectrum(y)
    features = {s.name: s.of(spectrum) for s in sets}
    columns = round(len(y) / audio.SAMPLE_RATE * MEL_COLUMNS)
    return _Window((start, end), features, _thumbnail(spectrum.mel_db, columns))


def _thumbnail(mel_db: Array, columns: int) -> Array:
    """Averages of neighbouring frames [shape=(128, columns)]."""
    parts = np.array_split(mel_db, columns, axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def _picture(rows: list[_Window]) -> Array:
    """Mel spectrograms side by side, without what windows repeat [shape=(128, t)]."""
    parts, shown = [], 0.0
    for row in rows:
        start, end = row.span
        new = slice(round((shown - start) * MEL_COLUMNS), round((end - start) * MEL_COLUMNS))
        parts.append(row.mel_db[:, new])
        shown = end
    return np.concatenate(parts, axis=1)


def _measured(blocks: Iterable[Array], measurements: list[audio.Measurement]) -> Iterator[Array]:
    """Pass blocks on and note what each one is like."""
    for y in blocks:
        measurements.append(audio.measure(y))
        yield y
