"""What survives a rerun: opened artifacts and computed tables."""

from __future__ import annotations

import os
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboard.kept import identity, kept
from pipeline.artifacts import imported
from pipeline.artifacts.music import noted
from pipeline.artifacts.places import ROOT, built, cache
from pipeline.artifacts.reader import Artifacts, available, open_folder
from pipeline.artifacts.verify import changed_files
from pipeline.datasets import track_paths

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pipeline.evaluation.slices import Slice

P = ParamSpec("P")
T = TypeVar("T")
FIRST = "gtzan"  # the benchmark that is shown at first, if it was built
MACRO_F1 = ("macro_f1", "macro_f1_low", "macro_f1_high")  # nothing where one genre is left


def artifacts(name: str) -> Artifacts:
    """Artifacts of a benchmark, opened once and again after a new build or import."""
    folder = built(ROOT)[name]
    return _open(folder, (folder / "manifest.json").stat().st_mtime_ns, imported.stamp(name))


@st.cache_resource(max_entries=8, show_spinner=False)
def _open(folder: Path, built: int, imports: tuple[tuple[str, int], ...]) -> Artifacts:
    return open_folder(folder)


@kept
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


def _sliced(compute: Callable[Concatenate[Slice | None, P], T]) -> Callable[P, T]:
    """Compute a table once from the part of the tracks that was chosen."""
    whole = kept(compute)

    @wraps(compute)
    def table(*args: P.args, **kwargs: P.kwargs) -> T:
        return whole(_slice.get(), *args, **kwargs)

    return table


@kept
def _labelled(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    from pipeline.evaluation.scores import labelled_predictions

    return labelled_predictions(artifacts, model, protocol)


@kept
def _calibrated(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    from pipeline.evaluation.calibration import calibrated_as_shown

    return calibrated_as_shown(artifacts, model, protocol, _labelled(artifacts, model, protocol))


@_sliced
def labelled_predictions(
    only: Slice | None, artifacts: Artifacts, model: str, protocol: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.scores.labelled_predictions`."""
    return _part(_labelled(artifacts, model, protocol), only, artifacts.tested_tracks(protocol))


@_sliced
def calibrated(only: Slice | None, artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.calibration.calibrated_predictions`; temperatures are of all."""
    return _part(_calibrated(artifacts, model, protocol), only, artifacts.tested_tracks(protocol))


def _part(table: pd.DataFrame, only: Slice | None, tracks: pd.DataFrame) -> pd.DataFrame:
    """Predictions on the tracks of a slice."""
    if only is None:
        return table
    left = tracks.loc[only.holds(tracks), "track_id"]
    return table[table["track_id"].isin(left)].reset_index(drop=True)


@_sliced
def leaderboard(only: Slice | None, artifacts: Artifacts, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.leaderboard.leaderboard`; no row where no track is left."""
    from pipeline.evaluation.leaderboard import leaderboard, leaderboard_of

    models = tested_models(artifacts, protocol)
    if not models:
        return leaderboard(artifacts, protocol).head(0)
    tables = {model: labelled_predictions(artifacts, model, protocol) for model in models}
    of = {model: calibrated(artifacts, model, protocol) for model in models}
    board = leaderboard_of(artifacts, tables, of)
    of_one = only is not None and tables[models[0]]["genre"].nunique() == 1
    return board.assign(**dict.fromkeys(MACRO_F1, float("nan"))) if of_one else board


@_sliced
def per_genre(only: Slice | None, artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.scores.per_genre`."""
    from pipeline.evaluation.scores import per_genre
    from pipeline.evaluation.slice_scores import meaningful

    scores = per_genre(labelled_predictions(artifacts, model, protocol), artifacts.classes)
    return scores if only is None else meaningful(scores)


@kept
def answers(artifacts: Artifacts, model: str) -> pd.DataFrame:
    """See `pipeline.evaluation.decision.answers`."""
    from pipeline.evaluation.decision import answers

    return answers(artifacts, model)


@kept
def doubts(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.open_set.doubts`."""
    from pipeline.evaluation.open_set import doubts

    return doubts(artifacts, model, protocol)


@kept
def separations(artifacts: Artifacts, model: str, protocol: str) -> pd.DataFrame:
    """See `pipeline.evaluation.open_set.separations`."""
    from pipeline.evaluation.open_set import separations

    return separations(doubts(artifacts, model, protocol))


@kept
def kinds(artifacts: Artifacts, model: str, protocol: str) -> pd.Series:
    """What each of these tracks would be called; see `pipeline.evaluation.open_set.kinds`."""
    from pipeline.evaluation.open_set import kinds

    known = answers(artifacts, model)
    return kinds(doubts(artifacts, model, protocol), known[~known["elsewhere"]])


@_sliced
def compare(
    only: Slice | None, artifacts: Artifacts, models: tuple[str, ...], protocol: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.comparison.compare`; without models whose folds are unknown."""
    from pipeline.evaluation.comparison import comparable, compare

    known = comparable(artifacts, models, protocol)
    return compare({model: labelled_predictions(artifacts, model, protocol) for model in known})


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


@_sliced
def suspected_labels(
    only: Slice | None, artifacts: Artifacts, models: tuple[str, ...], protocol: str
) -> pd.DataFrame:
    """See `pipeline.evaluation.label_errors.suspected_labels`."""
    from pipeline.evaluation.label_errors import suspected_labels

    tables = {model: calibrated(artifacts, model, protocol) for model in models}
    return suspected_labels(tables, artifacts.classes)


@kept
def problems(artifacts: Artifacts) -> list[str]:
    """Files that are not the ones that the manifest describes."""
    return changed_files(artifacts)


@_sliced
def tested_models(only: Slice | None, artifacts: Artifacts, protocol: str) -> list[str]:
    """Models that were tested under a protocol, the best first."""
    from pipeline.evaluation.leaderboard import ranked

    return ranked({n: labelled_predictions(artifacts, n, protocol) for n in artifacts.models})


def contenders(artifacts: Artifacts, protocol: str) -> list[str]:
    """The same without the baselines."""
    models = tested_models(artifacts, protocol)
    return [name for name in models if name not in artifacts.baselines] or models


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={Artifacts: identity})
def recordings(artifacts: Artifacts) -> dict[str, Path]:
    """Files of a benchmark's tracks that the server has, by track id.

    They are below the folder that GENRESCOPE_AUDIO names, or where they were when it was built.
    """
    benchmark, folder = artifacts.manifest.benchmark, os.environ.get("GENRESCOPE_AUDIO")
    named = track_paths(benchmark, Path(folder)) if folder else {}
    return named or noted(cache(), benchmark)


def benchmarks() -> list[str]:
    """Names of what was built, the one that is shown at first in front."""
    return sorted(available(), key=lambda name: name != FIRST)
