"""What browsers get with a page: the modules that it will need, and words until it is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from streamlit.file_util import get_static_dir

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = "static/js"
EMPTY = b'<div id="root"></div>'
# Streamlit's first drawing takes their place. The colours are those of the visitor's system.
WORDS = b"""<div id="root"><p role="status" style="color-scheme: light dark; background: Canvas;
color: CanvasText; margin: 0; padding: 30vh 1rem; height: 100vh; box-sizing: border-box;
font: 1.1rem/1.6 system-ui, sans-serif; text-align: center"><strong>Genrescope</strong><br>
Models that recognise the genre of music, compared.<br>Loading &hellip;</p></div>"""


def chart_modules(static: Path) -> list[str]:
    """Streamlit's modules that draw charts, and what these import that its page does not name.

    Parameters
    ----------
    static
        Folder of Streamlit's page and its modules.
    """
    named = (static / "index.html").read_text(encoding="utf-8")
    charts = list((static / SCRIPTS).glob("PlotlyChart.*.js"))
    imported = [
        name
        for chart in charts
        for name in re.findall(r'from"\./([\w.-]+\.js)"', chart.read_text(encoding="utf-8"))
        if name not in named
    ]
    return [chart.name for chart in charts] + imported


class Preload:
    """Name with each page the modules that draw charts, and have words stand on it from the start.

    The modules are the largest part of Streamlit, which asks for them when the first chart has
    come: the header ``Link`` tells of them before. Until Streamlit draws, its page is empty.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        modules = chart_modules(Path(get_static_dir()))
        self.link = ", ".join(f"<./{SCRIPTS}/{name}>; rel=modulepreload" for name in modules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, but complete what is a page."""
        start: Message = {}
        body = b""

        async def completed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await send(self._with_header(start, body := body.replace(EMPTY, WORDS)))
                    await send({"type": "http.response.body", "body": body})
            else:
                await send(message)

        await self.app(scope, receive, completed)

    def _with_header(self, start: Message, body: bytes) -> Message:
        headers = MutableHeaders(scope=start)
        headers["link"] = self.link
        headers["content-length"] = str(len(body))
        return start


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html")
