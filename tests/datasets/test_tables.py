"""Tables as spreadsheets and systems write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.datasets.common.tables import place, read
from pipeline.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"path": "rock/1.mp3", "artist": "Björk"}, {"path": "rock/2.mp3", "artist": "Café Tacvba"}]
PLAIN = "path,artist\nrock/1.mp3,Björk\nrock/2.mp3,Café Tacvba\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("cp1252"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.replace(",", ";").encode("cp1252"),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("path,artist", " Path , ARTIST").encode(),
        PLAIN.replace("\n", "\r\n").encode() + b",\r\n\r\n,\r\n",
    ],
    ids=["utf-8", "bom", "1252", "16-le", "16-be", "semicolons", "tabs", "capitals", "empty rows"],
)
def test_a_table_is_read_however_it_was_written(tmp_path: Path, data: bytes) -> None:
    """Encoding, separator, capitals and empty rows at the end change nothing."""
    (tmp_path / "artists.csv").write_bytes(data)
    assert read(tmp_path / "artists.csv", ("path", "artist")) == ROWS


def test_further_columns_stay(tmp_path: Path) -> None:
    """They are there by name, and a short row lacks nothing."""
    (tmp_path / "t.csv").write_text('path,artist,bpm\na,"Tyler, the Creator",90\nb,Ann\n')
    assert read(tmp_path / "t.csv", ("path",)) == [
        {"path": "a", "artist": "Tyler, the Creator", "bpm": "90"},
        {"path": "b", "artist": "Ann", "bpm": ""},
    ]


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    """A byte that no supported encoding has is no letter to guess."""
    (tmp_path / "t.csv").write_bytes(b"path,artist\na,\x81\x8d\n")
    with pytest.raises(DatasetError, match="neither UTF-8 nor UTF-16 nor Windows-1252"):
        read(tmp_path / "t.csv", ("path",))


@pytest.mark.parametrize("written", [r"rock\1.mp3", "./rock/1.mp3", r".\rock\1.mp3", "rock//1.mp3"])
def test_a_path_is_found_however_it_is_written(written: str) -> None:
    """Backslashes and a leading ./ lead to the same clip."""
    assert place(written, {"rock/1.mp3"}) == "rock/1.mp3"


def test_a_backslash_may_be_part_of_a_name() -> None:
    """A path that is there as it stands is not changed."""
    assert place("rock/A\\B.mp3", {"rock/A\\B.mp3"}) == "rock/A\\B.mp3"
