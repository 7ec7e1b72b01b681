"""WAV and AIFF files made ready for tags: chunks end where they should, no old genre is left."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# By the first bytes: how lengths are written, and what kinds of file begin so.
ORDERS = {b"RIFF": ("<I", (b"WAVE",)), b"FORM": (">I", (b"AIFF", b"AIFC"))}
HEADER = 8  # bytes of a chunk's name and length
LIST, INFO, GENRE = b"LIST", b"INFO", b"IGNR"


class Chunk(NamedTuple):
    """A chunk of a file: where its content begins, and how long it is, in bytes."""

    name: bytes
    start: int
    size: int


def make_ready(path: Path) -> None:
    """Prepare a file for tags in a chunk of their own; others stay as they are.

    A chunk of odd length is followed by a byte that some programs leave out; tags behind it could
    not be found. A genre in the list of facts would contradict the one in the tags.
    """
    with path.open("r+b") as file:
        order, kinds = ORDERS.get(file.read(4), ("", ()))
        file.seek(HEADER)
        if file.read(4) not in kinds:
            return
        size = path.stat().st_size
        every = list(_chunks(file, order, HEADER + 4, size))
        for chunk in every:
            _blank_genre(file, chunk, order, size)
        if every and every[-1].size % 2 and every[-1].start + every[-1].size == size:
            file.seek(size)
            file.write(b"\0")


def _chunks(file: BinaryIO, order: str, start: int, end: int) -> Iterator[Chunk]:
    while start + HEADER <= end:
        file.seek(start)
        name, length = file.read(4), file.read(4)
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return  # sound, whose chunk does not say how long it is
        [size] = struct.unpack(order, length)
        yield Chunk(name, start + HEADER, size)
        start += HEADER + size + size % 2


def _blank_genre(file: BinaryIO, chunk: Chunk, order: str, file_size: int) -> None:
    file.seek(chunk.start)
    if chunk.name != LIST or file.read(4) != INFO:
        return
    end = min(chunk.start + chunk.size, file_size)
    for fact in list(_chunks(file, order, chunk.start + 4, end)):
        if fact.name == GENRE:
            file.seek(fact.start)
            file.write(bytes(min(fact.size, end - fact.start)))
