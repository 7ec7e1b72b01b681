"""Private addresses, which no link reaches, whatever leads there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import audio_files
from support.web_site import ONE_PIECE

from pipeline.errors import AudioError
from pipeline.untrusted.links import fetch
from pipeline.untrusted.network import public

if TYPE_CHECKING:
    from support.web_site import Answer, Server

pytestmark = pytest.mark.usefixtures("nothing_stays")
WAV = audio_files.encoded("wav 16-bit", 1.0)


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
    assert not public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address(address: str) -> None:
    """Addresses of the internet are allowed."""
    assert public(address)


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
    code = "from unittest.mock import Mock; from pipeline.untrusted import download;"
    code += " download.serve(Mock(), {'url': '', 'size': 9, 'allowed_networks': [], 'music': 9});"
    code += " import curl_cffi"
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
    code = "import sys, pipeline.untrusted.links; sys.exit('yt_dlp' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def guarded(code: str, networks: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in a guarded process."""
    start = "import socket; from pipeline.untrusted.network import guard;"
    start += f" guard({networks or []}, str); "
    return subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
    )
