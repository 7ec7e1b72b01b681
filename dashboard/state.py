"""What survives a rerun: opened artifacts, computed tables, and libraries loaded ahead of need."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.artifacts import ROOT, Artifacts, available

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

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
    """See `pipeline.evaluate.leaderboard`."""
    from pipeline.evaluate import leaderboard

    return leaderboard(artifacts, protocol)


@st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)
def answers(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluate.answers`."""
    from pipeline.evaluate import answers

    return answers(artifacts, model, protocol)


@st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)
def per_genre(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluate.per_genre`."""
    from pipeline.evaluate import per_genre

    return per_genre(answers(artifacts, model, protocol), artifacts.classes)


@st.cache_data(max_entries=256, show_spinner="Scoring …", hash_funcs=_HASHES)
def calibrated(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluate.calibrated`."""
    from pipeline.evaluate import calibrated

    return calibrated(answers(artifacts, model, protocol), artifacts.classes)


@st.cache_data(max_entries=64, show_spinner="Scoring …", hash_funcs=_HASHES)
def compare(artifacts: Artifacts, models: tuple[str, ...], protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluate.compare`."""
    from pipeline.evaluate import compare

    return compare({model: answers(artifacts, model, protocol) for model in models})


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=_HASHES)
def problems(artifacts: Artifacts) -> list[str]:
    """Files that are not the ones that the manifest describes."""
    return artifacts.changed()


def asked(artifacts: Artifacts, protocol: str) -> list[str]:
    """Models that a protocol asked, the best first."""
    return list(leaderboard(artifacts, protocol)["model"])


def contenders(artifacts: Artifacts, protocol: str) -> list[str]:
    """The same without the floors, which look at nothing."""
    models = asked(artifacts, protocol)
    return [name for name in models if name not in artifacts.floors] or models


@st.cache_resource(max_entries=8, show_spinner=False)
def recordings(benchmark: str) -> dict[str, Path]:
    """Where the tracks of a benchmark can be heard: below the folder GENRESCOPE_AUDIO names."""
    folder = os.environ.get("GENRESCOPE_AUDIO")
    if not folder:
        return {}
    from pipeline.errors import DatasetError
    from pipeline.registry import lookup

    try:
        found = lookup("pipeline.datasets", "DATASET", benchmark).tracks(Path(folder))
    except DatasetError:
        return {}  # the folder holds another dataset
    return {track.track_id: track.path for track in found} if isinstance(found, list) else {}


def warm_up() -> None:
    """Load in the background what the first verdict would wait for."""
    Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    import numpy as np

    from pipeline import guarded
    from pipeline.audio import SAMPLE_RATE, to_wav
    from pipeline.errors import ArtifactsError
    from pipeline.predict import listen

    guarded.warm_up()
    tone = to_wav(0.1 * np.sin(0.1 * np.arange(3 * SAMPLE_RATE, dtype=np.float32)))
    try:
        opened = artifacts(benchmarks()[0])
        if opened.manifest.live:
            models = list(leaderboard(opened, opened.strictest)["model"])
            listen(tone, models[:1], opened)  # the best is asked for first
            listen(tone, models, opened)
    except (ArtifactsError, IndexError):
        pass  # the pages say what is wrong, or that nothing is built
    # Streamlit collects garbage after each run of a script, before it tells the browser that it
    # ended. Looking through all that was just loaded would take it more than half a second.
    gc.collect()
    gc.freeze()


def benchmarks() -> list[str]:
    """Names of what was built, the one that is shown at first in front."""
    return sorted(available(), key=lambda name: name != FIRST)
