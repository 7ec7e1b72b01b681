"""From a link to the sound behind it, fetched by a process that reaches public addresses only.

The process runs yt-dlp, which follows redirects, asks further addresses, and reads what strangers
wrote; so it is watched from inside, limited, and killed when its time is up. It tells what it finds
on its standard output, in lines of JSON; a line that names a number of bytes is followed by them.
"""

from __future__ import annotations

import io
import ipaddress
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import SplitResult, urlsplit

from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL_LENGTH = 2_000
NAME_LENGTH = 200
AT_ONCE = 4
WORTH_HEARING = 500_000  # bytes: half a minute of MP3; less of a broken download is not used
MEMORY = 500_000_000
INSTEAD = "If you can download the file there, upload it here."

# What is reachable from here, but is nobody's public address. `is_global` knows the other ones.
NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24"),
        "168.63.129.16/32",  # answers inside of Azure's machines
        *("2001::/23", "2002::/16", "3fff::/20"),  # tunnels, and examples of documentation
    )
]
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
PROGRAMS = {
    *("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("os.startfile", "os.system", "pty.spawn"),
}

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
    "js_runtimes": {},  # no programs, see `guard`
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

# What yt-dlp's messages mean to a visitor: the first pattern that is found counts. "\1" stands for
# what the group matched.
WORDS = {
    r"Unsupported URL": "No music was found on this page of {site}. Choose a page that plays one"
    " piece of music, or a link to an audio file.",
    r"\bDRM\b": "{site} protects this against copying (DRM). Choose another piece.",
    r"confirm your age|age.(restrict|verif)|inappropriate": "{site} asks for the age of visitors."
    " {instead}",
    r"not a bot|anti-bot|captcha": "{site} gives this out to people only, not to programs."
    " {instead}",
    r"geo.?(restrict|block)|VPN|your (country|location|region)": "{site} does not show this in the"
    " country of this machine. {instead}",
    r"\bprivate\b|(log|sign).?in\b|password|registered|subscri|premium|Error 40[127]": "{site}"
    " shows this to some people only: it is private, or asks for an account. {instead}",
    r"\blive\b|premieres|will begin": "This is played live by {site}. Choose a recording that has"
    " ended.",
    r"no (video|audio|media|format|suitable)|format is not available|there's no": "There is no"
    " sound at this link that could be opened. Choose a page with one piece of music, or a link to"
    " an audio file.",
    r"Error (404|410)": "{site} has nothing at this address (\\1). Check the link.",
    r"Error 403": "{site} refuses to give this to this machine (403). {instead}",
    r"Error 429": "{site} was asked too often by this machine (429). Try again in an hour.",
    r"Error 451": "{site} may not show this here, for reasons of law (451). Choose another piece.",
    r"Error (5\d\d)": "{site} is in trouble (\\1). Try again later.",
    r"Error ([34]\d\d)": "{site} answers with an error (\\1). Check the link. {instead}",
    r"unavailable|not available|removed|deleted|terminated|not exist": "{site} does not have this"
    " any more. Check the link.",
    r"CERTIFICATE": "{site} cannot prove who it is: its certificate is not valid. {instead}",
    r"getaddrinfo|name resolution|not known|no address": "The address of {site} cannot be found."
    " Check its spelling, and that this machine reaches the internet.",
    r"timed out|refused|reset|closed|unreachable|no route|bytes read": "{site} does not answer, or"
    " breaks off. Check the link, or try again later.",
}
NO_LINK = "{!r} is no link. Copy it from the address bar of the browser."
FAILED = "What is behind this link could not be read. {instead}"

_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Limits:
    """Where fetching ends.

    Attributes
    ----------
    seconds
        Time for everything.
    size
        Bytes of sound.
    music
        Seconds of music, where a site says how long a piece is.
    """

    seconds: float = 60.0
    size: int = 60_000_000
    music: float = 600.0


@dataclass(frozen=True)
class Fetched:
    """The sound behind a link.

    Attributes
    ----------
    name
        Title or file name: plain text that a stranger wrote.
    data
        A file of any kind, for `pipeline.audio`.
    url
        The link.
    cut
        Whether only the beginning was fetched.
    """

    name: str
    data: bytes
    url: str
    cut: bool


def enabled() -> bool:
    """Whether links are opened: the environment variable ``GENRESCOPE_LINKS`` is not ``off``."""
    return os.environ.get("GENRESCOPE_LINKS", "on").strip().lower() != "off"


def fetch(
    url: str, watch: Callable[[float], None] | None = None, limits: Limits | None = None
) -> Fetched:
    """Fetch the sound of a page that yt-dlp knows, or of an audio file, from its beginning.

    Nothing stays on the disk.

    Parameters
    ----------
    watch
        Is told the share that has come, from 0 to 1, where the size is known.

    Raises
    ------
    AudioError
        If links are turned off, the link is not one to the public web, or no sound came in time.
    """
    if not enabled():
        raise AudioError("Links are turned off here (GENRESCOPE_LINKS=off). Upload a file instead.")
    limits = limits or Limits()
    page = _checked(url)
    order = {"url": page.geturl(), "let_through": _let_through(), **asdict(limits)}
    with _slot(), TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        end = time.monotonic() + limits.seconds
        with _child(order, folder, limits.seconds) as out:
            told, sound = _heard(out, limits.size, watch)
        late = time.monotonic() >= end
    cut = "done" not in told
    if cut and len(sound) < min(told["enough"], WORTH_HEARING):
        raise AudioError(_why(told, late, page.hostname or "", limits))
    if sound[:1] == b"G" and sound[188:189] == b"G":
        raise AudioError(f"{page.hostname} gives a broadcast stream (MPEG-TS) only. {INSTEAD}")
    return Fetched(told["name"], bytes(sound), page.geturl(), cut)


def public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and not to a network around here.

    An IPv6 address that stands for an IPv4 address is judged by that. What is no address, such as a
    name, is not public.
    """
    with suppress(ValueError):
        return _public(ipaddress.ip_address(address))
    return False


def guard(let_through: list[str], tell: Callable[[str], None]) -> None:
    """Keep this process, from now on, from private addresses and from starting programs.

    Python reports each connection, by whichever library and for each redirect, just before it is
    made. A name is refused, as nobody knows what it would lead to; libraries look names up first.
    What is refused raises a `PermissionError`.

    Parameters
    ----------
    let_through
        Networks that are not refused.
    tell
        Is told each refused address.
    """
    allowed = [ipaddress.ip_network(network) for network in let_through]

    def look(event: str, args: tuple[Any, ...]) -> None:
        if event in PROGRAMS:
            raise PermissionError("No other program may be started.")
        if event in CONNECTIONS and args[1] is not None:
            address = _ip(*args[:2])
            if not public(address) and not _within(address, allowed):
                tell(address)
                raise PermissionError(f"{address} is not a public address.")

    sys.addaudithook(look)


def _public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip in NAT64:
            return _public(ipaddress.IPv4Address(int(ip) % 2**32))
        if ip not in GLOBAL_V6:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in NOT_PUBLIC)


def _within(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    with suppress(ValueError):
        return any(ipaddress.ip_address(address) in network for network in networks)
    return False


def _ip(sock: socket.socket, address: Any) -> str:
    """Where a socket connects to; of what is no IP address, words that are none either."""
    # Not `address[0]` of any family: a number of another family reads like an IP address.
    internet = sock.family in (socket.AF_INET, socket.AF_INET6)
    return str(address[0]) if internet else "a socket of this machine"


def _checked(url: str) -> SplitResult:
    """A link as it is opened, if it can be."""
    url = url.strip()
    if len(url) > URL_LENGTH:
        raise AudioError(f"The link has {len(url)} characters, and at most {URL_LENGTH} are read.")
    if not re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", url, re.IGNORECASE):  # a digit: a port
        url = f"https://{url.removeprefix('//')}"
    parts = _split(url)
    if parts.scheme not in ("http", "https"):
        raise AudioError(
            f"{parts.scheme}: links are not opened. Give one that begins with http:// or https://."
        )
    if "@" in parts.netloc:
        raise AudioError("The link holds a user name or password. Remove what stands before the @.")
    if not parts.hostname or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise AudioError(NO_LINK.format(url))
    return parts


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError as error:
        raise AudioError(NO_LINK.format(url)) from error
    return parts


def _let_through() -> list[str]:
    """Private networks that tests open, from the environment."""
    networks = os.environ.get("GENRESCOPE_PRIVATE_LINKS", "").replace(",", " ").split()
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise AudioError(
                f"GENRESCOPE_PRIVATE_LINKS holds {network!r}, which is no network. Write it like"
                " 127.0.0.0/8, or unset the variable."
            ) from error
    return networks


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise AudioError(f"{AT_ONCE} links are being opened already. Try again in a minute.")
    try:
        yield
    finally:
        _slots.release()


@contextmanager
def _child(order: dict[str, Any], folder: str, seconds: float) -> Iterator[BinaryIO]:
    """What the process tells that carries out an order; it does not outlive the context."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    root = str(Path(__file__).parents[1])
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "pipeline.links"],
        cwd=folder,
        env=kept | {"PYTHONPATH": root, "YTDLP_NO_PLUGINS": "1", "TMPDIR": folder},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    with child:
        try:
            # Not an argument, which everybody on the machine could read.
            cast("BinaryIO", child.stdin).write(json.dumps(order).encode() + b"\n")
            cast("BinaryIO", child.stdin).flush()
            yield cast("BinaryIO", child.stdout)
        finally:
            timer.cancel()
            child.kill()


