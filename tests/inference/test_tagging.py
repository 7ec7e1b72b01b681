"""Genres in the tags of recordings: each kind of file, its sound, and its other tags."""

from __future__ import annotations

import errno
import os
import shutil
import struct
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
from mutagen.id3 import ID3, TALB, TIT2, TYER
from support.audio_files import KINDS, encoded, video

from pipeline.audio.decoding import decode, fingerprint
from pipeline.errors import PipelineError
from pipeline.inference import tagging

WITHOUT_TAGS = ("w64", "webm", "adts", "mkv", "avi", "au", "caf", "ac3", "ts", "flv", "amr")
WITHOUT_TAGS += ("tta",)  # whose tags FFmpeg does not read
GENRE = "jazz fusion"  # none of the numbered genres of ID3v1
ENDINGS = {"adts": "aac", "ogg opus": "opus"}


def genre_of(path: Path) -> str | None:
    """The genre as another program reads it."""
    with av.open(str(path)) as file:
        return (file.metadata | file.streams.audio[0].metadata).get("genre")


def file_of(kind: str, folder: Path) -> Path:
    """A file of one of `KINDS` in a folder."""
    ending = ENDINGS.get(kind, kind.split()[0])
    path = folder / f"song.{ENDINGS.get(ending, ending)}"
    path.write_bytes(encoded(kind))
    return path


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """An MP3 file without tags."""
    path = file_of("mp3", tmp_path)
    mutagen.File(path).delete()
    return path


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith(WITHOUT_TAGS)])
def test_a_copy_has_the_genre_and_the_same_sound(kind: str, tmp_path: Path) -> None:
    """Sample by sample, and also where a copy with a genre gets another one."""
    source = file_of(kind, tmp_path)
    before = source.read_bytes()
    first = tagging.write(source, GENRE, tmp_path / "a" / "b" / source.name)
    second = tagging.write(first, "rock", tmp_path / source.name.replace("song", "copy"))
    assert (genre_of(first), genre_of(second)) == (GENRE, "rock")
    for copy in (first, second):
        np.testing.assert_array_equal(decode(copy), decode(source))
    assert source.read_bytes() == before


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(WITHOUT_TAGS)])
def test_what_has_no_tags_is_refused(kind: str, tmp_path: Path) -> None:
    """In a sentence with the cure, and nothing is left behind."""
    source = file_of(kind, tmp_path)
    with pytest.raises(
        PipelineError, match=r"(No tags can be written|cannot be read back).*Save it as FLAC"
    ):
        tagging.write(source, GENRE, tmp_path / f"copy{source.suffix}")
    assert list(tmp_path.iterdir()) == [source]


def test_a_film_keeps_its_picture(tmp_path: Path) -> None:
    """Tags of a video change neither sound nor size of the picture."""
    source = tmp_path / "film.mp4"
    source.write_bytes(video(with_sound=True))
    copy = tagging.write(source, GENRE, tmp_path / "copy.mp4")
    assert genre_of(copy) == GENRE
    np.testing.assert_array_equal(decode(copy), decode(source))


@pytest.mark.parametrize("kind", ["mp3", "flac 16-bit", "ogg vorbis", "ogg opus", "m4a aac", "wma"])
def test_other_tags_stay(kind: str, tmp_path: Path) -> None:
    """A title is as it was, whatever the genre was."""
    source = file_of(kind, tmp_path)
    key = {"m4a aac": "\xa9nam", "wma": "Title"}.get(kind, "title")
    file = mutagen.File(source, easy=kind == "mp3")
    file[key] = "Ünder a tree"
    file.save()
    tagging.write(source, "rock")
    tagging.write(source, GENRE)
    assert mutagen.File(source, easy=kind == "mp3")[key] == ["Ünder a tree"]
    assert genre_of(source) == GENRE


def test_the_version_of_tags_stays(song: Path) -> None:
    """Tags of ID3v2.3 are not made those of 2.4, which some players cannot read."""
    tags = ID3()
    for frame in (TIT2(text="Tïtle"), TALB(text="one\x00two"), TYER(text="1971")):
        tags.add(frame)
    tags.save(song, v2_version=3, v23_sep=None)
    tagging.write(song, GENRE)
    found = ID3(song, translate=False)
    assert found.version == (2, 3, 0)
    assert found["TIT2"].text == ["Tïtle"]
    assert found["TALB"].text == ["one", "two"]
    assert found["TYER"].text == ["1971"]
    assert found["TCON"].text == [GENRE]


