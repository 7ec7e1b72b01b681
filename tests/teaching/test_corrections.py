"""Corrections on the disk: whole, in order, and never in the music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import DatasetError, PipelineError
from pipeline.teaching import corrections
from pipeline.teaching.labelling import Step

if TYPE_CHECKING:
    from pathlib import Path

ONE = Step("a/é\n\u2028.mp3", "", "Forró", "2026-01-01T00:00:00+00:00")
TWO = Step("b", "rock", "folk", "2026-01-01T00:00:01+00:00", undoes=0)


def test_steps_come_back_in_order(tmp_path: Path) -> None:
    """One a line, whatever letters ids have; a file that is not there has none."""
    file = corrections.place(tmp_path / "home", tmp_path / "music")
    assert corrections.read(file) == []
    corrections.append(file, ONE)
    corrections.append(file, TWO)
    assert corrections.read(file) == [ONE, TWO]
    assert len(file.read_bytes().splitlines()) == 2
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_each_folder_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Equal names in other places, and names of any length; the folder itself stays as it is."""
    folders = [tmp_path / "one/music", tmp_path / "two/music", tmp_path / ("é" * 120)]
    for folder in folders:
        folder.mkdir(parents=True)
    files = {corrections.place(tmp_path / "home", folder) for folder in folders}
    assert len(files) == 3
    for file in files:
        corrections.append(file, ONE)
        assert file.is_relative_to(tmp_path / "home")
    assert not any(list(folder.iterdir()) for folder in folders)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    """Nothing is overwritten or passed over."""
    file = tmp_path / "steps.jsonl"
    corrections.append(file, ONE)
    file.write_text(f"{file.read_text()}{{half")
    with pytest.raises(DatasetError, match=r"Line 2 of .*steps.jsonl is no correction: '\{half'"):
        corrections.read(file)


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path: Path) -> None:
    """With the cure."""
    (tmp_path / "home").write_text("a file")
    file = corrections.place(tmp_path / "home", tmp_path)
    with pytest.raises(PipelineError, match="Set GENRESCOPE_HOME to a folder"):
        corrections.append(file, ONE)
