"""What survives a rerun: opened artifacts, computed tables, and libraries loaded ahead of need."""

from __future__ import annotations

import gc
import logging
import os
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.artifacts.manifest import ALL_GENRES
from pipeline.artifacts.reader import ROOT, Artifacts, available
from pipeline.artifacts.verify import changed_files
from pipeline.datasets import track_paths
from pipeline.errors import ArtifactsError, AudioError
from pipeline.untrusted import decoding

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

logger = logging.getLogger(__name__)
FIRST = "gtzan"  # the benchmark that is shown at first, if it was built


def _identity(artifacts: Artifacts) -> tuple[str, str]:
    """What tables computed from artifacts are cached under."""
    return str(artifacts.folder), artifacts.manifest.created


_HASHES: dict[str | type[Any], Callable[[Any], Any]] = {Artifacts: _identity}


def artifacts(name: str) -> Artifacts:
    """Artifacts of a benchmark, opened once and again after a new build."""
    folder = ROOT / name
    return _open(folder, (folder / "manifest.json").stat().st_mtime_ns)


@st.cache_resource(max_entries=8, show_spinner=False)
def _open(folder: Path, built: int) -> Artifacts:
    return Artifacts(folder)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def leaderboard(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.leaderboard.leaderboard`."""
    from pipeline.evaluation.leaderboard import leaderboard

    return leaderboard(artifacts, protocol)


@st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)
def labelled_predictions(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.scores.labelled_predictions`."""
    from pipeline.evaluation.scores import labelled_predictions

    return labelled_predictions(artifacts, model, protocol)


@st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)
def per_genre(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.scores.per_genre`."""
    from pipeline.evaluation.scores import per_genre

    return per_genre(labelled_predictions(artifacts, model, protocol), artifacts.classes)


@st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)
def calibrated(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.calibration.calibrated`."""
    from pipeline.evaluation.calibration import calibrated

    return calibrated(labelled_predictions(artifacts, model, protocol), artifacts.classes)


@st.cache_data(max_entries=64, show_spinner="Scoring …", hash_funcs=_HASHES)
def compare(artifacts: Artifacts, models: tuple[str, ...], protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.comparison.compare`."""
    from pipeline.evaluation.comparison import compare

    return compare({model: labelled_predictions(artifacts, model, protocol) for model in models})


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=_HASHES)
def problems(artifacts: Artifacts) -> list[str]:
    """Files that are not the ones that the manifest describes."""
    return changed_files(artifacts)


def covariances(artifacts: Artifacts, features: str, genre: str = ALL_GENRES) -> pd.DataFrame:
    """Covariance of each two features of a set over the tracks of a genre, or all tracks.

    Returns
    -------
    pd.DataFrame [shape=(n_features, n_features)]
        NaN for a genre of one track.
    """
    table: Any = artifacts.summary(features, "relations")
    names = artifacts.manifest.features[features]["columns"]
    half = table[table["genre"] == genre].pivot(  # each pair is stored once
        index="feature", columns="other", values="covariance"
    )
    half = half.reindex(index=names, columns=names)
    return half.fillna(half.T)


def tested_models(artifacts: Artifacts, protocol: str) -> list[str]:
    """Models that were tested under a protocol, the best first."""
    return list(leaderboard(artifacts, protocol)["model"])


def contenders(artifacts: Artifacts, protocol: str) -> list[str]:
    """The same without the baselines."""
    models = tested_models(artifacts, protocol)
    return [name for name in models if name not in artifacts.baselines] or models


@st.cache_resource(max_entries=8, show_spinner=False)
def recordings(benchmark: str) -> dict[str, Path]:
    """Files of a benchmark's tracks, by track id: below the folder that GENRESCOPE_AUDIO names."""
    folder = os.environ.get("GENRESCOPE_AUDIO")
    return track_paths(benchmark, Path(folder)) if folder else {}


def warm_up() -> None:
    """Load in the background what the first verdict would wait for."""
    Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    try:
        decoding.warm_up()
        opened = artifacts(benchmarks()[0])
        if opened.manifest.live:
            models = tested_models(opened, opened.headline)
            _analyse_a_tone(models[:1], opened)  # the best is the one that visitors see first
            _analyse_a_tone(models, opened)
    except (ArtifactsError, AudioError, IndexError) as error:
        # Pages say what is wrong, or that nothing is built.
        logger.warning("Nothing was loaded ahead of the first visitor: %s", error)
    # Streamlit collects garbage after each run of a script, before it tells the browser that it
    # ended. Looking through all that was just loaded would take it more than half a second.
    gc.collect()
    gc.freeze()


def _analyse_a_tone(models: list[str], opened: Artifacts) -> None:
    import numpy as np

    from pipeline.audio.decoding import to_wav
    from pipeline.audio.windows import SAMPLE_RATE
    from pipeline.inference.predict import analyse

    t = np.arange(3 * SAMPLE_RATE, dtype=np.float32)
    analyse(to_wav(0.1 * np.sin(0.1 * t)), models, opened)


def benchmarks() -> list[str]:
    """Names of what was built, the one that is shown at first in front."""
    return sorted(available(), key=lambda name: name != FIRST)
