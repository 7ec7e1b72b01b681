"""The command classify on folders: order, interruption, and genres written into tags."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import mutagen
import pytest
from support.audio_files import encoded
from support.commands import Run, run

from pipeline.inference import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "logistic_ovr"
COMMITTED = Path(__file__).parents[2] / "artifacts"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a song, one that cannot be tagged and one that cannot be read."""
    folder = tmp_path / "album"
    (folder / "b").mkdir(parents=True)
    (folder / "a.mp3").write_bytes(encoded("mp3"))
    (folder / "b" / "bad.flac").write_text("la la la")
    (folder / "b" / "song.webm").write_bytes(encoded("webm opus"))
    (folder / "cover.jpg").write_text("no recording")
    return folder


def on_gtzan(*words: object) -> Run:
    """Ask a model that is stored here."""
    return run("classify", *words, "--model", MODEL, "--artifacts", COMMITTED, "--format", "json")


def test_classify_searches_folders(album: Path) -> None:
    """Every recording in them is classified once, in order, and standard error counts them."""
    done = on_gtzan(album, album / "a.mp3")
    found = [album / "a.mp3", album / "b" / "bad.flac", album / "b" / "song.webm"]
    assert done.code == 1
    assert [row["path"] for row in done.rows] == [str(path) for path in found]
    assert ["error" in row for row in done.rows] == [False, True, False]
    assert "Classify: 3 of 3, " in done.err


def test_classify_is_silent_about_one_file(album: Path) -> None:
    """Progress is told of several files only."""
    assert on_gtzan(album / "a.mp3")[::2] == (0, "")


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_classify_keeps_what_it_knows_when_interrupted(
    album: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Ctrl-C gives the rows until then, one sentence and exit code 130."""

    def interrupted(*_: object) -> Iterator[str]:
        yield "no jazz"
        yield "no jazz"
        raise KeyboardInterrupt

    monkeypatch.setattr(kept, "analyses", interrupted)
    done = run("classify", album, "--artifacts", COMMITTED, "--format", form)
    assert done.code == 130
    assert done.out.count("no jazz") == 2
    assert done.err.endswith("Interrupted; the same command goes on where it stopped.\n")


def test_classify_tags_copies(album: Path, tmp_path: Path) -> None:
    """They lie as in the folder; what has no genre or no tags is not copied and is exit code 1."""
    before = {path: path.read_bytes() for path in album.rglob("*.*")}
    copies = tmp_path / "copies"
    done = on_gtzan(album, "--tag-copies", copies, "--tag-all")
    song, bad, untagged = done.rows
    assert done.code == 1
    assert song["tagged"] == str(copies / "a.mp3")
    assert mutagen.File(song["tagged"], easy=True)["genre"] == [song["genre"]]
    assert not {"tagged", "genre"} & set(bad)
    assert "genre" in untagged
    assert "No tags can be written" in untagged["error"]
    assert [path for path in copies.rglob("*") if path.is_file()] == [copies / "a.mp3"]
    assert before == {path: path.read_bytes() for path in album.rglob("*.*")}


def test_a_genre_that_is_no_verdict_is_not_written(album: Path, tmp_path: Path) -> None:
    """A tone of two seconds is nothing that a model knows; the table has a question mark."""
    done = on_gtzan(album / "a.mp3", "--tag-copies", tmp_path / "copies")
    [row] = done.rows
    assert (done.code, row["verdict"]) == (0, "unknown")
    assert "tagged" not in row
    assert not (tmp_path / "copies").exists()
    table = run("classify", album / "a.mp3", "-m", "svc", "--artifacts", COMMITTED)
    assert f"{row['genre']}?" in table.out


def test_classify_overwrites_no_copy(album: Path, tmp_path: Path) -> None:
    """A copy that is there stays, and is exit code 1, also if it is the recording itself."""
    (tmp_path / "a.mp3").write_text("mine")
    done = on_gtzan(album / "a.mp3", "--tag-copies", tmp_path, "--tag-all")
    assert done.code == 1
    assert f"{tmp_path / 'a.mp3'} exists" in done.rows[0]["error"]
    assert (tmp_path / "a.mp3").read_text() == "mine"
    before = (album / "a.mp3").read_bytes()
    assert on_gtzan(album / "a.mp3", "--tag-copies", album, "--tag-all").code == 1
    assert (album / "a.mp3").read_bytes() == before


def test_classify_tags_originals(album: Path) -> None:
    """Only if that was asked for."""
    done = on_gtzan(album / "a.mp3", "--tag-originals", "--tag-all")
    assert done.code == 0
    assert done.rows[0]["tagged"] == str(album / "a.mp3")
    assert mutagen.File(album / "a.mp3", easy=True)["genre"] == [done.rows[0]["genre"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tag-originals"], "--model NAME"),
        (["--tag-copies", "copies"], "--model NAME"),
        (["--model", MODEL, "--tag-copies", "copies", "--tag-originals"], "Choose one"),
        (["--model", MODEL, "--tag-copies", "{album}/copies"], "Choose a folder outside"),
        (["--model", MODEL, "--tag-copies", "{album}/cover.jpg"], "is a file"),
    ],
)
def test_classify_refuses_wrong_options(album: Path, words: list[str], message: str) -> None:
    """Exit code 2 with the cure, before anything is read or written."""
    before = sorted(album.rglob("*"))
    words = [word.format(album=album) for word in words]
    done = run("classify", album, "--artifacts", COMMITTED, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert sorted(album.rglob("*")) == before
