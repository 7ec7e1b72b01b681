"""Entry point: ``streamlit run dashboard/app.py``."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware

from dashboard.preload import Preload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def lifespan(server: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm up with the server: with a page, the first visitor would wait for it."""
    from dashboard import warm_up  # its caches need the server that only now exists
    from pipeline import logs
    from pipeline.registry import discover

    logs.configure()
    discover("dashboard.views", "VIEW")
    warm_up.start()
    yield {}


app = st.App("main.py", lifespan=lifespan, middleware=[Middleware(Preload)])
