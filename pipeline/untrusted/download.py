"""The process behind `pipeline.untrusted.links`: it runs yt-dlp and sends what it finds."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from pipeline.untrusted import network, process

if TYPE_CHECKING:
    from pipeline.untrusted.process import Channel

MAX_MEMORY_BYTES = 500_000_000  # bytes of address space
NAME_LENGTH = 200
ERROR_LENGTH = 2_000

# Plain downloads before playlists of pieces, which more often hold what is not decoded here.
KINDS = ("[protocol^=http]", "[protocol^=m3u8]")
FORMAT = "/".join(f"bestaudio{kind}/worst*[acodec!=?none]{kind}" for kind in KINDS)
OPTIONS = {
    "format": FORMAT,
    "noplaylist": True,
    "playlist_items": "1",
    "proxy": "",  # none, whatever the environment says
    "cachedir": False,
    "check_formats": False,
    "external_downloader": "native",
    "fixup": "never",
    "js_runtimes": {},  # no programs, see `network.guard`
    "geo_bypass": False,
    "socket_timeout": 15,
    "retries": 0,  # where a server cannot resume, it would begin anew in the midst of the sound
    "fragment_retries": 2,
    "extractor_retries": 1,
    "skip_unavailable_fragments": False,
    "quiet": True,
    "no_warnings": True,
    "noprogress": True,
    "logtostderr": True,
    "color": "never",
}


class _Stdout(io.RawIOBase):
    """Standard output, to which yt-dlp writes the sound."""

    def __init__(self, server: Channel) -> None:
        self.server = server

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self.server.send(bytes(block))
        return len(block)


def serve(server: Channel, request: dict[str, Any]) -> None:
    """Send the sound behind a link, what is known of it, and how it ended.

    Parameters
    ----------
    server
        The line to whoever wants it.
    request
        ``url``, ``allowed_networks`` (see `network.guard`), ``size`` (most bytes of sound) and
        ``music`` (seconds of music that are enough).
    """
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]  # its connections are not reported
    from yt_dlp.utils import YoutubeDLError

    process.limit(memory=MAX_MEMORY_BYTES, file_size=request["size"])
    network.guard(request["allowed_networks"], lambda address: server.send(refused=address))
    sys.stdout = io.TextIOWrapper(_Stdout(server), write_through=True)
    try:
        is_whole = _download(server, request)
    except (YoutubeDLError, OSError, MemoryError) as error:
        server.send(error=str(error)[:ERROR_LENGTH], end=True)
    else:
        server.send(whole=is_whole, end=True)


def enough(info: dict[str, Any], request: dict[str, Any]) -> int:
    """Bytes that hold the first minutes of a piece that yt-dlp describes."""
    seconds = info.get("duration") or 0
    size = info.get("filesize") or info.get("filesize_approx") or 0
    if seconds <= request["music"] or not size:
        return int(request["size"])
    return min(request["size"], int(size * request["music"] / seconds))


def plain(title: str) -> str:
    """A title on one line, without what cannot be seen."""
    seen = "".join(c if c.isprintable() else " " for c in title)
    return " ".join(seen.split())[:NAME_LENGTH] or "Untitled"


def _download(server: Channel, request: dict[str, Any]) -> bool:
    """Whether everything was sent."""
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import YoutubeDLError

    with YoutubeDL(OPTIONS) as ydl:
        info = ydl.extract_info(request["url"], download=False)
        while "entries" in info:
            info = next(iter(info["entries"]), None) or {}
        if info.get("live_status") in ("is_live", "is_upcoming"):
            raise YoutubeDLError("It is live.")
        size = enough(info, request)
        server.send(name=plain(info.get("title") or ""), enough=size)
        ydl.add_progress_hook(lambda state: _progress(server, state, size))
        return bool(ydl.dl("-", info)[0])


def _progress(server: Channel, state: dict[str, Any], size: int) -> None:
    total = state.get("total_bytes") or state.get("total_bytes_estimate")
    if total:
        server.send(share=min(state.get("downloaded_bytes", 0) / min(total, size), 1.0))


if __name__ == "__main__":
    channel = process.server()
    order, _ = channel.receive()
    process.end_with(channel)
    serve(channel, order)
