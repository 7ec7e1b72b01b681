"""A dashboard started as a visitor starts it, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.teaching_pages import collection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page, Playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
START_SECONDS = 300
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        message = "no Chromium on this machine; install it to run the browser tests"
        (pytest.fail if "GENRESCOPE_REQUIRE_BROWSER" in os.environ else pytest.skip)(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of music to be labelled."""
    return collection(tmp_path_factory.mktemp("music") / "mine")


@pytest.fixture(scope="session")
def started(playwright: Playwright, music: Path) -> Iterator[tuple[str, int]]:
    """A dashboard started by `make dashboard`: its address and the group of its processes."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = ["make", "dashboard", f"PORT={port}"]
    env = os.environ | {
        "GENRESCOPE_PRIVATE_LINKS": "127.0.0.1",  # where tests serve files
        "GENRESCOPE_COLLECTION": str(music),
    }
    server = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    url = f"http://localhost:{port}"
    try:
        _wait_for(f"{url}/_stcore/health", server)
        yield url, server.pid
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@pytest.fixture
def address(started: tuple[str, int]) -> str:
    """Address of the dashboard."""
    return started[0]


def _wait_for(health: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(health) as answer:  # noqa: S310 - our own http address
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"make dashboard did not start within {START_SECONDS} s")


@pytest.fixture(scope="session")
def contexts(playwright: Playwright) -> Iterator[Callable[..., BrowserContext]]:
    """A Chromium for each choice of flags and options, started once.

    In a new one Streamlit's code is loaded and compiled again, which takes longer than most tests.
    """
    opened: dict[str, BrowserContext] = {}

    def context(*flags: str, **options: object) -> BrowserContext:
        key = repr((flags, options))
        if key not in opened:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
            size = {"viewport": {"width": 1280, "height": 900}}
            opened[key] = browser.new_context(**(size | options))
            opened[key].set_default_timeout(60_000)
        return opened[key]

    yield context
    for one in opened.values():
        one.browser.close()


@pytest.fixture
def browse(
    contexts: Callable[..., BrowserContext],
) -> Iterator[Callable[..., BrowserContext]]:
    """``browse(*flags, **options)`` is a context of Chromium; its pages are closed after a test."""
    used: list[BrowserContext] = []

    def context(*flags: str, **options: object) -> BrowserContext:
        used.append(contexts(*flags, **options))
        return used[-1]

    yield context
    for page in [page for context in used for page in context.pages]:
        page.close()


@pytest.fixture
def page(browse: Callable[..., BrowserContext]) -> Page:
    """An empty page."""
    return browse().new_page()
