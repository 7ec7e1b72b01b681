"""Tables that are written as their rows come, and fit the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GAP = 2  # characters between columns
PATH, ERROR = "path", "error"
LEAST_PATH, EASY_PATH = 20, 40
CUT = "…"
# Characters of a column, which does not know its rows before; others have those of their name.
WIDTHS = {
    "model": 18,
    "genre": 11,
    "verdict": 13,
    "second": 10,
    "condition": 14,
    "tagged": 30,
    "before": 30,
    "old": 10,
    "new": 10,
    "action": 7,
    "state": 7,
    "version": 12,
}
ELASTIC = ("old", "new", "before", "tagged", "condition")


def table_lines(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], width: int
) -> Iterator[str]:
    """Lines of a table with a row for each file; what is wrong with one stands in a line below.

    A path that is too long loses its beginning, any other cell its end. Columns that do not fit are
    left out, the last ones first.

    Parameters
    ----------
    columns
        In their order; the first is ``path``, and ``error`` is none.
    width
        Of the terminal, in characters.
    """
    widths = _widths([name for name in columns if name not in (PATH, ERROR)], width)
    path = max(LEAST_PATH, width - sum(n + GAP for n in widths.values()))
    yield _line(PATH, {name: name for name in widths}, widths, path)
    for row in rows:
        yield _line(_end_of(cell(row[PATH]), path), row, widths, path)
        if row.get(ERROR):
            yield f"{' ' * GAP}{_printable(row[ERROR])}"


def cell(value: Any) -> str:
    """A value in few characters."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.3f}" if value == value else "–"
        case _:
            return _printable(str(value))


def _printable(text: str) -> str:
    """Control characters, which would break the line or move the cursor, are spelt out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _widths(columns: Sequence[str], width: int) -> dict[str, int]:
    """By column that fits beside the path; where there is room for all, texts have more."""
    for times in (3, 2):
        wide = {name: _wide(name, times) for name in columns}
        if EASY_PATH + sum(n + GAP for n in wide.values()) <= width:
            return wide
    widths: dict[str, int] = {}
    for name in columns:
        if LEAST_PATH + sum(n + GAP for n in widths.values()) + _wide(name) + GAP > width:
            break
        widths[name] = _wide(name)
    return widths


def _wide(name: str, times: int = 1) -> int:
    return max(len(name), WIDTHS.get(name, 0) * (times if name in ELASTIC else 1))


def _line(path: str, row: dict[str, Any], widths: dict[str, int], path_width: int) -> str:
    cells = [_start_of(cell(row.get(name)), wide) for name, wide in widths.items()]
    padded = [set_cell_size(path, path_width)]
    padded += [set_cell_size(text, wide) for text, wide in zip(cells, widths.values(), strict=True)]
    return (" " * GAP).join(padded).rstrip()


def _start_of(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + CUT


def _end_of(text: str, width: int) -> str:
    """The end of a text, which is what tells files apart."""
    if cell_len(text) <= width:
        return text
    while cell_len(text) > width - 1:
        text = text[1:]
    return CUT + text
