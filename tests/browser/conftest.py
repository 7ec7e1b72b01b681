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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Playwright

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
def started(playwright: Playwright) -> Iterator[tuple[str, int]]:
    """A dashboard started by `make dashboard`: its address and the group of its processes."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = ["make", "dashboard", f"PORT={port}"]
    env = os.environ | {"GENRESCOPE_PRIVATE_LINKS": "127.0.0.1"}  # where tests serve files
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
def browse(playwright: Playwright) -> Iterator[Callable[..., BrowserContext]]:
    """``browse(*flags, **context)`` starts Chromium with more flags and opens a context."""
    browsers = []

    def start(*flags: str, **context: object) -> BrowserContext:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        browsers.append(browser)
        opened = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context))
        opened.set_default_timeout(60_000)
        return opened

    yield start
    for browser in browsers:
        browser.close()
