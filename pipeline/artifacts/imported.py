"""Predictions of other people's models: kept apart from the artifacts, read beside them.

``GENRESCOPE_HOME/predictions/<benchmark>/<name>/`` holds ``import.json``, written last, and one
table like ``predictions.parquet`` of a model that was built, whose hash is in ``import.json``.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pipeline.artifacts.manifest import ModelCard
from pipeline.artifacts.places import home, make
from pipeline.errors import ArtifactsError
from pipeline.files import atomic, file_hash, write_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

FACTS = "import.json"
KEYS = ["protocol", "track_id", "window", "windows", "fold"]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
UNKNOWN = float("nan")  # what training and serving cost


@dataclass(frozen=True)
class Imported:
    """Predictions of a model that was trained by others.

    Attributes
    ----------
    predictions
        `KEYS` and a probability for each class; 1 for the genre where only that was given. ``fold``
        is missing where it is not known.
    genres_only, folds_unknown
        See `pipeline.artifacts.manifest.ModelCard`.
    digest
        Changes with the predictions.
    held
        Whether they are held in a visitor's session only.
    """

    title: str
    predictions: pd.DataFrame
    genres_only: list[str]
    folds_unknown: list[str]
    digest: str
    held: bool = False

    @property
    def card(self) -> ModelCard:
        """Facts like those of a model that was built; its title says that it was not."""
        counts = self.predictions["protocol"].value_counts()
        return ModelCard(
            title=f"{self.title} (not verified here)",
            library=None,
            format=None,
            baseline=False,
            embeds=False,
            features="",
            trained_on="",
            file="",
            params={},
            facts={},
            temperatures=[],
            n_predictions={str(protocol): int(n) for protocol, n in counts.items()},
            fit_seconds=UNKNOWN,
            clip_seconds=UNKNOWN,
            peak_bytes=UNKNOWN,
            file_bytes=UNKNOWN,
            verified=False,
            genres_only=self.genres_only,
            folds_unknown=self.folds_unknown,
        )


def names(benchmark: str) -> list[str]:
    """Names of the models whose predictions were imported for a benchmark."""
    return sorted(path.parent.name for path in _place(benchmark).glob(f"*/{FACTS}"))


def stamp(benchmark: str) -> tuple[tuple[str, int], ...]:
    """Name and time of each import: another one after every change."""
    paths = ((name, _place(benchmark) / name / FACTS) for name in names(benchmark))
    return tuple((name, path.stat().st_mtime_ns) for name, path in paths)


def read(benchmark: str, name: str, classes: Sequence[str], tracks: pd.DataFrame) -> Imported:
    """Predictions that were imported.

    Parameters
    ----------
    classes, tracks
        Of the benchmark, see `pipeline.artifacts.reader.Artifacts`.

    Raises
    ------
    ArtifactsError
        If they are damaged, or the benchmark was built anew since and has other classes or folds.
    """
    import pandas as pd

    path = _place(benchmark) / name / FACTS
    remove = f"python -m pipeline remove-predictions {benchmark} {name}"
    cure = f"Remove it, then import it again: {remove}"
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        table = path.with_name(facts.pop("file"))
        whole = file_hash(table) == facts["digest"]
        found = Imported(predictions=pd.read_parquet(table), **facts) if whole else None
        fits = found is not None and _fits(found, classes, tracks)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ArtifactsError(
            f"The import {path.parent} cannot be read ({error}). {cure}"
        ) from error
    if found is None:
        raise ArtifactsError(f"{table} is not the file that {FACTS} describes. {cure}")
    if not fits:
        raise ArtifactsError(
            f"{name} was imported for another build of {benchmark}, with other genres, tracks or"
            f" folds. {cure}"
        )
    return found


def keep(benchmark: str, name: str, new: Imported) -> Path:
    """Write predictions in place of those that have the name; the old ones stay until the end.

    Returns
    -------
    Path
        The folder that holds them.
    """
    folder = _place(benchmark) / name
    make(folder)
    table = folder / f"{uuid4().hex}.parquet"
    with atomic(table) as passing:
        write_parquet(new.predictions, passing, KEYS)
    facts = {
        "title": new.title,
        "genres_only": new.genres_only,
        "folds_unknown": new.folds_unknown,
        "file": table.name,
        "digest": file_hash(table),
    }
    with atomic(folder / FACTS) as passing:
        passing.write_text(f"{json.dumps(facts, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
    for other in set(folder.glob("*.parquet")) - {table}:
        other.unlink()
    return folder


def merged(old: Imported, new: Imported) -> Imported:
    """Both; of a protocol that both have, what is new."""
    import pandas as pd

    again = set(new.predictions["protocol"])
    others = old.predictions[~old.predictions["protocol"].isin(again)]
    return Imported(
        title=new.title,
        predictions=pd.concat([others, new.predictions], ignore_index=True),
        genres_only=[*(p for p in old.genres_only if p not in again), *new.genres_only],
        folds_unknown=[*(p for p in old.folds_unknown if p not in again), *new.folds_unknown],
        digest=new.digest,
    )


def remove(benchmark: str, name: str) -> None:
    """Delete what was imported; an `ArtifactsError` lists what there is."""
    if name not in names(benchmark):
        there = ", ".join(names(benchmark)) or "none"
        raise ArtifactsError(
            f"No predictions called {name!r} were imported for {benchmark}. There are: {there}."
        )
    shutil.rmtree(_place(benchmark) / name)


def _place(benchmark: str) -> Path:
    return home() / "predictions" / benchmark


def _fits(found: Imported, classes: Sequence[str], tracks: pd.DataFrame) -> bool:
    """Whether tracks, folds and classes are those of the benchmark."""
    if list(found.predictions.columns) != [*KEYS, *classes]:
        return False
    parts = found.predictions.groupby("protocol")
    return all(_is_split(part, str(name), found, tracks) for name, part in parts)


def _is_split(part: pd.DataFrame, protocol: str, found: Imported, tracks: pd.DataFrame) -> bool:
    column = f"fold_{protocol}"
    if column not in tracks:
        return False
    due = tracks[tracks[column] >= 0].set_index("track_id")[column]
    given = part.set_index("track_id")["fold"]
    if set(given.index) != set(due.index):
        return False
    return protocol in found.folds_unknown or bool((given == due.loc[given.index]).all())
