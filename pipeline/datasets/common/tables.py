"""Tables that people write about their recordings."""

from __future__ import annotations

import codecs
import csv
import io
import posixpath
import unicodedata
from typing import TYPE_CHECKING

from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from pathlib import Path

DELIMITERS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def header(table: Path) -> list[str]:
    """Names of the columns of a CSV in small letters; none if there is no such file."""
    return (_rows(table) or [[]])[0] if table.is_file() else []


def read(table: Path, required: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a CSV, by column in small letters, without spaces around the cells.

    It may be UTF-8, UTF-16 or, as older spreadsheets write it, Windows-1252, with commas,
    semicolons or tabs between cells. Further columns are welcome, and empty rows are passed over.

    Raises
    ------
    DatasetError
        If it is in another encoding, lacks a column, or has a row with too many cells.
    """
    columns, *rows = _rows(table) or [[]]
    filled = [row for row in rows if any(row)]
    if missing := set(required) - set(columns):
        raise DatasetError(f"{table} lacks {', '.join(sorted(missing))}. Add it to the first row.")
    if any(len(row) > len(columns) for row in filled):
        raise DatasetError(
            f'{table} has a row with more cells than columns. Put "quotes" around commas.'
        )
    return [dict.fromkeys(columns, "") | dict(zip(columns, row, strict=False)) for row in filled]


def _rows(table: Path) -> list[list[str]]:
    """Cells of each row; those of the first one, which names the columns, in small letters."""
    text = _text(table)
    first = text.partition("\n")[0]
    # Of equals the comma; a table of one column has none of them.
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [[cell.strip() for cell in row] for row in reader]
    return [[name.lower() for name in rows[0]], *rows[1:]] if rows else []


def _text(table: Path) -> str:
    data = table.read_bytes()
    if data.startswith(UTF_16):
        return data.decode("utf-16")
    try:
        # Excel starts a file with a byte order mark, which is no part of the first column's name.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # older spreadsheets
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{table} is neither UTF-8 nor UTF-16 nor Windows-1252: {error}. Save it as CSV UTF-8."
        ) from error


def place(written: str, known: Container[str]) -> str:
    r"""The id of a recording from the path that a table gives, such as ``.\rock\one.mp3``."""
    if written in known:  # a name may have a backslash of its own
        return written
    return posixpath.normpath(unicodedata.normalize("NFC", written).replace("\\", "/"))