def _heard(
    out: BinaryIO, size: int, watch: Callable[[float], None] | None
) -> tuple[dict[str, Any], bytearray]:
    """Everything that the child told, and the sound, until it ends or there is enough."""
    told: dict[str, Any] = {"enough": size}
    sound = bytearray()
    # A line without its end is the last one of a child that was killed.
    while len(sound) < told["enough"] and (line := out.readline()).endswith(b"\n"):
        message = json.loads(line)
        told |= message
        sound += out.read(message.get("bytes", 0))
        if watch and "share" in message:
            watch(message["share"])
    del sound[told["enough"] :]
    return told, sound


def _why(told: dict[str, Any], late: bool, site: str, limits: Limits) -> str:
    """Why there is no sound."""
    if "refused" in told:
        return (
            f"This link leads to an address inside a private network ({told['refused']}). Only"
            " public addresses are opened."
        )
    if late:
        return f"{site} did not give enough within {limits.seconds:g} seconds. {INSTEAD}"
    return str(told.get("error", FAILED)).format(site=site, instead=INSTEAD)


# What follows runs in the child.


class _Stdout(io.RawIOBase):
    """Standard output, on which sound is told like everything else."""

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        _tell(bytes(block), bytes=len(block))
        return len(block)


def _tell(block: bytes = b"", /, **message: Any) -> None:
    out = sys.__stdout__.buffer  # type: ignore[union-attr]
    out.write(json.dumps(message).encode() + b"\n" + block)
    out.flush()


