"""Links, opened on servers of this machine: what is fetched, what is refused, where it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeAlias

import audio_files
import numpy as np
import pytest

from pipeline import audio, links
from pipeline.errors import AudioError
from pipeline.links import Limits, fetch

if TYPE_CHECKING:
    from pathlib import Path

WAV = audio_files.encoded("wav 16-bit", 1.0)
M4A = audio_files.encoded("m4a aac", 1.0)
NOISE = np.random.default_rng(0).bytes(600_000)
SHORT = Limits(seconds=4)
ONE_PIECE = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
LIVE_LIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n"
DASH = """<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">
<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="64000">
<SegmentList duration="1"><SegmentURL media="m4a"/></SegmentList></Representation></AdaptationSet>
</Period></MPD>"""


class Handler(BaseHTTPRequestHandler):
    """Answers a path with what the server's `pages` has for it, and notes that it was asked."""

    def do_GET(self) -> None:
        """Answer."""
        self.server.seen.append(self.path)
        answer = self.server.pages.get(self.path.partition("?")[0], (404, {}, b""))
        if callable(answer):
            self.send_response(200)
            self.end_headers()
            answer(self.wfile.write)
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


Answer: TypeAlias = tuple[int, dict[str, str], bytes] | Callable[[Callable[[bytes], int]], None]


class Server(ThreadingHTTPServer):
    """A site of this machine."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        self.pages: dict[str, Answer] = {}
        self.seen: list[str] = []
        super().__init__((address, 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """Quiet: clients that leave early are meant to."""

    def give(self, body: bytes, path: str = "/a", **headers: str) -> str:
        """Lay out a file; its address."""
        self.pages[path] = (200, {k.replace("_", "-"): v for k, v in headers.items()}, body)
        return self.at(path)

    def at(self, path: str, host: str = "") -> str:
        """Address of a path."""
        return f"http://{host or self.server_address[0]}:{self.server_port}{path}"


def serve(address: str) -> Iterator[Server]:
    """A running server."""
    server = Server(address)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Server]:
    """A site."""
    yield from serve("127.0.0.1")


@pytest.fixture
def secret() -> Iterator[Server]:
    """Another site, which nobody should see."""
    yield from serve("127.0.0.2")


@pytest.fixture
def let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """One private address counts as public."""
    monkeypatch.setenv("GENRESCOPE_PRIVATE_LINKS", "127.0.0.1")


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """After each test, no process runs and no temporary file is left."""
    started: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(links.subprocess, "Popen", Popen)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("GENRESCOPE_PRIVATE_LINKS", raising=False)
    yield
    assert all(child.returncode is not None for child in started)
    assert not list(tmp_path.iterdir())


def trickle(block: bytes, pause: float) -> Callable[[Callable[[bytes], int]], None]:
    """An answer that does not end."""

    def answer(write: Callable[[bytes], int]) -> None:
        while True:
            write(block)
            time.sleep(pause)

    return answer


# What is fetched


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(
    "kind", ["audio/x-wav", "application/octet-stream", "text/html; charset=utf-8"]
)
def test_file_is_fetched_whatever_its_type_is_called(site: Server, kind: str) -> None:
    """A direct link gives the file byte for byte, named like the file; progress ends at 1."""
    shares: list[float] = []
    url = site.give(WAV, "/My%20song.wav", Content_Type=kind)
    fetched = fetch(f"  {url} ", shares.append)
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
    assert len(audio.decode(fetched.data)) == pytest.approx(audio.SAMPLE_RATE, rel=0.1)


def test_names_are_one_line_of_plain_text() -> None:
    """Of titles, breaks, control characters and reversed writing are left out."""
    assert links._plain(" a\n\tb\x1b[31m\u202ec ") == "a b [31m c"
    assert links._plain("\n") == "Untitled"
    assert len(links._plain("x" * 999)) == links.NAME_LENGTH


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
    assert links._enough({"duration": 3_600, "filesize": 3_600}, order) == 600
    assert links._enough({"duration": 300, "filesize": 3_600}, order) == 1_000
    assert links._enough({"duration": 3_600}, order) == 1_000


@pytest.mark.usefixtures("let_through")
def test_child_ends_when_the_watcher_fails(site: Server) -> None:
    """Whoever stops listening stops the download; see `_nothing_stays`."""

    def watch(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(site.give(NOISE), watch)


def test_few_links_are_opened_at_once() -> None:
    """With all places taken, the visitor is asked to wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_slots", threading.BoundedSemaphore(1))
        links._slots.acquire()
        with pytest.raises(AudioError, match="Try again in a minute"):
            fetch("https://example.org/a.mp3")


