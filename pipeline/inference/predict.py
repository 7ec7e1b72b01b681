"""From a recording to a verdict, by the features and models of a benchmark."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.audio import decoding
from pipeline.audio.windows import WINDOW_SECONDS
from pipeline.backbones.networks import NETWORKS
from pipeline.evaluation.temperature import length_class, tempered
from pipeline.extraction.analysis import Passes
from pipeline.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.artifacts.reader import Artifacts
    from pipeline.audio.decoding import Source
    from pipeline.audio.quality import Finding
    from pipeline.extraction.analysis import Blocks, Span, Window
    from pipeline.features import Array

WINDOWS_AT_ONCE = 10
PATCHES = "musicnn_mel"  # the feature set that the pretrained networks take


@dataclass(frozen=True)
class Analysis:
    """What models found in a recording.

    Attributes
    ----------
    findings
        What is doubtful about the recording, but does not forbid a verdict.
    mel_db : np.ndarray [shape=(128, t)]
        Mel spectrogram in dB, for showing; its columns are spread evenly from 0 to `mel_seconds`.
    mel_seconds
        Where the spectrogram ends.
    predictions
        By model: ``start, end`` of each window in seconds and one column a genre, not calibrated.
    embeddings
        By model: the recording's embedding in the model's space, see `pipeline.models.Model`.
    features
        By feature set of statistics: its values in each window [shape=(n, n_features)].
    run_seconds
        By model: time for its features and its predictions, see `pipeline.extraction.analysis`.
    tags
        By network that was asked for: mean probability of each of its tags.
    """

    seconds: float
    findings: list[Finding]
    mel_db: Array
    mel_seconds: float
    predictions: dict[str, pd.DataFrame]
    embeddings: dict[str, Array]
    features: dict[str, Array]
    run_seconds: dict[str, float]
    tags: dict[str, pd.Series] = field(default_factory=dict)

    def __or__(self, other: Analysis) -> Analysis:
        """The same, with what other models found in the same recording."""
        return replace(
            self,
            predictions=self.predictions | other.predictions,
            embeddings=self.embeddings | other.embeddings,
            features=self.features | other.features,
            run_seconds=self.run_seconds | other.run_seconds,
            tags=self.tags | other.tags,
        )


@dataclass(frozen=True)
class Verdict:
    """The genre that a model gives a recording.

    Attributes
    ----------
    probabilities : pd.Series
        By genre: the mean over the windows, calibrated by the model's temperature for so many.
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


def analyse(
    source: Source,
    models: Sequence[str],
    artifacts: Artifacts,
    blocks: Blocks = decoding.blocks,
    progress: Progress = silent,
    taggers: Sequence[str] = (),
) -> Analysis:
    """Run models of a benchmark on a recording, in memory that hardly grows with its length.

    Parameters
    ----------
    blocks
        Decodes, and takes ``notes``; `pipeline.untrusted.decoding.blocks` for what strangers send.
    progress
        Reports the seconds that are done.
    taggers
        Networks of `pipeline.backbones.networks` whose tags are wanted too.

    Raises
    ------
    AudioError
        If it cannot be read, or a verdict would mean nothing (silent, noise, under a second).
    ArtifactsError
        If a model does not exist, is damaged, or was trained on another version of its features.
    """
    lengths = artifacts.windows(models) | ({PATCHES: WINDOW_SECONDS} if taggers else {})
    runs = [_ModelRun(name, artifacts) for name in models]
    tags: dict[str, list[Array]] = {name: [] for name in taggers}
    notes: set[str] = set()
    decode = partial(blocks, source, notes=notes)
    recording = Passes(decode, lengths, taggers=taggers, notes=notes)
    kept: dict[str, list[Array]] = {}
    for seconds, rows in recording:
        due = [run for run in runs if lengths[run.features] == seconds]
        for group in _groups(rows):
            X = _stacked(group)
            for run in due:
                run.predict(group, X[run.features])
            for window in group:
                for name, probabilities in window.tags.items():
                    tags[name].append(probabilities)
            for name, windows in X.items():
                if windows.ndim == 2:  # sequences are large, and nothing needs them again
                    kept.setdefault(name, []).append(windows)
            progress("Analyse", group[-1].span[1], None)
    whole, findings = recording.examined()
    return Analysis(
        seconds=whole.seconds,
        findings=findings,
        mel_db=recording.picture(),
        mel_seconds=recording.pictured_seconds,
        predictions={run.model: run.predictions for run in runs},
        embeddings={run.model: run.embedding for run in runs},
        features={name: np.concatenate(parts) for name, parts in kept.items()},
        run_seconds={run.model: run.seconds for run in runs},
        tags={name: _mean_tags(name, parts) for name, parts in tags.items()},
    )