def _serve(order: dict[str, Any]) -> None:
    """Carry out an order and tell about it."""
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]  # its connections are not reported
    from yt_dlp.utils import YoutubeDLError

    _limit("RLIMIT_AS", MEMORY)
    _limit("RLIMIT_FSIZE", order["size"])
    guard(order["let_through"], lambda address: _tell(refused=address))
    sys.stdout = io.TextIOWrapper(_Stdout(), write_through=True)
    try:
        _download(order)
    except (YoutubeDLError, OSError, MemoryError) as error:
        _tell(error=_in_words(str(error)))


def _limit(name: str, value: int) -> None:
    # Not on Windows, and not all of them on macOS.
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(getattr(resource, name), (value, value))


def _download(order: dict[str, Any]) -> None:
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import YoutubeDLError

    with YoutubeDL(OPTIONS) as ydl:
        info = ydl.extract_info(order["url"], download=False)
        while "entries" in info:
            info = next(iter(info["entries"]), None) or {}
        if info.get("live_status") in ("is_live", "is_upcoming"):
            raise YoutubeDLError("It is live.")
        enough = _enough(info, order)
        _tell(name=_plain(info.get("title") or ""), enough=enough)
        ydl.add_progress_hook(lambda state: _progress(state, enough))
        if ydl.dl("-", info)[0]:
            _tell(done=True)


def _enough(info: dict[str, Any], order: dict[str, Any]) -> int:
    """Bytes that hold the first minutes."""
    seconds = info.get("duration") or 0
    size = info.get("filesize") or info.get("filesize_approx") or 0
    if seconds <= order["music"] or not size:
        return order["size"]
    return min(order["size"], int(size * order["music"] / seconds))


def _plain(title: str) -> str:
    """A title on one line, without what cannot be seen."""
    seen = "".join(c if c.isprintable() else " " for c in title)
    return " ".join(seen.split())[:NAME_LENGTH] or "Untitled"


def _progress(state: dict[str, Any], enough: int) -> None:
    total = state.get("total_bytes") or state.get("total_bytes_estimate")
    if total:
        _tell(share=min(state.get("downloaded_bytes", 0) / min(total, enough), 1.0))


def _in_words(message: str) -> str:
    """A sentence for a message of yt-dlp, which speaks to programmers."""
    for pattern, sentence in WORDS.items():
        if match := re.search(pattern, message, re.IGNORECASE):
            return match.expand(sentence)
    return FAILED


if __name__ == "__main__":
    _serve(json.loads(sys.stdin.readline()))
