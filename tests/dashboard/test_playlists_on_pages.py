"""Playlists that pages offer: what is in them, and when there are none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from dashboard import components, playlists, state

if TYPE_CHECKING:
    from pipeline.artifacts.reader import Artifacts


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Label, text, file name and help of what is offered for download."""
    calls: list[Any] = []
    monkeypatch.setattr(components, "download", lambda *words: calls.append(words))
    return calls


def lines(text: str) -> list[str]:
    """Those that are no comments."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_paths_begin_in_the_folder_of_the_collection(
    plain: Artifacts, offered: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the given order; no visitor learns where the folder is, only its name."""
    ids = plain.tracks["track_id"].tolist()
    paths = {
        name: Path("/srv/secret/music") / f"part{n % 2}/{name}.mp3" for n, name in enumerate(ids)
    }
    monkeypatch.setattr(state, "recordings", lambda benchmark: paths)
    playlists.offer(plain, [ids[3], ids[0]], "near")
    [(_, text, file, about)] = offered
    assert lines(text) == [f"part1/{ids[3]}.mp3", f"part0/{ids[0]}.mp3"]
    assert file == "near.m3u8"
    assert "“music”" in about
    assert "secret" not in text + about


def test_nothing_is_offered_without_recordings(
    plain: Artifacts, offered: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where the server has none, nor where it has only others."""
    for paths in ({}, {"other": Path("/music/other.mp3")}):
        monkeypatch.setattr(state, "recordings", lambda benchmark, there=paths: there)
        playlists.offer(plain, plain.tracks["track_id"].tolist(), "all")
    assert offered == []


def test_files_of_an_album_come_by_genre(offered: list[Any]) -> None:
    """By name, as the browser told it; those without a verdict are left out."""
    table = pd.DataFrame(
        {
            "name": ["b.mp3", "#1.mp3", "broken.mp3", "Disc 1/c.mp3"],
            "genre": ["rock", "jazz", None, "jazz"],
            "seconds": [10.0, 20.4, None, 30.0],
        }
    )
    playlists.offer_files(table)
    [(_, text, _, about)] = offered
    assert text.splitlines() == [
        *("#EXTM3U", "#EXTINF:20,#1", "./#1.mp3", "#EXTINF:30,c", "Disc 1/c.mp3"),
        *("#EXTINF:10,b", "b.mp3"),
    ]
    assert "only the names" in about
    playlists.offer_files(pd.DataFrame({"name": ["broken.mp3"], "problem": ["no audio"]}))
    assert len(offered) == 1