def verdict(analysis: Analysis, model: str, artifacts: Artifacts) -> Verdict:
    """The genre that a model gives a recording, from its `analyse`d windows."""
    card, windows = artifacts.model(model), analysis.predictions[model]
    raw = windows[artifacts.classes].mean()
    temperature = card.temperatures[int(length_class(len(windows)))]
    mean = pd.Series(tempered(raw.to_numpy(), temperature), raw.index)
    return Verdict(
        model=model,
        genre=str(mean.idxmax()),
        confidence=float(mean.max()),
        probabilities=mean,
        raw=raw,
        windows=windows,
    )


def predict(source: Source, model: str, artifacts: Artifacts) -> Verdict:
    """Verdict of one model on one recording; see `analyse` for what can go wrong."""
    return verdict(analyse(source, [model], artifacts), model, artifacts)


class _ModelRun:
    """One model at work on a recording."""

    def __init__(self, model: str, artifacts: Artifacts) -> None:
        card = artifacts.model(model)
        self.model, self.features, self.classes = model, card.trained_on, artifacts.classes
        self.classifier = artifacts.served(model)
        self.embeds = card.embeds and card.features == card.trained_on
        self.seconds = 0.0
        self._spans: list[Span] = []
        self._probabilities: list[Array] = []
        self._embeddings: list[Array] = []

    def predict(self, group: Sequence[Window], X: Array) -> None:
        """Classify some more windows, whose features are `X`."""
        start = time.perf_counter()
        probabilities, embeddings = self._answer(X)
        shared = sum(window.feature_seconds[self.features] for window in group)
        self.seconds += time.perf_counter() - start + shared
        self._spans += [window.span for window in group]
        self._probabilities.append(probabilities)
        self._embeddings.append(embeddings.sum(axis=0, keepdims=True))

    def _answer(self, X: Array) -> tuple[Array, Array]:
        if not self.embeds:
            return self.classifier.predict_proba(X), X
        return self.classifier.predict_with_embeddings(X)  # type: ignore[attr-defined]

    @property
    def predictions(self) -> pd.DataFrame:
        """As in `Analysis`."""
        spans = pd.DataFrame(self._spans, columns=["start", "end"])
        probabilities = pd.DataFrame(np.concatenate(self._probabilities), columns=self.classes)
        return pd.concat([spans, probabilities], axis=1)

    @property
    def embedding(self) -> Array:
        """Mean over the windows."""
        return np.concatenate(self._embeddings).sum(axis=0) / len(self._spans)


def _mean_tags(network: str, probabilities: Sequence[Array]) -> pd.Series:
    return pd.Series(np.mean(probabilities, axis=0), index=list(NETWORKS[network].tags))


def _groups(rows: Iterator[Window]) -> Iterator[list[Window]]:
    while group := list(islice(rows, WINDOWS_AT_ONCE)):
        yield group


def _stacked(group: Sequence[Window]) -> dict[str, Array]:
    """By feature set: an array with a row for each window."""
    return {name: np.stack([row.features[name] for row in group]) for name in group[0].features}
