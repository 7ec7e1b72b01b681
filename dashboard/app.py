"""Entry point: ``streamlit run dashboard/app.py``."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboard.player.component import ROUTE, VENDOR
from dashboard.preload import Preload
from pipeline import memory, without_numba

memory.keep_little()
without_numba.install()

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


@asynccontextmanager
async def lifespan(server: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm up with the server: with a page, the first visitor would wait for it."""
    # Its caches need the server that only now exists.
    from dashboard import departed, hosts, warm_up
    from pipeline import logs
    from pipeline.registry import discover

    logs.configure()
    hosts.keep_to_own_names()
    discover("dashboard.views", "VIEW")
    warm_up.start()
    tidying = asyncio.create_task(departed.tidy_up())
    yield {}
    tidying.cancel()


async def front(request: Request) -> RedirectResponse:
    """Lead to the front page, which has no name in its address, with the choices that it bears."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


app = st.App(
    "main.py",
    lifespan=lifespan,
    routes=[Route("/overview", front), Mount(ROUTE, StaticFiles(directory=VENDOR))],
    middleware=[Middleware(Preload)],
)
