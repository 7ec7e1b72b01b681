"""Scanning a library: what is new, known, moved, gone or unreadable, and kills in the middle."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from support.commands import run
from support.fake_library import SILENT, contents, killed, library, song
from support.processes import POSIX

from pipeline.errors import PipelineError
from pipeline.files import file_hash
from pipeline.inference import kept
from pipeline.library.listing import look
from pipeline.library.store import opened

if TYPE_CHECKING:
    from pathlib import Path

    from support.fake_library import Listening


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Three songs in two folders, the first of them twice."""
    folder = tmp_path / "music"
    song(folder / "a" / "1.mp3", title="jazz")
    song(folder / "b" / "copy.mp3", title="jazz")
    song(folder / "b" / "2.mp3", title="rock", genre="Polka")
    song(folder / "c.flac", kind="flac 16-bit", title="metal doubt")
    return folder


def known(place: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the library's file holds, but for numbers of rows and of scans."""
    with sqlite3.connect(place / "library.sqlite") as connection:
        return {
            "file": connection.execute("SELECT * FROM file ORDER BY path").fetchall(),
            "answer": connection.execute(
                "SELECT content, version, verdict, probabilities FROM answer JOIN model"
                " ON model.id = answer.model ORDER BY content, version"
            ).fetchall(),
        }


def test_each_file_has_the_answer_to_its_own_sound(
    music: Path, tmp_path: Path, heard: Listening
) -> None:
    """In the order of their paths, though contents that are there twice are heard once."""
    done = library(tmp_path, "scan", music)
    assert done.code == 0
    names = ["a/1.mp3", "b/2.mp3", "b/copy.mp3", "c.flac"]
    assert [row["path"] for row in done.rows] == [str(music / name) for name in names]
    assert [row["genre"] for row in done.rows] == ["jazz", "rock", "jazz", "metal"]
    assert [row["verdict"] for row in done.rows[:3]] == ["sure"] * 3
    assert {row["state"] for row in done.rows} == {"new"}
    assert [str(p.relative_to(music)) for p in heard.paths] == ["a/1.mp3", "b/2.mp3", "c.flac"]
    assert "4 new, 0 changed, 0 moved" in done.err


def test_what_is_known_is_not_asked_again(music: Path, tmp_path: Path, heard: Listening) -> None:
    """New, changed and moved files are noticed; the latter need no answer."""
    library(tmp_path, "scan", music)
    heard.paths.clear()
    assert library(tmp_path, "scan", music).rows == []
    (music / "a" / "1.mp3").rename(music / "b" / "moved.mp3")
    (music / "b" / "2.mp3").unlink()
    song(music / "c.flac", kind="flac 16-bit", title="blues")
    song(music / "d.mp3", title="pop")
    done = library(tmp_path, "scan", music)
    found = {row["path"].rpartition("/")[2]: row for row in done.rows}
    states = {"moved.mp3": "moved", "c.flac": "changed", "d.mp3": "new"}
    assert {name: row["state"] for name, row in found.items()} == states
    assert found["moved.mp3"]["before"] == str(music / "a" / "1.mp3")
    assert found["moved.mp3"]["genre"] == "jazz"
    assert found["c.flac"]["genre"] == "blues"
    assert [path.name for path in heard.paths] == ["c.flac", "d.mp3"]
    assert "1 new, 1 changed, 1 moved, 1 gone" in done.err
    facts = {row["what"]: row["files"] for row in library(tmp_path, "status").rows}
    assert facts["there"] == 4
    assert facts["gone"] == 2
    assert facts["gone, but there under another name"] == 1


def test_a_missing_disk_takes_nothing_away(music: Path, tmp_path: Path, heard: Listening) -> None:
    """A folder that is empty or not there is an error, and what was known stays known."""
    library(tmp_path, "scan", music)
    before = known(tmp_path)
    music.rename(tmp_path / "elsewhere")
    assert "There is no folder" in library(tmp_path, "scan", music).err
    music.mkdir()
    done = library(tmp_path, "scan", music)
    assert (done.code, done.out) == (2, "")
    assert "holds no audio file" in done.err
    assert known(tmp_path) == before


def test_what_cannot_be_read_is_told_once(music: Path, tmp_path: Path, heard: Listening) -> None:
    """With its reason, and asked again when it was changed or if that is wanted."""
    bad = song(music / "bad.mp3", title=SILENT.decode())
    done = library(tmp_path, "scan", music)
    assert done.code == 1
    [row] = [row for row in done.rows if "error" in row]
    assert row["path"] == str(bad)
    assert "nothing to hear" in row["error"]
    assert "1 cannot be read; --retry" in done.err
    assert library(tmp_path, "scan", music).rows == []
    assert [row["path"] for row in library(tmp_path, "scan", music, "--retry").rows] == [str(bad)]
    song(bad, title="disco")
    [row] = library(tmp_path, "scan", music).rows
    assert (row["state"], row["genre"]) == ("changed", "disco")


def test_odd_names_are_kept(tmp_path: Path, heard: Listening) -> None:
    """Names of 253 bytes, in no encoding, or with a line break are told apart in every format."""
    folder = tmp_path / "music"
    long = f"{'ö' * 124}x.mp3"
    assert len(long.encode()) == 253
    song(folder / long, title="jazz")
    song(folder / "two\nlines.mp3", title="rock")
    odd = os.fsdecode(os.fsencode(folder) + b"/no \xff text.mp3")
    song(folder / "plain.mp3", title="blues").rename(odd)
    done = library(tmp_path, "scan", folder)
    genres = {row["path"].rpartition("/")[2]: row["genre"] for row in done.rows}
    assert genres == {"no \\xff text.mp3": "blues", "two\nlines.mp3": "rock", long: "jazz"}
    place = ("--library", tmp_path / "library.sqlite")
    for form in ("csv", "table"):
        shown = run("library", "propose", *place, "--format", form).out
        assert "no \\xff text.mp3" in shown
        assert long in shown
    assert "two\\nlines.mp3" in shown


def test_a_table_fits_eighty_columns(
    tmp_path: Path, heard: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long path loses its beginning, and an error has a line of its own."""
    folder = tmp_path / "music" / ("deep" * 10)
    song(folder / "number one.mp3", title="classical", genre="Very Serious Music")
    song(folder / "number two.mp3", title=SILENT.decode())
    library(tmp_path, "scan", folder)
    words = ("library", "propose", "--library", tmp_path / "library.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("support.commands.WIDTH", 80)
        lines = run(*words).out.splitlines()
    heads, one, two, error = lines
    assert heads.split() == ["path", "old", "new", "verdict", "confidence", "action"]
    assert one.startswith("…")
    assert "number one.mp3" in one
    assert "classical   sure" in one
    assert "Very Seri…" in one
    assert "number two.mp3" in two
    assert error.startswith("  There is nothing to hear")
    assert max(len(line) for line in (heads, one, two)) <= 80


def test_a_full_disk_keeps_what_was_known(
    music: Path, tmp_path: Path, heard: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the cure, exit code 2; the next run asks about the rest only."""
    plain = kept.np.savez_compressed
    left = [2]

    def full(*words: object, **arrays: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        plain(*words, **arrays)

    with monkeypatch.context() as patch:
        patch.setattr(kept.np, "savez_compressed", full)
        done = library(tmp_path, "scan", music)
    assert done.code == 2
    assert "No space left on device. Make room" in done.err
    assert [row["genre"] for row in done.rows] == ["jazz"]
    heard.paths.clear()
    again = library(tmp_path, "scan", music)
    assert again.code == 0
    assert [path.name for path in heard.paths] == ["2.mp3", "c.flac"]


def test_a_full_disk_under_the_library_is_told(
    music: Path, tmp_path: Path, heard: Listening
) -> None:
    """What does not fit is not known, what was known is, and later there is room again."""
    library(tmp_path, "scan", music)
    before = known(tmp_path)
    for number in range(2_000):
        (music / f"{number}.mp3").touch()
    with opened(tmp_path / "library.sqlite") as store:
        [(pages,)] = store.run("PRAGMA page_count")
        store.run(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(PipelineError, match=r"disk is full. What was known is kept. Make room"):
            look([music], store)
    assert known(tmp_path) == before
    with opened(tmp_path / "library.sqlite") as store:
        assert look([music], store).files == 2_004


@pytest.mark.parametrize("what", ["text", "tables", "newer"])
def test_what_is_no_library_is_left_alone(what: str, tmp_path: Path) -> None:
    """Any other file, other tables, and a library of a later version: each has a sentence."""
    place = tmp_path / "library.sqlite"
    if what == "text":
        place.write_text("la la la " * 200)
    else:
        with sqlite3.connect(place) as connection:
            connection.execute("CREATE TABLE mine (a)" if what == "tables" else "SELECT 1")
            connection.execute(f"PRAGMA user_version = {7 if what == 'newer' else 0}")
    before = place.read_bytes()
    done = library(tmp_path, "propose")
    assert (done.code, done.out) == (2, "")
    assert "Name another file: --library" in done.err
    assert place.read_bytes() == before


def test_a_folder_that_cannot_be_opened_takes_nothing_away(
    music: Path, tmp_path: Path, heard: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files count as they did; the folder is named, exit code 1."""
    library(tmp_path, "scan", music)
    before = known(tmp_path)
    plain = os.scandir

    def refused(folder: str) -> object:
        if folder == str(music / "b"):
            raise PermissionError(13, "Permission denied", folder)
        return plain(folder)

    monkeypatch.setattr(os, "scandir", refused)
    done = library(tmp_path, "scan", music)
    assert done.code == 1
    assert f"{music / 'b'} cannot be opened: Permission denied" in done.err
    assert known(tmp_path) == before


@POSIX
@pytest.mark.parametrize("step", [3, 21, 28, 51])
def test_a_killed_scan_ends_as_one_that_was_not(
    step: int, music: Path, tmp_path: Path, heard: Listening
) -> None:
    """Killed, and then run again: the same files, answers and errors are known."""
    song(music / "bad.mp3", title=SILENT.decode())
    (tmp_path / "killed").mkdir()
    assert killed(tmp_path / "killed", step, "scan", music)
    library(tmp_path / "killed", "scan", music)
    library(tmp_path, "scan", music)
    assert known(tmp_path / "killed") == known(tmp_path)
    assert len(known(tmp_path)["file"]) == 5


def test_two_do_not_change_one_library(music: Path, tmp_path: Path, heard: Listening) -> None:
    """The second one is told, and nothing is changed."""
    library(tmp_path, "scan", music)
    with sqlite3.connect(tmp_path / "library.sqlite.lock", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = library(tmp_path, "apply")
    assert done.code == 2
    assert "Another process is at work" in done.err


def test_answers_belong_to_content(music: Path, tmp_path: Path, heard: Listening) -> None:
    """The table of answers has one for each content, by its hash."""
    library(tmp_path, "scan", music)
    hashes = {file_hash(path) for path in music.rglob("*.*")}
    assert {row[0] for row in known(tmp_path)["answer"]} == hashes
    assert len(hashes) == 3
    assert len(contents(music)) == 4
