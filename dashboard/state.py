"""What survives a rerun: opened artifacts, computed tables, and libraries loaded ahead of need."""

from __future__ import annotations

import gc
import logging
import os
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

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

    from pipeline.evaluation.slices import Slice

P = ParamSpec("P")
logger = logging.getLogger(__name__)
FIRST = "gtzan"  # the benchmark that is shown at first, if it was built
MACRO_F1 = ("macro_f1", "macro_f1_low", "macro_f1_high")  # nothing where one genre is left


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
def tested_tracks(artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """Facts of the tracks that were tested under a protocol, a row a track."""
    models = artifacts.models
    most = max(models, key=lambda name: models[name].n_predictions.get(protocol, 0))
    tracks = artifacts.tested_tracks(protocol)
    return tracks[tracks["track_id"].isin(artifacts.predictions(most, protocol)["track_id"])]


_slice: ContextVar[Slice | None] = ContextVar("slice", default=None)


def narrow(only: Slice | None) -> None:
    """From now on in this run of the script, compute the tables below from a part of the tracks."""
    _slice.set(only)


def narrowed_to() -> Slice | None:
    """The part of the tracks that tables are computed from; None: all."""
    return _slice.get()


def _narrowed(artifacts: Artifacts, protocol: str, only: Slice | None) -> Artifacts:
    from pipeline.evaluation.slices import Narrowed

    if only is None:
        return artifacts
    tracks = artifacts.tested_tracks(protocol)
    return Narrowed(artifacts, tracks.loc[only.holds(tracks), "track_id"])


def _sliced(
    compute: Callable[Concatenate[Slice | None, P], pd.DataFrame],
) -> Callable[P, pd.DataFrame]:
    """Cache a table of predictions, and compute it from the part of the tracks that was chosen."""
    cached = st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)(compute)

    @wraps(compute)
    def table(*args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        return cached(narrowed_to(), *args, **kwargs)

    return table


@_sliced
def leaderboard(only: Slice | None, artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.leaderboard.leaderboard`; no row where no track is left."""
    from pipeline.evaluation.leaderboard import leaderboard
    from pipeline.evaluation.scores import ece

    if only is None:
        return leaderboard(artifacts, protocol)
    part = _narrowed(artifacts, protocol, only)
    if not any(len(part.predictions(model, protocol)) for model in artifacts.models):
        return leaderboard(artifacts, protocol).head(0)
    board = leaderboard(part, protocol)
    errors = [ece(calibrated(artifacts, model, protocol)) for model in board["model"]]
    board = board.assign(ece_calibrated=errors)
    tracks = artifacts.tested_tracks(protocol)
    of_one = tracks.loc[only.holds(tracks), "genre"].nunique() == 1
    return board.assign(**dict.fromkeys(MACRO_F1, float("nan"))) if of_one else board


@_sliced
def labelled_predictions(
    only: Slice | None, artifacts: Artifacts, model: str, protocol: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.scores.labelled_predictions`."""
    from pipeline.evaluation.scores import labelled_predictions

    return labelled_predictions(_narrowed(artifacts, protocol, only), model, protocol)


@_sliced
def per_genre(only: Slice | None, artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.scores.per_genre`."""
    from pipeline.evaluation.scores import per_genre
    from pipeline.evaluation.slice_scores import meaningful

    scores = per_genre(labelled_predictions(artifacts, model, protocol), artifacts.classes)
    return scores if only is None else meaningful(scores)


@_sliced
def calibrated(only: Slice | None, artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.calibration.calibrated_predictions`; temperatures are of all."""
    from pipeline.evaluation.calibration import calibrated_predictions

    every = calibrated_predictions(artifacts, model, protocol)
    left = _narrowed(artifacts, protocol, only).predictions(model, protocol)["track_id"]
    return every[every["track_id"].isin(left)].reset_index(drop=True)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def answers(artifacts: Artifacts, model: str) -> pd.DataFrame:
    """See `pipeline.evaluation.decision.answers`."""
    from pipeline.evaluation.decision import answers

    return answers(artifacts, model)


@st.cache_data(max_entries=64, show_spinner="Scoring …", hash_funcs=_HASHES)
def doubts(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.open_set.doubts`."""
    from pipeline.evaluation.open_set import doubts

    return doubts(artifacts, model, protocol)


@st.cache_data(max_entries=64, show_spinner="Scoring …", hash_funcs=_HASHES)
def kinds(artifacts: Artifacts, model: str, protocol: str) -> pd.Series:
    """What each of these tracks would be called; see `pipeline.evaluation.open_set.kinds`."""
    from pipeline.evaluation.open_set import kinds

    known = answers(artifacts, model)
    return kinds(doubts(artifacts, model, protocol), known[~known["elsewhere"]])


@_sliced
def compare(
    only: Slice | None, artifacts: Artifacts, models: tuple[str, ...], protocol: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.comparison.compare`."""
    from pipeline.evaluation.comparison import compare

    return compare({model: labelled_predictions(artifacts, model, protocol) for model in models})


@_sliced
def by_bin(
    only: Slice | None, artifacts: Artifacts, model: str, protocol: str, column: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.slice_scores.by_bin`."""
    from pipeline.evaluation.slice_scores import by_bin

    table = labelled_predictions(artifacts, model, protocol)
    return by_bin(table, artifacts.tested_tracks(protocol), column)


@_sliced
def weak_slices(
    only: Slice | None, artifacts: Artifacts, model: str, protocol: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.weak_slices.weak_slices`."""
    from pipeline.evaluation.weak_slices import weak_slices

    table = labelled_predictions(artifacts, model, protocol)
    return weak_slices(table, artifacts.tested_tracks(protocol))


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
