"""Tables written as CSV, JSON and Parquet."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import PipelineError
from pipeline.extraction import export

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def all_tables(songs: list[Path], cache: Path, names: list[str], whole: bool = False) -> list[Any]:
    return [t for _, t in export.frames(songs, export.chosen(names, whole), cache, 1, whole)]


def test_csv_and_json_hold_the_numbers(songs: list[Path], tmp_path: Path) -> None:
    """One head line, then all rows; read back, the float32 numbers are the same."""
    found = all_tables(songs, tmp_path, ["level"])
    expected = pd.concat(found, ignore_index=True)
    as_csv, as_json = io.StringIO(), io.StringIO()
    export.write(found, "csv", as_csv)
    export.write(found, "json", as_json)
    in_csv = pd.read_csv(io.StringIO(as_csv.getvalue()))
    in_json = pd.DataFrame([json.loads(line) for line in as_json.getvalue().splitlines()])
    types = expected.dtypes.to_dict()
    for back in (in_csv, in_json):
        pd.testing.assert_frame_equal(back.astype(types), expected, check_exact=True)


@pytest.mark.parametrize("rows", [1, 2, 4096])
def test_parquet_holds_the_table(
    songs: list[Path], tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one group of rows or several, the file is the table with its types."""
    monkeypatch.setattr(export, "ROW_GROUP_SIZE", rows)
    found = all_tables(songs, tmp_path, ["steps"])
    export.write(found, "parquet", tmp_path / "out.parquet")
    back = pd.read_parquet(tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(back, pd.concat(found, ignore_index=True), check_exact=True)


def test_fma_header_is_read_as_fma_reads_it(songs: list[Path], tmp_path: Path) -> None:
    """Three levels of columns with FMA's names, and the path in place of the track's id."""
    (tmp_path / "out.csv").touch()
    names = ("mfcc.mean.01", "mfcc.mean.02", "zcr.std.01")
    frame = pd.DataFrame(
        {"path": ["a,b.wav"], "seconds": [3.0]}
        | {name: np.array([n + 0.1], np.float32) for n, name in enumerate(names)}
    )
    twice = [export.as_fma(frame), export.as_fma(frame.assign(path="c.wav"))]
    export.write(twice, "csv", tmp_path / "out.csv")
    back = pd.read_csv(tmp_path / "out.csv", index_col=0, header=[0, 1, 2])
    assert back.columns.names == ["feature", "statistics", "number"]
    assert list(back.columns) == [tuple(name.split(".")) for name in names]
    assert list(back.index) == ["a,b.wav", "c.wav"]
    assert back["mfcc", "mean", "02"].tolist() == [1.1, 1.1]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_an_output_file_is_complete_or_not_there(
    songs: list[Path], tmp_path: Path, form: str
) -> None:
    """A run that breaks off, or has nothing to write, leaves neither a file nor a part of one."""
    out = tmp_path / "out" / "table"
    out.parent.mkdir()
    (first, _) = all_tables(songs, tmp_path, ["level"])

    def interrupted() -> Iterator[pd.DataFrame]:
        yield first
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export.write(interrupted(), form, out)
    assert list(out.parent.iterdir()) == []
    export.write([], form, out)
    assert list(out.parent.iterdir()) == []
    export.write([first], form, out)
    assert list(out.parent.iterdir()) == [out]


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the file, the reason and the option."""
    with pytest.raises(
        PipelineError, match=r"none/x.csv cannot be written: No such file.*--output"
    ):
        export.write([], "csv", tmp_path / "none" / "x.csv")
