"""Entry point: ``streamlit run dashboard/app.py``."""

from __future__ import annotations

import ctypes
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboard.player.component import ROUTE, VENDOR
from dashboard.preload import Preload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


def give_memory_back() -> None:
    """Have what is large returned to the system when it is freed, which takes 150 MB less.

    By default glibc soon keeps blocks of up to 32 MB, in a pool for each of Streamlit's many
    threads. Other systems do not. Verdicts take as long as before.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 2**20)


@asynccontextmanager
async def lifespan(server: st.App) -> AsyncIterator[dict[str, Any]]:
    """Warm up with the server: with a page, the first visitor would wait for it."""
    give_memory_back()
    from dashboard import hosts, warm_up  # its caches need the server that only now exists
    from pipeline import logs
    from pipeline.registry import discover

    logs.configure()
    hosts.keep_to_own_names()
    discover("dashboard.views", "VIEW")
    warm_up.start()
    yield {}


async def front(request: Request) -> RedirectResponse:
    """Lead to the front page, which has no name in its address, with the choices that it bears."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


app = st.App(
    "main.py",
    lifespan=lifespan,
    routes=[Route("/overview", front), Mount(ROUTE, StaticFiles(directory=VENDOR))],
    middleware=[Middleware(Preload)],
)