# What is refused


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "file: links are not opened"),
        ("ftp://example.org/a.mp3", "ftp: links are not opened"),
        ("javascript:alert(1)", "javascript: links are not opened"),
        ("https://me:pass@example.org/a.mp3", "Remove what stands before the @"),
        ("https://me@example.org/a.mp3", "Remove what stands before the @"),
        ("https://example.org/" + "a" * 2_000, "2020 characters, and at most 2000"),
        ("https://exa mple.org/", "is no link"),
        ("https://example.org/a\r\nHost: b", "is no link"),
        ("https://[::1", "is no link"),
        ("https://example.org:99999/", "is no link"),
        ("https:///a.mp3", "is no link"),
        ("never gonna", "is no link"),
    ],
)
def test_what_is_no_link_to_the_web_is_refused(url: str, words: str) -> None:
    """Other schemes, credentials and nonsense are refused before anything is opened."""
    with pytest.raises(AudioError, match=words):
        fetch(url)


@pytest.mark.parametrize(
    ("typed", "opened"),
    [
        ("www.example.org/a", "https://www.example.org/a"),
        ("//example.org", "https://example.org"),
        ("example.org:8000/a", "https://example.org:8000/a"),
        ("HTTP://example.org/", "http://example.org/"),
    ],
)
def test_missing_scheme_is_https(typed: str, opened: str) -> None:
    """What people type is completed."""
    assert links._checked(typed).geturl() == opened


def test_links_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """GENRESCOPE_LINKS=off turns links off."""
    assert links.enabled()
    monkeypatch.setenv("GENRESCOPE_LINKS", "off")
    assert not links.enabled()
    with pytest.raises(AudioError, match="GENRESCOPE_LINKS=off"):
        fetch("https://example.org/a.mp3")


def test_switch_for_tests_names_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else than networks in it is an error."""
    monkeypatch.setenv("GENRESCOPE_PRIVATE_LINKS", "on")
    with pytest.raises(AudioError, match=r"'on', which is no network\. Write it like"):
        fetch("https://example.org/a.mp3")


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(("status", "words"), [(403, "refuses"), (404, "has nothing")])
def test_site_refuses(site: Server, status: int, words: str) -> None:
    """What a site answers instead of a file is said."""
    site.pages["/a"] = (status, {}, b"")
    with pytest.raises(AudioError, match=rf"{words} .*\({status}\)"):
        fetch(site.at("/a"))


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><p>Hello</html>", "No music was found on this page"),
        (LIVE_LIST.format("/a").encode(), "played live"),
        (ONE_PIECE.format("/ts").encode(), "MPEG-TS"),
    ],
    ids=["no sound", "live", "mpeg-ts"],
)
def test_page_without_sound_that_can_be_used(site: Server, body: bytes, words: str) -> None:
    """Each kind of page that gives nothing has its sentence."""
    site.give((b"G" + bytes(187)) * 9, "/ts")
    with pytest.raises(AudioError, match=words):
        fetch(site.give(body, "/page"))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("ERROR: [a] Unable to download webpage: HTTP Error 401: No (caused by", "an account"),
        ("ERROR: [a] Unable to download webpage: HTTP Error 429: Slow (caused by", "an hour"),
        ("ERROR: [a] Unable to download webpage: HTTP Error 503: No (caused by", "trouble (503)"),
        ("ERROR: [a] Unable to download webpage: HTTP Error 418: Tea (caused by", "error (418)"),
        ("ERROR: [youtube] x: Private video. Sign in if you've been granted access", "an account"),
        ("ERROR: [youtube] x: Sign in to confirm your age. This video may be inappr", "the age"),
        (
            "ERROR: [youtube] x: Sign in to confirm you\u2019re not a bot. Use --cookies",
            "to people",
        ),
        ("ERROR: [youtube] x: Video unavailable. This video has been removed", "any more"),
        ("ERROR: [youtube] x: Premieres in 3 hours", "played live"),
        ("ERROR: [vimeo] 1: This video is only available for registered users", "an account"),
        ("ERROR: This video is not available from your location due to geo restric", "country"),
        ("ERROR: [DRM] The requested site is known to use DRM protection", "copying"),
        ("ERROR: [tv] x: Requested format is not available. Use --list-formats", "no sound"),
        ("ERROR: [tv] x: No video formats found!; please report this issue on", "no sound"),
        (
            "\x1b[0;31mERROR:\x1b[0m [tv] x: KeyError('a'); please report this /home/me",
            "not be read",
        ),
    ],
)
def test_messages_are_put_into_words(message: str, words: str) -> None:
    """Nothing of yt-dlp's own words is shown."""
    sentence = links._why({"error": links._in_words(message)}, False, "example.org", SHORT)
    assert words in sentence
    assert not {"report", "ERROR", "\x1b", "/home", "{", "--"} & set(sentence.split())
    assert sentence.endswith(".")


def test_unknown_name() -> None:
    """A site that does not exist is said not to."""
    with pytest.raises(AudioError, match=r"address of nowhere\.invalid cannot be found"):
        fetch("nowhere.invalid/a.mp3")


