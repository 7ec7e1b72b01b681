"""Tables that people write about their recordings."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def header(table: Path) -> list[str]:
    """Names of the columns of a CSV; none if there is no such file."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader(file), [])


def read(
    table: Path, required: Sequence[str], optional: Sequence[str] | None = None
) -> list[dict[str, str]]:
    """Rows of a CSV, by column, without spaces around the cells.

    Parameters
    ----------
    optional
        Columns that it may have besides; None: any.

    Raises
    ------
    DatasetError
        If it is not UTF-8, lacks a column or has an unknown one, or a row has too many cells.
    """
    try:
        # Excel starts a file with a byte order mark, which is no part of the first column's name.
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise DatasetError(f"{table} is not UTF-8: {error}. Save it as CSV UTF-8.") from error
    _check_columns(table, set(reader.fieldnames or ()), required, optional)
    if any("" in row for row in rows):
        raise DatasetError(
            f'{table} has a row with more cells than columns. Put "quotes" around commas.'
        )
    return [{name: cell.strip() for name, cell in row.items()} for row in rows]


def _check_columns(
    table: Path, columns: set[str], required: Sequence[str], optional: Sequence[str] | None
) -> None:
    known = [*required, *(optional or ())]
    unknown = columns - set(known)
    if unknown and optional is not None:
        raise DatasetError(
            f"{table} has columns that are not known: {', '.join(sorted(unknown))}. It may have "
            f"{', '.join(known[:-1])} and {known[-1]}, with commas between."
        )
    if missing := set(required) - columns:
        raise DatasetError(f"{table} lacks {', '.join(sorted(missing))}. Add it to the first row.")
