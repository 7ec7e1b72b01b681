"""How to make a file's earlier bytes from its present ones: what stayed is not stored."""

from __future__ import annotations

import struct
import zlib
from contextlib import contextmanager
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SEED = 64  # bytes by which a stretch is found again
# Where one is looked for, in parts of what is left: no regular distance, as of pages, misses all.
PLACES = (0, 0.618, 0.236, 0.854, 0.472, 0.09, 1)
PIECE = 2**20  # bytes that are compared or copied at once
HEADER = struct.Struct("<QQQ")  # where a stretch is in the new file, its length, bytes before it


class Same(NamedTuple):
    """A stretch that two files share: where it begins in either, and its length, in bytes."""

    old: int
    new: int
    size: int


Bytes: TypeAlias = bytes | mmap


def make_patch(old: Path, new: Path) -> bytes:
    """What is needed to make the old file from the new one, compressed.

    Memory does not grow with the files, but with what they do not share.
    """
    with _mapped(old) as before, _mapped(new) as after:
        packer, parts, at = zlib.compressobj(), [], 0
        ends = Same(len(before), len(after), 0)
        for same in (*_shared(before, after, (0, len(before)), (0, len(after))), ends):
            own = before[at : same.old]
            parts.append(packer.compress(HEADER.pack(same.new, same.size, len(own)) + own))
            at = same.old + same.size
        return b"".join((*parts, packer.flush()))


def write_old(new: Path, patch: bytes, target: Path) -> str:
    """Write the old file, and give its SHA-256 in hex."""
    digest, data = sha256(), zlib.decompress(patch)
    with _mapped(new) as after, target.open("wb") as file:
        for piece in _pieces(after, data):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def old_hash(new: Path, patch: bytes) -> str:
    """SHA-256 of the old file, which is not written."""
    digest = sha256()
    with _mapped(new) as after:
        for piece in _pieces(after, zlib.decompress(patch)):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(after: Bytes, data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        start, size, own = HEADER.unpack_from(data, at)
        at += HEADER.size
        yield data[at : at + own]
        at += own
        for place in range(start, start + size, PIECE):
            yield after[place : min(place + PIECE, start + size)]


def _shared(
    old: Bytes, new: Bytes, in_old: tuple[int, int], in_new: tuple[int, int]
) -> Sequence[Same]:
    """Stretches that two parts share, in order; not every one is found."""
    found: list[Same] = []
    waiting = [(in_old, in_new)]
    while waiting:
        (old_start, old_end), (new_start, new_end) = waiting.pop()
        same = _stretch(old, new, (old_start, old_end), (new_start, new_end))
        if same is not None:
            found.append(same)
            waiting.append(((old_start, same.old), (new_start, same.new)))
            end = same.size
            waiting.append(((same.old + end, old_end), (same.new + end, new_end)))
    return sorted(found)


def _stretch(
    old: Bytes, new: Bytes, in_old: tuple[int, int], in_new: tuple[int, int]
) -> Same | None:
    """A long stretch that is in both parts."""
    (start, end), best = in_old, None
    if end - start < SEED or in_new[1] - in_new[0] < SEED:
        return None
    for part in PLACES:
        at = start + round((end - start - SEED) * part)
        place = new.find(old[at : at + SEED], *in_new)
        if place >= 0:
            same = _grown(old, new, Same(at, place, SEED), in_old, in_new)
            best = max(best or same, same, key=lambda each: each.size)
    return best


def _grown(
    old: Bytes, new: Bytes, same: Same, in_old: tuple[int, int], in_new: tuple[int, int]
) -> Same:
    """A stretch, as long as it can be made."""
    back = _alike(old, new, same.old, same.new, -min(same.old - in_old[0], same.new - in_new[0]))
    room = min(in_old[1] - same.old, in_new[1] - same.new)
    ahead = _alike(old, new, same.old, same.new, room)
    return Same(same.old - back, same.new - back, back + ahead)


def _alike(old: Bytes, new: Bytes, at_old: int, at_new: int, room: int) -> int:
    """How many bytes are the same from two places on; backwards, if there is room below zero."""
    step, most, done = (1 if room > 0 else -1), abs(room), 0
    while done < most:
        size = min(PIECE, most - done)
        ends = [at + step * done for at in (at_old, at_new)]
        a, b = (
            np.frombuffer(data[end : end + size] if step > 0 else data[end - size : end], np.uint8)
            for data, end in zip((old, new), ends, strict=True)
        )
        other = np.flatnonzero(a != b)
        if len(other):
            return done + int(other[0] if step > 0 else size - 1 - other[-1])
        done += size
    return most


@contextmanager
def _mapped(path: Path) -> Iterator[Bytes]:
    """The bytes of a file, which the system reads as they are needed."""
    with path.open("rb") as file:
        if not _size(file):
            yield b""
            return
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            yield data


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)
