"""Tables of predictions that others made, as CSV or Parquet."""

from __future__ import annotations

import csv
import io
from pathlib import PurePath
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import PredictionsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_CELLS, MAX_BYTES = 20_000_000, 500_000_000  # of Parquet; what is shipped has a thirtieth


def table_of(path: Path) -> pd.DataFrame:
    """The table in a CSV or Parquet file; CSV as text.

    Raises
    ------
    PredictionsError
        If the file cannot be read as its suffix says.
    """
    read = _reader(str(path))
    if not path.is_file():
        raise PredictionsError(f"There is no file {path}. Name the file that holds predictions.")
    return read(path.read_bytes(), str(path))


def table_of_bytes(data: bytes, name: str) -> pd.DataFrame:
    """The table in the bytes of a CSV or Parquet file, as its name ends."""
    return _reader(name)(data, name)


def _reader(name: str) -> Callable[[bytes, str], pd.DataFrame]:
    readers = {".csv": _of_csv, ".parquet": _of_parquet}
    read = readers.get(PurePath(name).suffix.lower())
    if read is None:
        raise PredictionsError(f"{name} is neither .csv nor .parquet. Write it as one of these.")
    return read


def _of_parquet(data: bytes, name: str) -> pd.DataFrame:
    """The table in the bytes of a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        # Equal values take no room in a file, and all of it once they are read.
        cells = file.metadata.num_rows * file.metadata.num_columns
        size = sum(file.metadata.row_group(n).total_byte_size for n in range(file.num_row_groups))
        if cells > MAX_CELLS or size > MAX_BYTES:
            raise PredictionsError(
                f"{name} holds {cells:,} cells, more than predictions of a benchmark have. Leave"
                " other rows and columns out."
            )
        return file.read().to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise PredictionsError(f"{name} is no readable Parquet file ({error}).") from error


def _of_csv(data: bytes, name: str) -> pd.DataFrame:
    """The table in the bytes of a CSV file, all columns as text.

    Raises
    ------
    PredictionsError
        If it is empty, is not UTF-8, has other separators than commas, or has uneven lines.
    """
    rows = csv.reader(io.StringIO(_text(data, name), newline=""))
    try:
        lines = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise PredictionsError(f"{name} is no CSV: {error}, in line {rows.line_num}.") from error
    if len(lines) < 2:
        raise PredictionsError(
            f"{name} holds no predictions. It needs a line with the names of the columns, and one"
            " for each tested track."
        )
    (_, header), *rest = lines
    _check_separator(header, name)
    uneven = next((n for n, row in rest if len(row) != len(header)), None)
    if uneven is not None:
        raise PredictionsError(
            f"Line {uneven} of {name} has another number of columns than the first line, which has"
            f" {len(header)}. Quote texts that hold a comma."
        )
    return pd.DataFrame([row for _, row in rest], columns=header, dtype=str)


def _text(data: bytes, name: str) -> str:
    cure = "Save it as UTF-8."
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte, line = data[error.start], data[: error.start].count(b"\n") + 1
        raise PredictionsError(
            f"{name} is not UTF-8: byte 0x{byte:02x} in line {line}. {cure}"
        ) from error
    if "\0" in text:
        raise PredictionsError(f"{name} is not UTF-8: it holds zeros, like UTF-16. {cure}")
    return text


def _check_separator(header: list[str], name: str) -> None:
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            raise PredictionsError(
                f"The columns of {name} are separated by {called}. Separate them by commas, and"
                " write numbers with a decimal point."
            )
