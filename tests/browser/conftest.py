"""A dashboard started as a visitor starts it, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.browsing import PIECE
from support.serving import ROOT, free_port, wait_until_healthy
from support.teaching_pages import collection

from pipeline.audio.decoding import decode, to_wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Playwright

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
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
    port = free_port()
    command = ["make", "dashboard", f"PORT={port}"]
    env = os.environ | {
        "GENRESCOPE_PRIVATE_LINKS": "127.0.0.1",  # where tests serve files
        "GENRESCOPE_COLLECTION": str(music),
    }
    server = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    url = f"http://localhost:{port}"
    try:
        wait_until_healthy(url, server)
        yield url, server.pid
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@pytest.fixture
def address(started: tuple[str, int]) -> str:
    """Address of the dashboard."""
    return started[0]


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


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Chromium's fake microphone plays over and over: a known piece."""
    file = tmp_path_factory.mktemp("microphone") / "piece.wav"
    file.write_bytes(to_wav(decode(PIECE)))
    return file


@pytest.fixture
def listener(browse: Callable[..., BrowserContext], microphone: Path) -> Page:
    """A page whose microphone plays a known piece."""
    context = browse(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
        permissions=["microphone"],
    )
    return context.new_page()
