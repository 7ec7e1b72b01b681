"""Playlists as extended M3U in UTF-8, which music players read as ``.m3u8`` and ``.m3u``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

UNKNOWN_SECONDS = -1
NO_PATH = ("#", "\ufeff")  # a line that begins so is no path


@dataclass(frozen=True)
class Entry:
    """A recording in a playlist.

    Attributes
    ----------
    path
        Where players look for it; from the playlist's own folder, if it is relative.
    title, artist
        Either may be empty; without both, players show the name of the file.
    seconds
        None or NaN: not known.
    """

    path: PurePath
    title: str = ""
    artist: str = ""
    seconds: float | None = None


def m3u(entries: Iterable[Entry]) -> str:
    """The text of a playlist, whose lines end with a newline; to be written as UTF-8."""
    lines = (line for entry in entries for line in (_described(entry), _located(entry.path)))
    return "".join(f"{line}\n" for line in ("#EXTM3U", *lines))


def _described(entry: Entry) -> str:
    known = entry.seconds is not None and entry.seconds == entry.seconds  # not NaN
    seconds = round(entry.seconds or 0) if known else UNKNOWN_SECONDS
    names = [_one_line(name) for name in (entry.artist, entry.title)]
    words = " - ".join(name for name in names if name) or _one_line(entry.path.stem)
    return f"#EXTINF:{seconds},{words}"


def _one_line(text: str) -> str:
    """Without line breaks, and with bytes of a name in no encoding spelt out."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


def _located(path: PurePath) -> str:
    """A path as it is; what a line of UTF-8 cannot hold, or players would cut, as an address."""
    text = str(path)
    if not text.isprintable() or text != text.strip():
        return Path(path).as_uri() if path.is_absolute() else quote(os.fsencode(path))
    return f"./{text}" if text.startswith(NO_PATH) else text


def of_tracks(
    tracks: pd.DataFrame, paths: Mapping[str, Path], base: Path | None = None
) -> list[Entry]:
    """Tracks of a benchmark whose recordings are known, in their order.

    Parameters
    ----------
    tracks
        ``track_id, artist, title`` and, where it is known, ``seconds``.
    paths
        By track id.
    base
        Folder that paths begin in; None: they are absolute.
    """
    found = tracks[tracks["track_id"].isin(list(paths))].to_dict("records")
    return [_entry({str(k): v for k, v in row.items()}, paths, base) for row in found]


def _entry(row: dict[str, object], paths: Mapping[str, Path], base: Path | None) -> Entry:
    track_id, artist, title = (str(row[name]) for name in ("track_id", "artist", "title"))
    path, seconds = paths[track_id].absolute(), row.get("seconds")
    return Entry(
        PurePath(os.path.relpath(path, base)) if base else path,
        title=title,
        artist="" if artist == track_id else artist,  # it stands for an artist nobody knows
        seconds=seconds if isinstance(seconds, float) else None,
    )
