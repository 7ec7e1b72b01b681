"""Pages tell browsers at once what draws charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.file_util import get_static_dir

from dashboard.preload import Preload, chart_modules

STATIC = Path(get_static_dir())


def test_modules_exist_and_draw_charts() -> None:
    """The module that loads plotly is among them; what the page names itself is not."""
    names = chart_modules(STATIC)
    assert any(name.startswith("PlotlyChart.") for name in names)
    assert all((STATIC / "static/js" / name).is_file() for name in names)
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not any(name in page for name in names)


async def asked(content_type: str) -> dict[bytes, bytes]:
    """Headers of what a server of one document answers."""
    sent: list[dict[str, Any]] = []

    async def document(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", content_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"a document"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Preload(document)({"type": "http"}, None, send)
    assert sent[1]["body"] == b"a document"
    return dict(sent[0]["headers"])


def headers(content_type: str) -> dict[bytes, bytes]:
    """The same; nothing here waits, so no event loop is needed, of which there may be one."""
    with pytest.raises(StopIteration) as done:
        asked(content_type).send(None)
    return done.value.value


def test_only_pages_name_them() -> None:
    """Data have no such header."""
    assert b"PlotlyChart" in headers("text/html; charset=utf-8")[b"link"]
    assert b"link" not in headers("application/json")
