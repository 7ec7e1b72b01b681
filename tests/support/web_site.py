"""Web sites on this machine, which answer as a test lays out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

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


def trickle(block: bytes, pause: float) -> Callable[[Callable[[bytes], int]], None]:
    """An answer that does not end."""

    def answer(write: Callable[[bytes], int]) -> None:
        while True:
            write(block)
            time.sleep(pause)

    return answer
