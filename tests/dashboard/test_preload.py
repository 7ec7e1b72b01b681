"""Pages tell browsers at once what draws charts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.file_util import get_static_dir

from dashboard.preload import EMPTY, Preload, chart_modules

STATIC = Path(get_static_dir())


def test_modules_exist_and_draw_charts() -> None:
    """The module that loads plotly is among them; what the page names itself is not."""
    names = chart_modules(STATIC)
    assert any(name.startswith("PlotlyChart.") for name in names)
    assert all((STATIC / "static/js" / name).is_file() for name in names)
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not any(name in page for name in names)


async def asked(content_type: str, status: int) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of what a server of one document, in two parts, answers."""
    sent: list[dict[str, Any]] = []

    async def document(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", content_type.encode()), (b"content-length", b"31")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b'<p></p><div id="r', "more_body": True})
        await send({"type": "http.response.body", "body": b'oot"></div><b>'})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Preload(document)({"type": "http"}, None, send)
    start, *parts = sent
    assert start["status"] == status
    return dict(start["headers"]), b"".join(part["body"] for part in parts)


def answer(content_type: str, status: int = 200) -> tuple[dict[bytes, bytes], bytes]:
    """The same; nothing here waits, so no event loop is needed, of which there may be one."""
    with pytest.raises(StopIteration) as done:
        asked(content_type, status).send(None)
    return done.value.value


def test_only_pages_name_them() -> None:
    """Data have no such header, and stay as they are."""
    assert b"PlotlyChart" in answer("text/html; charset=utf-8")[0][b"link"]
    for headers, body in (answer("application/json"), answer("text/html", 404)):
        assert b"link" not in headers
        assert body == b'<p></p><div id="root"></div><b>'


def test_pages_have_words_until_they_are_drawn() -> None:
    """Where Streamlit will draw; the length is that of the new page."""
    headers, body = answer("text/html; charset=utf-8")
    assert re.fullmatch(rb'<p></p><div id="root"><p .*Loading.*</p></div><b>', body, re.DOTALL)
    assert headers[b"content-length"] == str(len(body)).encode()


def test_the_page_has_the_place_for_them() -> None:
    """Another release of Streamlit may name it otherwise."""
    assert EMPTY in (STATIC / "index.html").read_bytes()
