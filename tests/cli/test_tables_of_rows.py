"""Tables of files that are written row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from pipeline.cli.tables import table_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = ["path", "genre", "verdict", "confidence", "second", "second_confidence", "seconds"]
ROW = {"path": "song.mp3", "genre": "jazz", "verdict": "sure", "confidence": 0.9123}


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_table_fits_the_terminal(width: int) -> None:
    """Whatever is in it; the last columns give way first, and the end of a path is shown."""
    row = ROW | {"path": f"/music/{'a' * 300}/the end.mp3", "second": "x" * 99, "seconds": 1e5}
    heads, line = table_lines([row], COLUMNS, width)
    assert max(cell_len(heads), cell_len(line)) <= width
    assert line.startswith("…")
    assert "a/the end.mp3 " in line
    assert "jazz" in line
    assert "0.912" in line
    assert ("second_confidence" in heads) == (width > 80)


def test_errors_have_a_line_below() -> None:
    """All of it, and the file is named above."""
    error = "This is no audio file. " * 6
    _, first, second, last = table_lines([{"path": "bad.mp3", "error": error}, ROW], COLUMNS, 80)
    assert first == "bad.mp3"
    assert second == f"  {error}"
    assert last.startswith("song.mp3")


def test_wide_characters_keep_columns_in_line() -> None:
    """Names in Chinese take two cells a character; control characters are spelt out."""
    rows = [ROW | {"path": path} for path in ("音" * 60, "a\tb\x1b[31m", "plain")]
    lines = list(table_lines(rows, COLUMNS[:4], 80))
    places = {cell_len(line.partition("jazz")[0]) for line in lines[1:]}
    assert len(places) == 1
    assert "a\\tb\\x1b[31m" in lines[2]


def test_rows_are_written_as_they_come() -> None:
    """A table does not wait for its last row."""

    def rows() -> Iterator[dict[str, object]]:
        yield ROW
        raise KeyboardInterrupt

    lines = table_lines(rows(), COLUMNS, 80)
    assert next(lines).startswith("path")
    assert next(lines).startswith("song.mp3")
