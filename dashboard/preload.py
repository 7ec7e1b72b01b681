"""What browsers should fetch with a page, and not when they find that they need it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from streamlit.file_util import get_static_dir

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = "static/js"


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
    """Name with each page the modules that draw charts, in the header ``Link``.

    They are the largest part of Streamlit, which asks for them when the first chart has come. The
    visitor would wait meanwhile.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        modules = chart_modules(Path(get_static_dir()))
        self.link = ", ".join(f"<./{SCRIPTS}/{name}>; rel=modulepreload" for name in modules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the header if the answer is a page."""

        async def send_with_link(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["link"] = self.link
            await send(message)

        await self.app(scope, receive, send_with_link)
