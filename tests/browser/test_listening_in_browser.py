"""Listening live in a real browser, whose microphone plays a known piece over and over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from support.browsing import (
    PIECE,
    VERDICT,
    assert_sound,
    best_network,
    serious,
    settle,
)

from pipeline.inference.predict import predict

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from pipeline.artifacts.reader import Artifacts

# One server and one browser for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-demo")]

LIVE = "demo?demo.source=Listen+live"
FAKE = "--use-fake-device-for-media-stream"
WATCH = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.wanted = [];
window.tracks = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.wanted.push(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
STATES = "window.tracks.map((track) => track.readyState).join()"
START = "Start listening"


def listen(page: Page, address: str) -> None:
    """Start to listen, and wait for the first verdict."""
    page.add_init_script(WATCH)
    page.goto(f"{address}/{LIVE}")
    settle(page)
    page.get_by_role("button", name=START).click()
    page.locator(".genre").wait_for()


def assert_renewed(page: Page) -> None:
    """Shares change, and change again."""
    bars = page.get_by_role("list", name="Probability of each genre")
    for _ in range(3):
        expect(bars).not_to_have_text(bars.text_content() or "", timeout=60_000)


def test_a_verdict_comes_and_is_renewed(listener: Page, address: str, gtzan: Artifacts) -> None:
    """After some seconds it is the library's on the piece, and shares change with each window."""
    listen(listener, address)
    [wanted] = listener.evaluate("window.wanted")
    assert wanted["audio"] == dict.fromkeys(
        ("echoCancellation", "noiseSuppression", "autoGainControl"), False
    )
    assert_renewed(listener)
    expected = predict(PIECE, best_network(gtzan), gtzan).genre
    listener.get_by_role("radio", name="30 s").click()
    assert_renewed(listener)
    assert listener.locator(".genre").inner_text().strip("?") == expected
    assert listener.evaluate(STATES) == "live"
    assert int(listener.get_by_role("meter").get_attribute("aria-valuenow") or 0) > -50
    assert_sound(listener)


@pytest.mark.parametrize("way", ["another source", "another page", "stop"])
def test_who_leaves_is_no_longer_heard(listener: Page, address: str, way: str) -> None:
    """The microphone is off on another page, with another source, and when it is stopped."""
    listen(listener, address)
    role, name = {
        "another source": ("radio", "Upload files"),
        "another page": ("link", "Overview"),
        "stop": ("button", "Stop"),
    }[way]
    listener.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
    listener.wait_for_function(f"{STATES} === 'ended'")


def test_another_model_goes_on_listening(listener: Page, address: str) -> None:
    """Who changes the model hears its verdicts without starting again."""
    listen(listener, address)
    listener.get_by_text("· change").click()
    listener.get_by_role("radio", name="scikit-learn / XGBoost").click()
    assert_renewed(listener)
    assert listener.evaluate(STATES) == "live"


def test_what_was_heard_is_looked_at_closer(listener: Page, address: str) -> None:
    """One button stops the microphone, and shows all that the demo shows for a recording."""
    listen(listener, address)
    listener.get_by_role("button", name="Look closer").click()
    listener.wait_for_selector(VERDICT)
    listener.wait_for_function(f"{STATES} === 'ended'")
    settle(listener)
    listener.get_by_role("button", name=START).wait_for()
    assert_sound(listener)


def test_a_microphone_that_goes_away_is_said(listener: Page, address: str) -> None:
    """As when its plug is pulled; it can be started again."""
    listen(listener, address)
    listener.evaluate("window.tracks[0].dispatchEvent(new Event('ended'))")
    listener.get_by_text("The microphone went away").wait_for()
    listener.get_by_role("button", name=START).click()
    listener.wait_for_function(f"{STATES} === 'ended,live'")
    assert listener.get_by_text("The microphone went away").count() == 0


@pytest.mark.parametrize(
    ("flags", "permissions", "words"),
    [((FAKE,), [], "was not allowed"), ((), ["microphone"], "There is no microphone")],
    ids=["denied", "none"],
)
def test_without_a_microphone_a_sentence_says_why(
    browse: Callable[..., BrowserContext],
    address: str,
    flags: tuple[str, ...],
    permissions: list[str],
    words: str,
) -> None:
    """Permission was not given, or there is no such device; the button works again."""
    page = browse(*flags, permissions=permissions).new_page()
    page.goto(f"{address}/{LIVE}")
    settle(page)
    page.get_by_role("button", name=START).click()
    page.get_by_role("alert").get_by_text(words).wait_for()
    expect(page.get_by_role("button", name=START)).to_be_enabled()


def test_a_phone_shows_all_of_it_and_everyone_can_read_it(listener: Page, address: str) -> None:
    """At 390 pixels nothing sticks out; axe finds nothing serious, in both themes."""
    listener.set_viewport_size({"width": 390, "height": 844})
    listen(listener, address)
    main = listener.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    listener.get_by_role("button", name="Stop").click()
    settle(listener)
    for scheme in ("light", "dark"):
        listener.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        listener.wait_for_timeout(500)
        assert not serious(listener, headings=False)


def test_the_timed_recorder_counts_down(listener: Page, address: str) -> None:
    """Seconds left are told while it records, and nothing before and after."""
    listener.goto(f"{address}/demo?demo.source=Record&demo.recorder=Ten+seconds")
    settle(listener)
    left = listener.get_by_role("timer")
    expect(left).to_have_text("")
    listener.frame_locator("iframe[title*=audio_recorder]").locator("svg").first.click()
    for seconds in ("(10|[6-9])", "[1-5]"):
        expect(left).to_have_text(re.compile(f"Recording: {seconds} s left"), timeout=30_000)
    listener.wait_for_selector(VERDICT)
    expect(left).to_have_text("")