def test_old_tags_at_the_end_are_kept(song: Path) -> None:
    """A file that has nothing but ID3v1 gets its year and title into the new tags too."""
    old = struct.pack("3s30s30s30s4s30sB", b"TAG", b"Title", b"Artist", b"", b"1971", b"", 17)
    song.write_bytes(song.read_bytes() + old)
    tagging.write(song, GENRE)
    tags: Any = ID3(song)
    assert [str(tags[key]) for key in ("TIT2", "TPE1", "TDRC")] == ["Title", "Artist", "1971"]
    assert genre_of(song) == GENRE


def test_a_cut_off_wav_is_not_made_longer(tmp_path: Path) -> None:
    """Tags behind a sound of unknown length would be heard; so they are refused."""
    source = file_of("wav 16-bit", tmp_path)
    source.write_bytes(source.read_bytes()[:-1001])
    before = source.read_bytes()
    for target in (None, tmp_path / "copy.wav"):
        with pytest.raises(PipelineError, match="would change the sound"):
            tagging.write(source, GENRE, target)
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [source]


def test_a_copy_is_never_overwritten(song: Path, tmp_path: Path) -> None:
    """What exists stays, the recording itself included."""
    (tmp_path / "other.mp3").write_text("mine")
    for target in (tmp_path / "other.mp3", song):
        with pytest.raises(PipelineError, match=r"exists, and is not overwritten"):
            tagging.write(song, GENRE, target)
    assert (tmp_path / "other.mp3").read_text() == "mine"
    assert genre_of(song) is None


def test_a_link_stays_a_link(song: Path, tmp_path: Path) -> None:
    """The file that it leads to is tagged, and keeps its mode."""
    song.chmod(0o640)
    link = tmp_path / "link.mp3"
    link.symlink_to(song)
    assert tagging.write(link, GENRE) == song
    assert link.is_symlink()
    assert genre_of(song) == GENRE
    assert song.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("failing", ["copyfile", "tag", "rename"])
def test_nothing_is_half_written(
    failing: str, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves neither a copy nor a part of it, and is told in words."""

    def full(*_: object, **__: object) -> None:
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise mutagen.MutagenError(error) if failing == "tag" else error

    owner, name = {
        "copyfile": (shutil, "copyfile"), "tag": (mutagen, "File"), "rename": (Path, "replace"),
    }[failing]  # fmt: skip
    monkeypatch.setattr(owner, name, full)
    with pytest.raises(PipelineError, match=r"copy.mp3 cannot be written: No space left"):
        tagging.write(song, GENRE, tmp_path / "copy.mp3")
    assert list(tmp_path.iterdir()) == [song]


@pytest.mark.parametrize("fault", [KeyError("87"), IndexError(), ValueError("x"), struct.error()])
def test_damage_that_surprises_the_library_is_told_in_words(
    fault: Exception, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets errors of several kinds slip."""

    def surprised(_: Path) -> None:
        raise fault

    monkeypatch.setattr(mutagen, "File", surprised)
    with pytest.raises(PipelineError, match="or it is damaged"):
        tagging.write(song, GENRE)


def test_a_file_in_the_way_of_a_folder_is_told(song: Path, tmp_path: Path) -> None:
    """Where a folder is needed and a file stands, nothing is written."""
    with pytest.raises(PipelineError, match="cannot be written"):
        tagging.write(song, GENRE, song / "a" / "song.mp3")
    assert list(tmp_path.iterdir()) == [song]


def test_copies_lie_as_their_originals(song: Path, tmp_path: Path) -> None:
    """Below the folder that was named; a file that was named itself keeps its name."""
    album = tmp_path / "music" / "album"
    album.mkdir(parents=True)
    shutil.copy(song, album / "one.mp3")
    folder = tmp_path / "copies"
    assert tagging.copies([tmp_path / "music", song, album], folder) == {
        album / "one.mp3": folder / "album" / "one.mp3",
        song: folder / "song.mp3",
    }


@pytest.mark.parametrize("place", [".", "inside", "inside/../other"])
def test_copies_do_not_lie_among_recordings(song: Path, tmp_path: Path, place: str) -> None:
    """Neither in the folder nor below it, however that is spelt."""
    with pytest.raises(PipelineError, match="Choose a folder outside"):
        tagging.copies([song.parent], tmp_path / place)


def test_the_fingerprint_is_of_the_sound_alone(song: Path, tmp_path: Path) -> None:
    """Tags do not change it, another sound does."""
    copy = tagging.write(song, GENRE, tmp_path / "copy.mp3")
    assert copy.read_bytes() != song.read_bytes()
    assert fingerprint(copy) == fingerprint(song.read_bytes()) == fingerprint(song)
    assert fingerprint(encoded("mp3", hz=440)) != fingerprint(song)
