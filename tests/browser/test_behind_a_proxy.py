"""The dashboard behind the proxy of deploy/nginx.conf, as strangers see it."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import requests
from support.browsing import PIECE, VERDICT, assert_sound, settle
from support.serving import ROOT, free_port
from support.streamlit_client import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not on this machine"),
]


@pytest.fixture(scope="module")
def proxy(started: tuple[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a proxy before the dashboard."""
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text.replace("dashboard:7860", started[0].removeprefix("http://"))
    config = folder / "nginx.conf"
    config.write_text(text.replace("listen 8080", f"listen {port}"))
    options = ["-p", str(folder), "-c", str(config), "-e", "stderr"]
    globals_ = ["-g", f"daemon off; pid {folder}/pid;"]
    subprocess.run(["nginx", "-t", *options, *globals_[:1], f"pid {folder}/pid;"], check=True)
    server = subprocess.Popen(["nginx", *options, *globals_])
    try:
        _wait_for(f"http://localhost:{port}/_stcore/health")
        yield f"localhost:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(url: str) -> None:
    for _ in range(100):
        with suppress(requests.ConnectionError):
            requests.get(url, timeout=5).raise_for_status()
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def test_headers_keep_pages_to_themselves(proxy: str) -> None:
    """No foreign page frames it, no type is guessed, and only its own page hears the microphone."""
    headers = requests.get(f"http://{proxy}/", timeout=30).headers
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "microphone=(self)" in headers["Permissions-Policy"]


def test_a_visitor_gets_a_verdict_through_it(proxy: str) -> None:
    """The websocket, the upload and its token pass."""
    visitor = Visitor(proxy, "demo")
    assert visitor.upload(PIECE, "metric") > 0
    visitor.close()


def test_a_file_that_is_too_large_is_refused(proxy: str) -> None:
    """The proxy reads no more than the dashboard takes."""
    headers = {"Content-Length": str(200 * 2**20)}
    answer = requests.put(
        f"http://{proxy}/_stcore/upload_file/a/b", headers=headers, data=b"", timeout=30
    )
    assert answer.status_code == requests.codes.request_entity_too_large


def test_who_uploads_all_the_time_is_slowed_down(proxy: str) -> None:
    """An album passes at once, a flood does not."""
    url = f"http://{proxy}/_stcore/upload_file/a/b"
    codes = [requests.put(url, data=b"", timeout=30).status_code for _ in range(80)]
    assert requests.codes.too_many_requests not in codes[:20]
    assert requests.codes.too_many_requests in codes


@pytest.mark.parametrize("page", ["", "map", "compare"])
def test_pages_break_no_rule_of_it(
    proxy: str, browse: Callable[..., BrowserContext], page: str
) -> None:
    """Charts and buttons need nothing that the policy for content forbids."""
    tab, broken = _watched(browse())
    tab.goto(f"http://{proxy}/{page}")
    settle(tab)
    tab.wait_for_timeout(1_000)
    assert_sound(tab)
    assert broken == []


def test_a_verdict_breaks_no_rule_of_it(proxy: str, browse: Callable[..., BrowserContext]) -> None:
    """Nor does the player, which plays."""
    tab, broken = _watched(browse())
    tab.goto(f"http://{proxy}/demo")
    settle(tab)
    tab.locator("input[type=file]").first.set_input_files(PIECE)
    tab.wait_for_selector(VERDICT)
    settle(tab)
    tab.get_by_text("Listen, and see genres over time").click()
    _play(tab)
    assert_sound(tab)
    assert broken == []


def test_music_can_be_labelled_through_it(
    proxy: str, browse: Callable[..., BrowserContext]
) -> None:
    """*Teach* plays the track that it asks about."""
    tab, broken = _watched(browse())
    tab.goto(f"http://{proxy}/teach")
    settle(tab)
    _play(tab)
    assert_sound(tab)
    assert broken == []


def _play(tab: Page) -> None:
    """Start the player, and wait until its sound runs."""
    tab.get_by_role("button", name="Play", exact=True).click()
    sound = tab.locator("audio").element_handle()
    tab.wait_for_function("audio => audio.currentTime > 0", arg=sound)


def _watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A new tab, and what its browser refuses because of the policy."""
    tab, broken = context.new_page(), list[str]()
    tab.on(
        "console",
        lambda said: broken.append(said.text) if "Content Security" in said.text else None,
    )
    return tab, broken
