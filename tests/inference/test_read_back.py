"""Genres that would be lost, or stand beside an old one: mended, or refused."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import av
import mutagen
import numpy as np
import pytest
from mutagen.apev2 import APEv2
from mutagen.id3 import TIT2, TXXX
from support.audio_files import KINDS, encoded, sine, wav

from pipeline.audio.decoding import decode, fingerprint
from pipeline.errors import PipelineError
from pipeline.inference import tagging
from pipeline.inference.chunks import make_ready

if TYPE_CHECKING:
    from pathlib import Path

GENRE = "jazz fusion"
RATE = 22_050


def genre_of(path: Path) -> str | None:
    """The genre as another program reads it."""
    with av.open(str(path)) as file:
        return (file.metadata | file.streams.audio[0].metadata).get("genre")


def with_facts(genre: bytes) -> bytes:
    """A WAV file whose list of facts names a genre and a title."""
    sound = (sine(440, 1, RATE) * 2**15).astype("<i2").tobytes()
    plain = wav(sound, RATE)
    facts = b"INFO"
    for name, text in ((b"IGNR", genre), (b"INAM", b"Title\0")):
        facts += name + struct.pack("<I", len(text)) + text + bytes(len(text) % 2)
    inside = plain[12:36] + b"LIST" + struct.pack("<I", len(facts)) + facts + plain[36:]
    return b"RIFF" + struct.pack("<I", 4 + len(inside)) + b"WAVE" + inside


def quicktime(**facts: str) -> bytes:
    """A file of QuickTime's brand, with facts in the place that it has for them."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as file:
        file.metadata.update(facts)
        stream = file.add_stream("aac", rate=44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(sine(440, 1, 44_100)[None], format="flt", layout="mono")
        frame.rate = 44_100
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def test_a_wav_without_its_last_byte_holds_the_tag(tmp_path: Path) -> None:
    """A sound of odd length, after which a byte is missing: tags behind it are found."""
    path = tmp_path / "odd.wav"
    path.write_bytes(wav(bytes(range(255)) * 131, RATE, bits=8))
    assert path.stat().st_size % 2
    before = decode(path)
    tagging.write(path, GENRE)
    assert genre_of(path) == GENRE
    assert tagging.genres_of(path) == (GENRE,)
    np.testing.assert_array_equal(decode(path), before)


@pytest.mark.parametrize("genre", [b"Blues\0", b"Rock"])
def test_the_list_of_facts_keeps_no_other_genre(genre: bytes, tmp_path: Path) -> None:
    """Its other facts stay, and so does the sound."""
    path = tmp_path / "facts.wav"
    path.write_bytes(with_facts(genre))
    assert tagging.genres_of(path) == (genre.rstrip(b"\0").decode(),)
    before = fingerprint(path)
    tagging.write(path, GENRE)
    assert genre_of(path) == GENRE
    assert genre.rstrip(b"\0") not in path.read_bytes()[:200]
    assert b"Title" in path.read_bytes()[:200]
    assert fingerprint(path) == before


def test_sound_that_looks_like_facts_is_left_alone(tmp_path: Path) -> None:
    """Bytes of a genre in the middle of the samples are samples."""
    path = tmp_path / "sound.wav"
    trap = b"LIST" + struct.pack("<I", 18) + b"INFOIGNR" + struct.pack("<I", 6) + b"Blues\0"
    path.write_bytes(wav(trap * 200, RATE))
    tagging.write(path, GENRE)
    assert path.read_bytes().count(b"Blues") == 200


def test_tags_at_the_end_of_an_mp3_keep_no_other_genre(tmp_path: Path) -> None:
    """APEv2 beside ID3: both name the new one."""
    path = tmp_path / "ape.mp3"
    path.write_bytes(encoded("mp3"))
    mutagen.File(path).delete()
    tags = APEv2()
    tags["Genre"], tags["Title"] = "Blues", "Title"
    tags.save(path)
    assert tagging.genres_of(path) == ("Blues",)
    tagging.write(path, GENRE)
    found = APEv2(path)
    assert (str(found["Genre"]), str(found["Title"])) == (GENRE, "Title")
    assert genre_of(path) == GENRE


@pytest.mark.parametrize("ape", [False, True])
def test_the_oldest_tag_of_an_mp3_keeps_its_bytes(ape: bool, tmp_path: Path) -> None:
    """ID3v1, whatever alphabet it is in: only the number of its genre is another one."""
    path = tmp_path / "old.mp3"
    path.write_bytes(encoded("mp3"))
    file = mutagen.File(path)
    file.tags.add(TIT2(text="Кино"))
    file.save()
    if ape:
        tags = APEv2()
        tags["Genre"] = "Blues"
        tags.save(path)
    words = ("Кино".encode("cp1251"), b"Artist", b"Album", b"1985", b"A comment")
    old = struct.pack("3s30s30s30s4s30sB", b"TAG", *words, 0)
    path.write_bytes(path.read_bytes() + old)
    for genre, number in ((GENRE, 255), ("Jazz", 8)):
        tagging.write(path, genre)
        assert path.read_bytes()[-128:] == old[:-1] + bytes([number])
        assert path.read_bytes().count(old[:10]) == 1
        assert genre_of(path) == genre
        assert str(mutagen.File(path)["TIT2"]) == "Кино"


def test_a_damaged_list_of_facts_does_not_grow(tmp_path: Path) -> None:
    """A genre that claims gigabytes is blanked as far as its file goes."""
    path = tmp_path / "facts.wav"
    damaged = with_facts(b"Blues\0").replace(struct.pack("<I", 6), struct.pack("<I", 2**31), 1)
    path.write_bytes(damaged)
    make_ready(path)
    assert path.stat().st_size <= len(damaged) + 1


def test_a_genre_that_hides_the_new_one_is_told(tmp_path: Path) -> None:
    """QuickTime's brand keeps an old genre where players look first: the file stays as it is."""
    path = tmp_path / "old.m4a"
    path.write_bytes(quicktime(genre="Blues"))
    before = path.read_bytes()
    with pytest.raises(PipelineError, match=r"cannot be read back: players would find 'Blues'"):
        tagging.write(path, GENRE)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "kind", ["mp3", "flac 16-bit", "ogg vorbis", "ogg opus", "m4a aac", "wma", "wav 16-bit"]
)
def test_several_genres_and_notes_are_read_back(kind: str, tmp_path: Path) -> None:
    """In their order, in every kind; notes stand beside them."""
    assert kind in KINDS
    path = tmp_path / f"song.{'opus' if kind == 'ogg opus' else kind.split()[0]}"
    path.write_bytes(encoded(kind))
    tagging.write(path, ("jazz fusion", "Rock"), notes={"GENRESCOPE_MODEL": "a/b"})
    assert tagging.genres_of(path) == ("jazz fusion", "Rock")
    tags = mutagen.File(path).tags
    written = [value for key, value in tags.items() if "GENRESCOPE_MODEL" in key.upper()]
    assert len(written) == 1
    text = written[0].text if isinstance(written[0], TXXX) else written[0]
    assert [each.decode() if isinstance(each, bytes) else str(each) for each in text] == ["a/b"]


def test_the_fingerprint_counts_what_is_left_out_of_the_sound(tmp_path: Path) -> None:
    """An MP3 file whose first frame does not tell how much silence to drop sounds different."""
    path = tmp_path / "song.mp3"
    path.write_bytes(encoded("mp3"))
    mutagen.File(path).delete()
    data = path.read_bytes()
    place = max(data.find(b"Xing"), data.find(b"Info"))
    assert place > 0
    other = data.replace(data[place : place + 4], b"None", 1)
    assert fingerprint(other) != fingerprint(data)
