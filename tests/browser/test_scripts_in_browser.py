"""The scripts of player and listener alone in a real browser, called as Streamlit calls them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboard import listener, player

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-demo")]

PLAYER, LISTENER = (Path(str(module.__file__)).parent for module in (player, listener))
ADDRESS = "http://localhost/"
FILES = {
    "player.js": PLAYER / "player.js",
    "player/wavesurfer.esm.js": PLAYER / "vendor/wavesurfer.esm.js",
    "listener.js": LISTENER / "listener.js",
}
DATA = '{ name: "a", src: "/a.wav", seconds: 2, peaks: [0.1, 0.2], genres: null, atOnce: false }'
CALL = f"""async () => {{
  const {{ default: call }} = await import("/player.js");
  const given = {{ data: {DATA}, parentElement: document.body }};
  (window.cleanups ??= []).push(await call(given));
}}"""
LISTEN = """async (data) => {
  const { default: call } = await import("/listener.js");
  const setTriggerValue = (name, message) => (window.sent ??= []).push(message);
  call({ parentElement: document.body, data, setTriggerValue });
}"""


def serve(page: Page, html: Path) -> Page:
    """A page with the elements of a component, whose scripts come from nowhere but here."""

    def give(route: Route) -> None:
        name = route.request.url.removeprefix(ADDRESS).partition("?")[0]
        if name in FILES:
            route.fulfill(path=FILES[name], content_type="text/javascript")
        else:
            route.fulfill(path=html, content_type="text/html")

    page.route("**", give)
    page.goto(ADDRESS)
    return page


@pytest.fixture
def opened(page: Page) -> Page:
    """A page for the player."""
    return serve(page, PLAYER / "player.html")


def test_a_late_cleanup_leaves_the_player_in_use(opened: Page) -> None:
    """Streamlit cleans up after a call that was overtaken; the sound goes when the page does."""
    opened.evaluate(CALL)
    opened.evaluate(CALL)
    source = "document.querySelector('audio')?.getAttribute('src')"
    opened.evaluate("window.audio = document.querySelector('audio')")
    opened.evaluate("window.cleanups[0]()")
    assert str(opened.evaluate(source)).endswith("/a.wav")
    opened.evaluate("document.body.remove()")
    opened.evaluate("window.cleanups[1]()")
    assert opened.evaluate("window.audio.getAttribute('src')") is None


def test_a_player_that_did_not_arrive_comes_with_the_next_call(opened: Page) -> None:
    """Meanwhile a sentence says so, which all can see."""
    opened.route("**/wavesurfer.esm.js*", lambda route: route.abort())
    opened.evaluate(CALL)
    assert opened.get_by_text("The player did not arrive.").is_visible()
    assert not opened.get_by_role("button", name="Play").is_visible()
    opened.unroute("**/wavesurfer.esm.js*")
    opened.evaluate(CALL)
    assert opened.get_by_role("button", name="Play").is_visible()
    assert opened.get_by_text("The player did not arrive.").count() == 0


def test_what_nobody_confirms_is_sent_again_ever_more_rarely(listener: Page) -> None:
    """On a slow line copies would keep the first one from arriving; a confirmation ends that."""
    page = serve(listener, LISTENER / "listener.html")
    page.evaluate("performance.now = () => window.now ?? 0")
    page.evaluate(LISTEN, {})
    page.get_by_role("button", name="Start listening").click()
    sent_after(page, 0, messages=1)
    sent_after(page, 4.1, messages=2)
    sent_after(page, 8.2, messages=2)  # four seconds after the second
    sent_after(page, 12.3, messages=3)
    page.evaluate(LISTEN, {"run": page.evaluate("sent[0].run"), "received": 10**9})
    sent_after(page, 12.4, messages=4)
    sent_after(page, 16.5, messages=5)


def sent_after(page: Page, seconds: float, messages: int) -> None:
    """At that time, when a second more was heard, so many messages were sent."""
    page.evaluate("seconds => (window.now = 1000 * seconds)", seconds)
    page.wait_for_timeout(1_500)
    assert page.evaluate("window.sent.length") == messages