# Private addresses

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:db8::1 2002:7f00:1:: 2002:808:808::
3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
127.1 2130706433 0x7f000001 0177.0.0.1 localhost example.org /run/x.sock
""".split()  # noqa: SIM905 - a table
PUBLIC = """
1.1.1.1 8.8.8.8 93.184.216.34 172.32.0.1 100.128.0.1 192.169.0.1 2606:4700::1111 2a00:1450::1
::ffff:8.8.8.8 64:ff9b::808:808
""".split()  # noqa: SIM905 - a table


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address(address: str) -> None:
    """Each kind of address that is not public, and what is none, is refused."""
    assert not links.public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address(address: str) -> None:
    """Addresses of the internet are allowed."""
    assert links.public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_private_link_is_refused(site: Server, host: str) -> None:
    """However a private address is written, it is named in the refusal and sees no request."""
    site.give(WAV)
    with pytest.raises(AudioError, match=r"inside a private network \((127\.0\.0\.1|::1)\)\. Only"):
        fetch(site.at("/a", host))
    assert site.seen == []


@pytest.mark.parametrize("host", ["[::ffff:127.0.0.1]", "169.254.169.254"])
def test_private_network_is_refused(host: str) -> None:
    """It is refused whether or not anything answers there."""
    with pytest.raises(AudioError, match="inside a private network"):
        fetch(f"http://{host}/latest/meta-data/")


@pytest.mark.usefixtures("let_through")
@pytest.mark.parametrize(
    "page",
    [
        (302, {"Location": "{}"}, b""),
        (200, {}, b'<html><audio src="{}"></audio></html>'),
        (200, {}, ONE_PIECE.encode()),
    ],
    ids=["redirect", "page", "playlist"],
)
def test_private_address_behind_a_public_one(site: Server, secret: Server, page: Answer) -> None:
    """A site that is let through leads to one that is not, which sees no request."""
    status, headers, body = page
    url = secret.give(WAV, "/secret.wav")
    headers = {name: value.format(url) for name, value in headers.items()}
    site.pages["/a"] = (status, headers, body.replace(b"{}", url.encode()))
    with pytest.raises(AudioError, match=r"private network \(127\.0\.0\.2\)"):
        fetch(site.at("/a"))
    assert site.seen[0] == "/a"
    assert secret.seen == []


ASK = "s.sendall(b'GET /a HTTP/1.0\\r\\n\\r\\n'); s.recv(1)"
WAYS = {
    "socket": f"s = socket.create_connection(('127.0.0.1', PORT)); {ASK}",
    "connect_ex": f"s = socket.socket(); s.connect_ex(('127.0.0.1', PORT)); {ASK}",
    "urllib": "import urllib.request; urllib.request.urlopen(URL).read()",
    "requests": "import requests; requests.get(URL)",
    "yt-dlp": "import yt_dlp; yt_dlp.YoutubeDL({'proxy': ''}).urlopen(URL).read()",
    # The name is public when it is looked up by a check, and private when it is connected to.
    "rebinding": "import urllib.request; answers = ['93.184.216.34', '127.0.0.1'];"
    " socket.getaddrinfo = lambda h, p, *a, **k: [(2, 1, 6, '', (answers.pop(0), p))];"
    " socket.getaddrinfo('a', 1); urllib.request.urlopen(f'http://example.org:{PORT}/a').read()",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("networks", [[], ["127.0.0.0/8"]], ids=["refused", "let through"])
def test_guard_sees_each_way_to_connect(site: Server, way: str, networks: list[str]) -> None:
    """What reaches the server when it is let through does not reach it otherwise."""
    ran = guarded(f"PORT = {site.server_port}; URL = {site.at('/a')!r}; {WAYS[way]}", networks)
    assert bool(networks) == (site.seen == ["/a"])
    assert ("127.0.0.1 is not a public address" in ran.stderr) == (not networks)


@pytest.mark.parametrize(
    "code",
    [
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
    ],
)
def test_guard_starts_no_program(code: str) -> None:
    """A program that was started would not be watched."""
    assert "No other program may be started" in guarded(f"import os, subprocess; {code}").stderr


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket(socket.AF_UNIX).connect('/run/x.sock')",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b''], [], 0, ('127.0.0.1', 9))",
        "socket.socket().connect(('localhost', 9))",
    ],
)
def test_guard_refuses_other_sockets(code: str) -> None:
    """Neither sockets of this machine, nor datagrams, nor names that are looked up once more."""
    assert "is not a public address" in guarded(code).stderr


def test_child_has_no_library_that_the_guard_does_not_see() -> None:
    """curl_cffi connects without Python's knowledge, so it cannot be loaded."""
    code = "import sys, pipeline.links as links; links._serve({'url': '', 'size': 9,"
    code += " 'let_through': [], 'music': 9}); import curl_cffi"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "import of curl_cffi halted" in ran.stderr


@pytest.mark.usefixtures("let_through")
def test_proxies_are_not_used(
    site: Server, secret: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment, which reaches private addresses itself, is passed by."""
    monkeypatch.setenv("http_proxy", secret.at(""))
    monkeypatch.setenv("ALL_PROXY", secret.at(""))
    assert fetch(site.give(WAV)).data == WAV
    assert secret.seen == []


def test_import_is_light() -> None:
    """yt-dlp is loaded by the child only."""
    code = "import sys, pipeline.links; sys.exit('yt_dlp' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def guarded(code: str, networks: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in a guarded process."""
    start = f"import socket; from pipeline.links import guard; guard({networks or []}, str); "
    return subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
    )
