"""Links, opened on servers of this machine: what is fetched, and where it ends."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support import audio_files
from support.web_site import DASH, ONE_PIECE, trickle

from pipeline.audio.decoding import decode
from pipeline.audio.windows import SAMPLE_RATE
from pipeline.errors import AudioError
from pipeline.untrusted import download, links
from pipeline.untrusted.links import Limits, fetch

if TYPE_CHECKING:
    from support.web_site import Server

pytestmark = pytest.mark.usefixtures("nothing_stays")
WAV = audio_files.encoded("wav 16-bit", 1.0)
M4A = audio_files.encoded("m4a aac", 1.0)
NOISE = np.random.default_rng(0).bytes(600_000)
SHORT = Limits(seconds=4)


# What is fetched


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(
    "kind", ["audio/x-wav", "application/octet-stream", "text/html; charset=utf-8"]
)
def test_file_is_fetched_whatever_its_type_is_called(site: Server, kind: str) -> None:
    """A direct link gives the file byte for byte, named like the file; progress ends at 1."""
    shares: list[float] = []
    url = site.give(WAV, "/My%20song.wav", Content_Type=kind)
    fetched = fetch(f"  {url} ", lambda _, share, total: shares.append(share))
    assert fetched == links.Fetched("My song", WAV, url, cut=False)
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.usefixtures("let_through")
def test_redirects_are_followed(site: Server) -> None:
    """A chain of redirects ends at the file."""
    url = site.give(WAV, "/end")
    site.pages["/second"] = (307, {"Location": "/end"}, b"")
    site.pages["/first"] = (301, {"Location": site.at("/second")}, b"")
    assert fetch(site.at("/first")).data == WAV
    assert fetch(site.at("/first")).url != url


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(
    "page",
    [
        '<html><title>Piece</title><audio src="/m4a"></audio></html>',
        ONE_PIECE.format("/m4a"),
        DASH,
    ],
    ids=["page", "hls", "dash"],
)
def test_sound_of_pages_and_playlists_is_fetched(site: Server, page: str) -> None:
    """What a page plays comes as a file that can be decoded."""
    site.give(M4A, "/m4a", Content_Type="audio/mp4")
    fetched = fetch(site.give(page.encode(), "/page"))
    assert len(decode(fetched.data)) == pytest.approx(SAMPLE_RATE, rel=0.1)


def test_names_are_one_line_of_plain_text() -> None:
    """Of titles, breaks, control characters and reversed writing are left out."""
    assert download.plain(" a\n\tb\x1b[31m\u202ec ") == "a b [31m c"
    assert download.plain("\n") == "Untitled"
    assert len(download.plain("x" * 999)) == download.NAME_LENGTH


# Where it ends


@pytest.mark.usefixtures("let_through")
def test_slow_server_is_left_when_time_is_up(site: Server) -> None:
    """A server that never ends costs the time limit, no more."""
    site.pages["/a"] = trickle(b"RIFF", 0.05)
    start = time.monotonic()
    with pytest.raises(AudioError, match=r"127.0.0.1 did not give enough within 4 seconds"):
        fetch(site.at("/a"), limits=SHORT)
    assert time.monotonic() - start < 10


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize("pause", [60, 0], ids=["slow", "huge"])
def test_beginning_is_used(site: Server, pause: float) -> None:
    """What came until the time is up, or the size limit is reached, is used if it is enough."""
    site.pages["/a"] = trickle(NOISE, pause)
    fetched = fetch(site.at("/a"), limits=Limits(seconds=6, size=700_000))
    assert fetched.cut
    assert (NOISE + NOISE).startswith(fetched.data)
    assert len(fetched.data) == 700_000 or pause


@pytest.mark.usefixtures("let_through")
def test_broken_connection(site: Server) -> None:
    """A download that breaks off is used if half a minute came."""
    fetched = fetch(site.give(NOISE, Content_Length="999999"))
    assert fetched.cut
    assert NOISE.startswith(fetched.data)
    with pytest.raises(AudioError, match="breaks off"):
        fetch(site.give(NOISE[:9_999], Content_Length="999999"))


def test_first_minutes_are_a_share_of_the_bytes() -> None:
    """Of an hour of known size, as much is fetched as ten minutes need."""
    order = {"size": 1_000, "music": 600.0}
    assert download.enough({"duration": 3_600, "filesize": 3_600}, order) == 600
    assert download.enough({"duration": 300, "filesize": 3_600}, order) == 1_000
    assert download.enough({"duration": 3_600}, order) == 1_000


@pytest.mark.usefixtures("let_through")
def test_child_ends_when_the_watcher_fails(site: Server) -> None:
    """Whoever stops listening stops the download; see `_nothing_stays`."""

    def interrupt(task: str, done: float, total: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(site.give(NOISE), interrupt)


def test_few_links_are_opened_at_once() -> None:
    """With all places taken, the visitor is asked to wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_slots", threading.BoundedSemaphore(1))
        links._slots.acquire()
        with pytest.raises(AudioError, match="Try again in a minute"):
            fetch("https://example.org/a.mp3")
