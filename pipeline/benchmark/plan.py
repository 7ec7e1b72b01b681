"""What all models of a benchmark share: tracks, classes, folds and examples."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.errors import DatasetError
from pipeline.evaluation.scores import RESERVED
from pipeline.models import Examples
from pipeline.protocols import headline, robustness_protocol, tests_elsewhere
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.benchmark.cost import Cost
    from pipeline.datasets import Rows, Table, Track
    from pipeline.models import Model
    from pipeline.protocols import Protocol

MAP_STEPS = 1000  # of t-SNE
UNUSED = -2  # in place of a fold's number: the row takes no part in the protocol
Folds: TypeAlias = npt.NDArray[np.int64]


def wanted(models: Sequence[Model]) -> set[str]:
    """Feature sets that models are trained on or take."""
    return {name for model in models for name in (model.features, model.input_features)}


def suited(models: Sequence[Model], table: Table) -> list[Model]:
    """Models that can be trained on a table.

    Those for any statistics take the table's first feature set if theirs is not there. Those that
    need more columns than there are are left out.
    """
    first = next(iter(table.rows))
    possible = [
        model if model.features in table.rows else replace(model, features=first)
        for model in models
        if model.any_table or {model.features, model.input_features} <= set(table.rows)
    ]
    return [m for m in possible if table.rows[m.features].X.shape[-1] >= m.least_columns]


@dataclass(frozen=True)
class Scope:
    """How much a build does; by default all there is.

    Attributes
    ----------
    models
        Those that are trained; none: all that suit the data.
    distortions
        Whether recordings are also tested distorted.
    costs
        What predictions of models cost, by name, as far as it is known; it is measured of others.
    tables
        ``tables(plan)``: further tables of the artifacts, by the name of their file; they are made
        while models are trained. None: there are none.
    map_steps
        Of t-SNE, see `pipeline.benchmark.summary.positions`.
    """

    models: tuple[Model, ...] = ()
    distortions: bool = True
    costs: Mapping[str, Cost] = field(default_factory=dict)
    tables: Callable[[BenchmarkPlan], Mapping[str, pd.DataFrame]] | None = None
    map_steps: int = MAP_STEPS


@dataclass(frozen=True)
class BenchmarkPlan:
    """What all models of a build share.

    Attributes
    ----------
    tracks
        The dataset's, with ``fold_<protocol>`` for each protocol that divides tracks.
    protocols
        Those that apply, by name.
    folds
        By feature set, by protocol: fold of each row.
    examples
        By feature set.
    elsewhere
        A second collection that models are asked about, if there is one.
    """

    tracks: pd.DataFrame
    classes: list[str]
    protocols: dict[str, Protocol]
    folds: dict[str, dict[str, Folds]]
    examples: dict[str, Examples]
    table: Table
    elsewhere: Table | None = None

    @classmethod
    def of(
        cls,
        table: Table,
        protocols: Sequence[Protocol],
        models: Sequence[Model],
        elsewhere: Table | None = None,
    ) -> BenchmarkPlan:
        """Divide a table's tracks by every protocol that applies.

        Raises
        ------
        DatasetError
            If there is one genre only, a genre has the name of a column, or no protocol applies.
        """
        classes = sorted(table.tracks["genre"].unique())
        _check(classes)
        tracks = _divided(table.tracks, protocols)
        sets = sorted(wanted(models))
        folds = {name: _folds(table.rows[name], tracks, protocols) for name in sets}
        applied = {
            p.name: p
            for p in protocols
            if any(p.name in f for f in folds.values()) or (elsewhere and tests_elsewhere(p))
        }
        y = pd.Categorical(tracks["genre"], classes).codes.astype(np.int64)
        artist = pd.factorize(tracks["artist"])[0]
        examples = {
            name: Examples(rows.X, y[rows.track], rows.track, artist[rows.track])
            for name, rows in table.rows.items()
            if name in sets
        }
        return cls(tracks, classes, applied, folds, examples, table, elsewhere)

    @property
    def left_out(self) -> dict[str, str]:
        """Recordings of both collections that could not be read, and why."""
        return {**self.table.left_out, **(self.elsewhere.left_out if self.elsewhere else {})}

    @property
    def elsewhere_protocol(self) -> str | None:
        """Protocol that tests on the second collection."""
        return next((name for name, p in self.protocols.items() if tests_elsewhere(p)), None)

    def examples_elsewhere(self, features: str) -> Examples | None:
        """Windows of the second collection, whose true class is not needed."""
        if self.elsewhere is None:
            return None
        rows = self.elsewhere.rows[features]
        return Examples(rows.X, np.zeros_like(rows.track), rows.track, rows.track)

    def live(self, features: str) -> bool:
        """Whether a set can be computed from a visitor's recording in windows as here."""
        return self.window_seconds(features) is not None

    def window_seconds(self, features: str) -> float | None:
        """Length of a set's windows; None if it cannot be computed from audio like that.

        What was computed of sound at any loudness is not like that: models learn from it that quiet
        music is classical, and a visitor's volume would decide.
        """
        rows = self.table.rows[features]
        computed = lookup("pipeline.features", "FEATURES", features).compute is not None
        return rows.seconds if computed and rows.levelled else None

    @property
    def headline(self) -> str:
        """Protocol whose predictions calibrate and explain."""
        return headline(self.protocols)

    @property
    def robustness_protocol(self) -> str:
        """Protocol whose first fold is also tested on distorted recordings."""
        return robustness_protocol(self.protocols)


def check(tracks: Sequence[Track], protocols: Sequence[Protocol]) -> None:
    """Raise a `DatasetError` if `BenchmarkPlan.of` would: before the expensive work."""
    table = pd.DataFrame([track.described() for track in tracks])
    _check(sorted(table["genre"].unique()))
    _divided(table, protocols)


def _divided(tracks: pd.DataFrame, protocols: Sequence[Protocol]) -> pd.DataFrame:
    """Tracks with their fold under each protocol that divides tracks and applies."""
    possible = {p.name: p.folds(tracks) for p in protocols if p.unit == "track"}
    folds = {f"fold_{name}": series for name, series in possible.items() if series is not None}
    if not folds:
        raise DatasetError(
            "No protocol applies: there is no published split, and fewer than two genres have the "
            "five artists or ten tracks that folds need. Add recordings by other artists."
        )
    return tracks.assign(**folds)


def _check(classes: list[str]) -> None:
    if len(classes) < 2:
        raise DatasetError(f"A classifier needs two genres or more; the data has {classes}.")
    if taken := RESERVED & set(classes):
        raise DatasetError(
            f"A genre cannot be called {min(taken)!r}, which is a column of the tables. Rename it."
        )


def _folds(rows: Rows, tracks: pd.DataFrame, protocols: Sequence[Protocol]) -> dict[str, Folds]:
    """By protocol: fold of each row of a feature set; `UNUSED` where it takes no part."""
    windows = tracks.iloc[rows.track].reset_index(drop=True)
    of = {
        p.name: p.folds(windows) if p.unit == "window" else windows.get(f"fold_{p.name}")
        for p in protocols
    }
    numbers = {
        name: fold.fillna(UNUSED).to_numpy(dtype=np.int64)
        for name, fold in of.items()
        if fold is not None
    }
    return {name: fold for name, fold in numbers.items() if (fold >= 0).any()}
