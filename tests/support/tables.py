"""Reading and checking data sets that come as tables, and what the documentation says of them."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.datasets import (
    Table,
)
from pipeline.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.datasets import Dataset

DOCS = Path(__file__).parents[2] / "docs" / "data.md"
COLUMNS = ["track_id", "genre", "artist", "title", "split", "fault"]
SPLIT_IS_KNOWN = {"train", "valid", "test"}


def write(path: Path, *rows: Sequence[object]) -> Path:
    """Write a CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """Read a compressed CSV as it stands."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(dataset: Dataset, root: Path) -> Table:
    """Read a data set that must come as a table, and check what every table must be."""
    found = dataset.tracks(root)
    assert isinstance(found, Table)
    assert list(found.tracks.columns[: len(COLUMNS)]) == COLUMNS
    ids = list(found.tracks["track_id"])
    assert ids == sorted(set(ids))
    assert set(found.tracks["split"].dropna()) <= SPLIT_IS_KNOWN
    assert not found.tracks.drop(columns="split").isna().any(axis=None)
    assert (found.tracks["artist"] != "").all()
    for name, rows in found.rows.items():
        assert len(rows.X) == len(rows.track) > 0
        assert rows.X.dtype == np.float32
        assert rows.track.dtype == np.int64
        assert np.isfinite(rows.X).all()
        assert (np.diff(rows.track) >= 0).all()
        assert rows.track.max() < len(ids)
        if name != "taggram":
            check_range(name, rows.X)
    assert all(note.endswith(".") for note in found.notes)
    return found


def check_range(name: str, X: np.ndarray) -> None:
    """Published numbers are in the set's columns and within what the columns say they are."""
    columns = lookup("pipeline.features", "FEATURES", name).columns
    assert X.shape[1] == len(columns)
    for column, values in zip(columns, X.T, strict=True):
        assert column.low - 1e-6 <= values.min(), column.name
        assert values.max() <= column.high + 1e-6, column.name


def genres(found: Table) -> dict[str, int]:
    """Number of tracks by genre."""
    return dict(Counter(found.tracks["genre"]))


def documentation() -> str:
    """docs/data.md on one line."""
    return " ".join(DOCS.read_text(encoding="utf-8").split())


def cells(header: str) -> dict[str, list[str]]:
    """Cells of the table below a header of docs/data.md, by first cell."""
    lines = DOCS.read_text(encoding="utf-8").split(header)[1].splitlines()[2:]
    rows = [line.strip("|").split("|") for line in lines[: lines.index("")]]
    return {name.strip(): [cell.strip() for cell in rest] for name, *rest in rows}


def documented(header: str) -> dict[str, list[int]]:
    """Numbers of the table below a header of docs/data.md, by first cell."""
    return {name: [int(n.replace(",", "")) for n in rest] for name, rest in cells(header).items()}


def lay_out(root: Path, *names: str) -> Path:
    """Make empty files."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root
