"""Features of any recordings as tables, a frame a file, streamed to CSV, JSON or Parquet."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

import numpy as np
import pandas as pd

from pipeline.audio import windows
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.errors import PipelineError
from pipeline.extraction.extract import of_whole, of_windows, stream_features
from pipeline.extraction.recordings import path_text
from pipeline.features.fma518 import multiindex
from pipeline.files import atomic
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.extraction.extract import Features
    from pipeline.features import FeatureSet


ROW_GROUP_SIZE = 4096  # together in a group of a Parquet file, at least


def chosen(names: Sequence[str], whole: bool) -> list[FeatureSet]:
    """Feature sets that can stand side by side in a table; a `PipelineError` says why not."""
    unique = dict.fromkeys(names)
    sets: list[FeatureSet] = [lookup("pipeline.features", "FEATURES", name) for name in unique]
    for features in sets:
        features.required_compute()
    sequences = [s.name for s in sets if s.frames]
    if whole and sequences:
        raise PipelineError(
            f"{sequences[0]} is a sequence of a window's frames, and has no row for a whole track."
            " Use --per window, or choose a set of statistics."
        )
    if len({s.frames for s in sets}) > 1:
        kinds = ", ".join(f"{s.name} ({s.frames or 1})" for s in sets)
        raise PipelineError(
            f"These sets have different numbers of rows for a window: {kinds}. They cannot stand"
            " side by side; write one table for each."
        )
    return sets


def columns(sets: Sequence[FeatureSet]) -> list[str]:
    """Names of the sets' columns; one that several sets have is preceded by its set's name."""
    every = [name for s in sets for name in s.names]
    shared = {name for name in every if every.count(name) > 1} if len(sets) > 1 else set()
    return [f"{s.name}.{name}" if name in shared else name for s in sets for name in s.names]


def frames(
    paths: Sequence[Path],
    sets: Sequence[FeatureSet],
    cache: Path,
    jobs: int,
    whole: bool,
    raw: bool = False,
) -> Iterator[tuple[Path, pd.DataFrame | str]]:
    """Table of each file in turn, or the sentence that says why there is none.

    Parameters
    ----------
    raw
        Whether the sound stays as loud as it is.

    Yields
    ------
    path
    table : pd.DataFrame
        A row a window: ``path, start, end`` and the sets' columns; of sequences a row a frame, with
        its number in ``frame``. If `whole`, one row: ``path, seconds`` and the columns.
    """
    make, compute, folder = (
        (_whole, of_whole, "tracks") if whole else (_windows, of_windows, "features")
    )
    if raw:
        compute, cache = partial(compute, raw=True), cache / "raw"
    found = stream_features(paths, [s.name for s in sets], cache / folder, jobs, compute)
    for path, features in zip(paths, found, strict=True):
        yield path, features if isinstance(features, str) else make(path, features, sets)


def _whole(path: Path, found: Features, sets: Sequence[FeatureSet]) -> pd.DataFrame:
    values = np.concatenate([found.sets[s.name] for s in sets])
    return _side_by_side({"seconds": [found.seconds]}, path, values[np.newaxis], sets)


def _windows(path: Path, found: Features, sets: Sequence[FeatureSet]) -> pd.DataFrame:
    values = np.concatenate([found.sets[s.name] for s in sets], axis=-1)
    spans = windows.spans(round(found.seconds * SAMPLE_RATE))
    lead = {"start": spans[:, 0], "end": spans[:, 1]}
    if n_frames := sets[0].frames:  # (windows, frames, columns)
        lead = {name: np.repeat(column, n_frames) for name, column in lead.items()}
        lead["frame"] = np.tile(np.arange(n_frames), len(spans))
        values = values.reshape(-1, values.shape[-1])
    return _side_by_side(lead, path, values, sets)


def _side_by_side(
    lead: dict[str, list[float]] | dict[str, np.ndarray],
    path: Path,
    values: np.ndarray,
    sets: Sequence[FeatureSet],
) -> pd.DataFrame:
    left = pd.DataFrame({"path": path_text(path)} | lead, index=range(len(values)))
    return pd.concat([left, pd.DataFrame(values, columns=columns(sets))], axis=1)


def as_fma(table: pd.DataFrame) -> pd.DataFrame:
    """The table with FMA's three lines of column names, and the path in place of a track's id."""
    table = table.drop(columns="seconds").set_index("path")
    return table.set_axis(multiindex(list(table.columns)), axis=1)


def write(tables: Iterable[pd.DataFrame], form: str, target: Path | TextIO) -> None:
    """Write tables below each other as they come.

    Parameters
    ----------
    form
        ``"csv"``, ``"json"`` (one object a line), or ``"parquet"``, which needs a path.
    target
        A file appears under its name when it is complete, and not at all if there are no tables.
    """
    if not isinstance(target, Path):
        for text in TEXTS[form](tables):
            target.write(text)
            target.flush()
        return
    with atomic(target, "Choose another --output.") as passing, passing.open("wb") as file:
        if form == "parquet":
            _parquet(tables, file)
            return
        for text in TEXTS[form](tables):
            file.write(text.encode())


def _csv(tables: Iterable[pd.DataFrame]) -> Iterator[str]:
    for n, table in enumerate(tables):
        # FMA's form has its track in the index; other tables have a mere count there.
        named = table.index.name is not None
        yield table.to_csv(header=not n, index=named, lineterminator="\n")


def _json(tables: Iterable[pd.DataFrame]) -> Iterator[str]:
    for table in tables:
        rows = table.to_dict("records")
        yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


TEXTS = {"csv": _csv, "json": _json}


def _parquet(tables: Iterable[pd.DataFrame], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    writer = None
    for group in _grouped(tables):
        table = pa.Table.from_pandas(group, preserve_index=False)
        writer = writer or ParquetWriter(file, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()


def _grouped(tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Tables put together until there are enough rows."""
    held: list[pd.DataFrame] = []
    for table in tables:
        held.append(table)
        if sum(map(len, held)) >= ROW_GROUP_SIZE:
            yield pd.concat(held, ignore_index=True)
            held = []
    if held:
        yield pd.concat(held, ignore_index=True)
