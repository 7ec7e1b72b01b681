"""From a link to the sound behind it, fetched by a process that reaches public addresses only.

The process runs yt-dlp, which follows redirects, asks further addresses, and reads what strangers
wrote; so it is watched from inside, limited, and killed when its time is up.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from pipeline.errors import AudioError
from pipeline.progress import Progress, silent
from pipeline.untrusted import process

if TYPE_CHECKING:
    from collections.abc import Iterator

URL_LENGTH = 2_000
AT_ONCE = 4
WORTH_USING = 500_000  # bytes: half a minute of MP3; less of a broken download is not used
INSTEAD = "If you can download the file there, upload it here."

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
    r"Error 451": "{site} may not show this here, for legal reasons (451). Choose another piece.",
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
NO_LINK = "{!r} is not a link. Copy it from the address bar of the browser."
FAILED = "What is behind this link could not be read. {instead}"

logger = logging.getLogger(__name__)
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


def fetch(url: str, progress: Progress = silent, limits: Limits | None = None) -> Fetched:
    """Fetch the sound of a page that yt-dlp knows, or of an audio file, from its beginning.

    Nothing stays on the disk.

    Parameters
    ----------
    progress
        Learns the share that has come, from 0 to 1, where the size is known.

    Raises
    ------
    AudioError
        If links are turned off, the link is not one to the public web, or no sound came in time.
    """
    if not enabled():
        raise AudioError("Links are turned off here (GENRESCOPE_LINKS=off). Upload a file instead.")
    limits = limits or Limits()
    page = checked(url)
    networks = _allowed_networks()
    with _slot():
        facts, sound = _received(page.geturl(), networks, limits, progress)
    if not facts["whole"] and len(sound) < min(facts["enough"], WORTH_USING):
        sentence = explained(facts, page.hostname or "", limits)
        logger.info("A link was not opened: %s", sentence)
        raise AudioError(sentence)
    if sound[:1] == b"G" and sound[188:189] == b"G":
        raise AudioError(f"{page.hostname} gives a broadcast stream (MPEG-TS) only. {INSTEAD}")
    return Fetched(facts["name"], bytes(sound), page.geturl(), not facts["whole"])


def checked(url: str) -> SplitResult:
    """A link as it is opened.

    Raises
    ------
    AudioError
        If it is none to the web.
    """
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


def explained(facts: dict[str, Any], site: str, limits: Limits) -> str:
    """Why there is no sound, in a sentence for a visitor."""
    if "refused" in facts:
        return (
            f"This link leads to an address inside a private network ({facts['refused']}). Only"
            " public addresses are opened."
        )
    if facts.get("late"):
        return f"{site} did not give enough within {limits.seconds:g} seconds. {INSTEAD}"
    return _in_words(str(facts.get("error", ""))).format(site=site, instead=INSTEAD)


def _in_words(message: str) -> str:
    """A sentence for a message of yt-dlp, which speaks to programmers."""
    for pattern, sentence in WORDS.items():
        if match := re.search(pattern, message, re.IGNORECASE):
            return match.expand(sentence)
    return FAILED


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError as error:
        raise AudioError(NO_LINK.format(url)) from error
    return parts


def _allowed_networks() -> list[str]:
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


def _received(
    url: str, networks: list[str], limits: Limits, progress: Progress
) -> tuple[dict[str, Any], bytearray]:
    """What the process sent about the sound, and the sound, until it ends or there is enough."""
    facts: dict[str, Any] = {"enough": limits.size, "whole": False}
    sound = bytearray()
    try:
        with _downloader() as worker, worker.deadline(limits.seconds):
            # Not an argument, which everybody on the machine could read.
            worker.send(url=url, allowed_networks=networks, size=limits.size, music=limits.music)
            while len(sound) < facts["enough"] and "end" not in facts:
                message, block = worker.receive(limits.size)
                facts |= message
                facts["enough"] = min(facts["enough"], limits.size)
                sound += block
                if "share" in message:
                    progress("Download", message["share"], 1)
    except process.WorkerDied as error:  # what came so far may be enough
        facts["late"] = isinstance(error, process.WorkerTooSlow)
    del sound[facts["enough"] :]
    return facts, sound


@contextmanager
def _downloader() -> Iterator[process.Worker]:
    """A process that does not outlive the context, nor do its files."""
    proxies = dict.fromkeys(name for name in os.environ if name.lower().endswith("_proxy"))
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        env = proxies | {"YTDLP_NO_PLUGINS": "1", "TMPDIR": folder}
        worker = process.Worker("pipeline.untrusted.download", env, folder, quiet=True)
        try:
            yield worker
        finally:
            worker.end()
