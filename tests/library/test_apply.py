"""Genres of a library: proposed, written, and taken back byte by byte."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import mutagen
import pytest
from support.fake_library import contents, killed, library, song
from support.processes import POSIX

from pipeline.audio.decoding import fingerprint
from pipeline.inference.tagging import genres_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.fake_library import Listening


@pytest.fixture
def music(tmp_path: Path, heard: Listening) -> Path:
    """A scanned library: without a genre, with another one, with the same one, and in doubt."""
    folder = tmp_path / "music"
    song(folder / "1 none.mp3", title="jazz")
    song(folder / "2 other.flac", kind="flac 16-bit", title="rock", genre="Polka")
    song(folder / "3 same.ogg", kind="ogg vorbis", title="metal", genre="metal")
    song(folder / "4 doubt.m4a", kind="m4a aac", title="pop doubt")
    library(tmp_path, "scan", folder)
    return folder


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row.get(name) for row in rows]


def genres(folder: Path) -> list[tuple[str, ...]]:
    return [genres_of(path) for path in sorted(folder.rglob("*.*"))]


def test_a_proposal_writes_nothing(music: Path, tmp_path: Path) -> None:
    """It shows old and new, the verdict, and what would be done; files and library stay."""
    before = contents(tmp_path)
    done = library(tmp_path, "propose")
    assert done.code == 0
    assert column(done.rows, "old") == ["", "Polka", "metal", ""]
    assert column(done.rows, "new") == ["jazz", "rock", "metal", "pop"]
    assert column(done.rows, "action") == ["write", "keep", "same", "unsure"]
    assert column(done.rows, "verdict") == ["sure", "sure", "sure", "unknown"]
    assert {row["model"] for row in done.rows} == {"transfer"}
    assert len({row["version"] for row in done.rows}) == 1
    assert "1 write, 1 keep, 1 same, 1 unsure" in done.err
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before


def test_what_was_proposed_is_written(music: Path, tmp_path: Path) -> None:
    """Genre, model, version and confidence; what has a genre keeps it, and sound stays."""
    sounds = [fingerprint(path) for path in sorted(music.iterdir())]
    [proposed] = [r for r in library(tmp_path, "propose").rows if r["action"] == "write"]
    [row] = library(tmp_path, "apply").rows
    assert row == proposed | {"action": "written"}
    assert genres(music) == [("jazz",), ("Polka",), ("metal",), ()]
    assert [fingerprint(path) for path in sorted(music.iterdir())] == sounds
    tags: Any = mutagen.File(music / "1 none.mp3").tags
    assert str(tags["TXXX:GENRESCOPE_MODEL"]) == "gtzan/transfer"
    assert str(tags["TXXX:GENRESCOPE_VERSION"]) == row["version"]
    assert float(str(tags["TXXX:GENRESCOPE_CONFIDENCE"])) == pytest.approx(
        row["confidence"], abs=5e-4
    )
    assert library(tmp_path, "apply").rows == []


def test_written_files_are_known(music: Path, tmp_path: Path, heard: Listening) -> None:
    """Their answers are those from before: nothing is heard again, nor written twice."""
    before = library(tmp_path, "propose").rows
    library(tmp_path, "apply", "--replace", "--at-least", 0)
    heard.paths.clear()
    assert library(tmp_path, "scan", music).rows == []
    after = library(tmp_path, "propose").rows
    assert heard.paths == []
    assert column(after, "confidence") == column(before, "confidence")
    assert set(column(after, "action")) == {"same"}


def test_options_say_what_is_written(music: Path, tmp_path: Path) -> None:
    """Other genres are replaced, doubtful ones written, several written, names mapped."""
    table = tmp_path / "genres.toml"
    table.write_text('jazz = "Jazz & Blues"\nrock = "Rock"\nblues = "Jazz & Blues"\n')
    words = ("--replace", "--at-least", 0.1, "--top", 3, "--above", 0.05, "--map", table)
    shown = library(tmp_path, "propose", *words).rows
    assert column(shown, "new")[:3] == ["Jazz & Blues", "Rock", "metal"]
    assert column(shown, "action") == ["write", "write", "same", "write"]
    assert column(shown, "new")[3].startswith("pop; ")
    library(tmp_path, "apply", *words)
    assert ["; ".join(each) for each in genres(music)] == column(shown, "new")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jaz = 'Jazz'", "names the genre 'jaz', which is none of blues, classical"),
        ("jazz = 3", "calls jazz 3, which is no name"),
        ("jazz = ''", "which is no name"),
        ("jazz", "is no table of names"),
    ],
)
def test_a_wrong_table_of_names_is_refused(
    text: str, message: str, music: Path, tmp_path: Path
) -> None:
    """Before anything is written."""
    (tmp_path / "genres.toml").write_text(text)
    before = contents(music)
    done = library(tmp_path, "apply", "--map", tmp_path / "genres.toml")
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert contents(music) == before


def test_an_album_has_one_genre(tmp_path: Path, heard: Listening) -> None:
    """That of the mean, if more than half of its files are sure of it; others stay alone."""
    folder = tmp_path / "music"
    for number, title in enumerate(("jazz", "jazz", "jazz", "rock doubt")):
        song(folder / f"{number}.mp3", title=title, album="Blue", artist="One")
    for number, title in enumerate(("pop", "metal"), start=4):
        song(folder / f"{number}.mp3", title=title, album="Split", artist="Two")
    song(folder / "6.mp3", title="disco")
    song(folder / "7.mp3", title="reggae")
    library(tmp_path, "scan", folder)
    found = {
        by: {row["path"][-5]: row for row in library(tmp_path, "propose", *words).rows}
        for by, words in {
            "album": ("--consensus", "album"),
            "artist": ("--consensus", "artist"),
            "file": (),
        }.items()
    }
    for by in ("album", "artist"):
        rows = found[by]
        assert {rows[n]["new"] for n in "0123"} == {"jazz"}
        assert {rows[n]["verdict"] for n in "0123"} == {"sure"}
        assert {rows[n]["verdict"] for n in "45"} == {"unknown"}
        assert [rows[n]["new"] for n in "67"] == ["disco", "reggae"]
        own = [found["file"][n]["confidence"] for n in "012"]
        assert rows["0"]["confidence"] < min(own)
    assert found["file"]["3"]["new"] == "rock"
    refused = library(tmp_path, "propose", "--consensus", "year")
    assert "Choose one of album, artist" in refused.err


def test_undo_brings_every_byte_back(music: Path, tmp_path: Path) -> None:
    """And the times; after several rounds of writing too. What somebody changed since stays."""
    song(music / "5.wav", kind="wav 16-bit", title="blues")
    song(music / "6.aiff", kind="aiff 16-bit", title="country")
    song(music / "7.opus", kind="ogg opus", title="disco")
    library(tmp_path, "scan", music)
    before = contents(music)
    times = [path.stat().st_mtime_ns for path in sorted(music.iterdir())]
    library(tmp_path, "apply")
    library(tmp_path, "apply", "--replace", "--at-least", 0, "--top", 2, "--above", 0)
    changed = contents(music)
    assert all(changed[name] != before[name] for name in before)
    done = library(tmp_path, "undo")
    assert done.code == 0
    assert contents(music) == before
    assert [path.stat().st_mtime_ns for path in sorted(music.iterdir())] == times
    assert library(tmp_path, "undo").rows == []
    assert library(tmp_path, "scan", music).rows == []


def test_what_somebody_changed_stays(music: Path, tmp_path: Path) -> None:
    """Undo tells it and goes on; a file that was moved is found where it was seen."""
    before = contents(music)
    library(tmp_path, "apply", "--replace", "--at-least", 0)
    file: Any = mutagen.File(music / "1 none.mp3", easy=True)
    file["artist"] = "Me"
    file.save()
    (music / "2 other.flac").rename(music / "9 moved.flac")
    library(tmp_path, "scan", music)
    mine = contents(music)["1 none.mp3"]
    done = library(tmp_path, "undo")
    assert done.code == 1
    [row] = [row for row in done.rows if "error" in row]
    assert row["path"] == str(music / "1 none.mp3")
    assert "Somebody changed the file" in row["error"]
    after = contents(music)
    assert after["1 none.mp3"] == mine
    assert after["9 moved.flac"] == before["2 other.flac"]
    assert after["4 doubt.m4a"] == before["4 doubt.m4a"]


def test_a_file_that_changed_since_the_scan_is_not_written(music: Path, tmp_path: Path) -> None:
    """Its genre is that of another sound."""
    song(music / "1 none.mp3", title="reggae")
    before = contents(music)
    done = library(tmp_path, "apply")
    assert done.code == 1
    assert "changed since it was scanned" in done.rows[0]["error"]
    assert done.rows[0]["action"] == "failed"
    assert contents(music) == before


def test_a_full_disk_leaves_files_as_they_were(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its reason; when there is room, the same command writes them."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = contents(music)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        done = library(tmp_path, "apply")
    assert done.code == 1
    assert "No space left on device" in done.rows[0]["error"]
    assert contents(music) == before
    assert library(tmp_path, "undo").rows == []
    assert library(tmp_path, "apply").code == 0
    assert genres(music)[0] == ("jazz",)


@POSIX
@pytest.mark.parametrize("step", [7, 8, 9, 12, 14, 21])
def test_a_killed_apply_ends_as_one_that_was_not(step: int, music: Path, tmp_path: Path) -> None:
    """Each file is the old or the new one, nothing is left behind, and undo brings all back."""
    words = ("--replace", "--at-least", 0)
    shutil.copytree(music, tmp_path / "old")
    assert killed(tmp_path, step, "apply", *words)
    between = contents(music)
    library(tmp_path, "apply", *words)
    once = contents(music)
    old = contents(tmp_path / "old")
    whole = {name: data for name, data in between.items() if not name.startswith(".part")}
    assert all(data in (old[name], once[name]) for name, data in whole.items())
    assert genres(music) == [("jazz",), ("rock",), ("metal",), ("pop",)]
    assert set(once) == set(old)
    library(tmp_path, "undo")
    assert contents(music) == old
    library(tmp_path, "apply", *words)
    assert contents(music) == once


@POSIX
@pytest.mark.parametrize("step", [6, 9, 10, 11])
def test_a_killed_undo_goes_on(step: int, music: Path, tmp_path: Path) -> None:
    """Killed, and then run again: every file is as it was."""
    before = contents(music)
    library(tmp_path, "apply", "--replace", "--at-least", 0)
    assert killed(tmp_path, step, "undo")
    assert library(tmp_path, "undo").code == 0
    assert contents(music) == before
    assert set(column(library(tmp_path, "propose").rows, "old")) == {"", "Polka", "metal"}


def test_the_way_back_takes_little_room(music: Path, tmp_path: Path) -> None:
    """Of a file, what its tags replaced is kept, and not its sound."""
    library(tmp_path, "apply", "--replace", "--at-least", 0)
    with sqlite3.connect(tmp_path / "library.sqlite") as connection:
        rows = connection.execute("SELECT path, length(patch) FROM change").fetchall()
    assert len(rows) == 3
    assert max(size for _, size in rows) < 1_000
