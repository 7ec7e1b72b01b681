"""The page Library: where tags and a model disagree, the surest first, and each can be heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.fake_library import SILENT, library, listening, song
from support.pages import open_page, table_with, texts

from dashboard.components import plain
from dashboard.views import library as page_of_library

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.artifacts.reader import Artifacts


@pytest.fixture
def scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of six files that was scanned, and the server started with it."""
    music = tmp_path / "music"
    song(music / "sure.mp3", title="rock", genre="Polka")
    song(music / "doubtful.mp3", title="rock doubt", genre="Polka")
    song(music / "other spelling.mp3", title="hiphop", genre="Hip-Hop")
    song(music / "*bare*.mp3", title="jazz")
    song(music / "$both$.mp3", title="metal", genre="<b>Polka</b>")
    (music / "silent.mp3").write_bytes(SILENT)
    with listening():
        library(tmp_path, "scan", music)
    monkeypatch.setenv("GENRESCOPE_LIBRARY", str(tmp_path / "library.sqlite"))
    return music


def test_the_surest_disagreements_come_first(gtzan: Artifacts, scanned: Path) -> None:
    """Another spelling of a genre agrees; files without a genre or an answer are counted."""
    page = open_page("library", gtzan)
    assert not page.exception
    table = table_with(page, "kind")
    assert table["kind"].tolist() == ["sure", "sure", "does not know"]
    assert {*table["file"][:2]} == {"sure.mp3", "$both$.mp3"}
    assert table["file"].iloc[2] == "doubtful.mp3"
    assert f"below {plain(f'{scanned}/')}." in texts(page)
    assert dict(zip(table["old"], table["new"], strict=True))["<b>Polka</b>"] == "metal"
    said = texts(page)
    assert "Of 6 files, **3** have another genre" in said
    assert "1 agree, 1 have no genre, and 1 could not be read" in said


def test_the_page_is_of_ones_own_machine(
    gtzan: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the variable it is not listed, and says how to get it; a wrong file is named."""
    monkeypatch.delenv("GENRESCOPE_LIBRARY", raising=False)
    assert not page_of_library.VIEW.applies(gtzan)
    assert "library scan FOLDER" in texts(open_page("library", gtzan))
    monkeypatch.setenv("GENRESCOPE_LIBRARY", str(tmp_path / "none.sqlite"))
    assert page_of_library.VIEW.applies(gtzan)
    assert "There is no library" in open_page("library", gtzan).warning[0].value


def test_a_library_that_agrees_has_no_table(
    gtzan: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence instead."""
    song(tmp_path / "music/a.mp3", title="rock", genre="ROCK")
    with listening():
        library(tmp_path, "scan", tmp_path / "music")
    monkeypatch.setenv("GENRESCOPE_LIBRARY", str(tmp_path / "library.sqlite"))
    page = open_page("library", gtzan)
    assert not page.exception
    assert "No tag disagrees" in page.success[0].value
